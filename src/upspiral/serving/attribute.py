"""Which version answered a record that came from outside? The one whose prompt it names.

Applications that ask their model themselves get their prompt from `serving/deliver.py` and name it in what
they record. So feedback counts for the version, and for the side of a canary, as that of the gateway.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime

from msgspec import structs

from upspiral.domain import AgentVersion, Arm, Deployment, Interaction
from upspiral.runtime import Runtime

PROMPT = "prompt"
"""In metadata: the name of the version, such as `support@3`."""
LANGFUSE_PROMPT = ("langfuse.observation.prompt.name", "langfuse.observation.prompt.version")
"""Attributes with which Langfuse's clients name the prompt of a generation."""
LANGFUSE_SUFFIX = "/text"


def attribute_prompts(runtime: Runtime, interactions: Sequence[Interaction]) -> list[Interaction]:
    """Say which version answered, and on which side, where a record names the prompt that it was given.

    Args:
        runtime: The parts.
        interactions: As they were sent; those that name no version of their own agent stay as they are.
    """
    return [_attribute(runtime, one) if one.version is None else one for one in interactions]


def find_named_version(metadata: Mapping[str, str]) -> str:
    """Give the name of the version that metadata names; empty where it names none.

    >>> find_named_version({"prompt": "support@3"})
    'support@3'
    >>> find_named_version(dict(zip(LANGFUSE_PROMPT, ("support/text", "3"))))
    'support@3'
    """
    name, number = metadata.get(LANGFUSE_PROMPT[0]), metadata.get(LANGFUSE_PROMPT[1])
    if name and number:
        return f"{name.removesuffix(LANGFUSE_SUFFIX)}@{number}"
    return metadata.get(PROMPT, "")


def _attribute(runtime: Runtime, one: Interaction) -> Interaction:
    named = find_named_version(one.metadata)
    if not named or not named.startswith(f"{one.agent}@"):
        return one
    store = runtime.store
    versions = store.agent_versions.of(one.workspace, one.agent)
    version = next((version for version in versions if version.name == named), None)
    if version is None:
        return one
    running = [d for d in store.deployments.of(one.workspace, one.agent) if _was_out(d, one.at)]
    deployment = running[-1] if running else None
    arm = _find_arm(deployment, version) if deployment else None
    return structs.replace(
        one, version=version.id, deployment=deployment.id if deployment and arm else None, arm=arm
    )


def _was_out(deployment: Deployment, at: datetime) -> bool:
    return deployment.started <= at and (deployment.ended is None or at <= deployment.ended)


def _find_arm(deployment: Deployment, version: AgentVersion) -> Arm | None:
    if version.id == deployment.candidate:
        return Arm.CANARY
    return Arm.STABLE if version.id == deployment.stable else None
