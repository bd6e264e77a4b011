"""Who is compared? A version with what answers for it and what it remembers."""

from upspiral import evaluate
from upspiral.domain import AgentVersion
from upspiral.runtime import Runtime


def get_side(runtime: Runtime, version: AgentVersion) -> evaluate.Side:
    """Make a version answerable for a comparison, with its memory."""
    model = runtime.model(runtime.store.model_versions.get(version.workspace, version.model))
    return evaluate.Side(version, model, runtime.memories.recall)
