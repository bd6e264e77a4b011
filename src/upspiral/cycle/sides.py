"""Who is compared? A version with what answers for it and what it remembers."""

from upspiral import evaluate
from upspiral.budget import Charge
from upspiral.domain import AgentVersion
from upspiral.runtime import Runtime


def get_side(runtime: Runtime, version: AgentVersion, charge: Charge | None = None) -> evaluate.Side:
    """Make a version answerable for a comparison, with its memory; a hosted one is charged to a night."""
    known = runtime.store.model_versions.get(version.workspace, version.model)
    model = runtime.meter_version(known, charge)
    return evaluate.Side(version, model, runtime.memories.recall)
