"""What does a night let out? The next AgentVersion and its Deployment, as pure data."""

from datetime import datetime

import msgspec

from upspiral.domain import AgentVersion, Cycle, Deployment, ModelVersion
from upspiral.domain.ids import AgentVersionId, DeploymentId, derive
from upspiral.errors import Conflict


def candidate_version(live: AgentVersion, model: ModelVersion, *, now: datetime) -> AgentVersion:
    """Make the AgentVersion that is the live one with another model behind it."""
    changed = msgspec.structs.replace(live, model=model.id, at=now)
    return msgspec.structs.replace(
        changed, id=AgentVersionId(derive("av", live.id, model.id)), sha256=content_hash(changed)
    )


def content_hash(version: AgentVersion) -> str:
    """Hash everything about a version that changes its answers."""
    parts = (version.model, version.instructions, version.examples, version.rules, version.sampling)
    return derive("sha", msgspec.json.encode(parts).decode())


def wanted_deployment(cycle: Cycle, *, stable: AgentVersionId, share: float, now: datetime) -> Deployment:
    """Describe the Deployment that a night starts.

    Raises:
        Conflict: The night made no candidate.
    """
    if cycle.candidate is None:
        raise Conflict(f"Night {cycle.id} has no candidate to let out.")
    return Deployment(
        id=DeploymentId(derive("dep", cycle.id)),
        workspace=cycle.workspace,
        agent=cycle.agent,
        cycle=cycle.id,
        candidate=cycle.candidate,
        stable=stable,
        share=cycle.share or share,
        forced=cycle.forced,
        started=now,
    )
