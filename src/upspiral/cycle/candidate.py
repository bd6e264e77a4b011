"""What is rolled out? The next AgentVersion, by a night or by hand, and its Deployment, as pure data."""

import re
from datetime import datetime

import msgspec
from msgspec import UNSET, Struct, UnsetType

from upspiral.domain import AgentVersion, Cycle, Deployment, ModelVersion
from upspiral.domain.ids import AgentId, AgentVersionId, DeploymentId, MemoryId, derive
from upspiral.errors import Conflict


class Revision(Struct, frozen=True, kw_only=True):
    """What a person changes about a version; None leaves it as it is."""

    instructions: str | None = None
    rules: tuple[str, ...] | None = None
    examples: tuple[tuple[str, str], ...] | None = None
    memory: MemoryId | UnsetType | None = UNSET
    """None takes the memory away."""


def revise_version(version: AgentVersion, revision: Revision, *, now: datetime) -> AgentVersion:
    """Make the AgentVersion that is this one with something changed; the same again for the same change."""
    said = msgspec.structs.asdict(revision)
    memory = said.pop("memory")
    given = {name: value for name, value in said.items() if value is not None}
    given |= {} if memory is UNSET else {"memory": memory}
    changed = msgspec.structs.replace(version, at=now, **given)
    digest = content_hash(changed)
    ident = AgentVersionId(derive("av", version.workspace, version.agent, digest))
    return msgspec.structs.replace(changed, id=ident, sha256=digest)


def candidate_version(live: AgentVersion, model: ModelVersion, *, now: datetime) -> AgentVersion:
    """Make the AgentVersion that is the live one with another model behind it."""
    return identify(msgspec.structs.replace(live, model=model.id), live, now=now)


def identify(changed: AgentVersion, live: AgentVersion, *, now: datetime) -> AgentVersion:
    """Give a version that was drafted from the live one its moment, hash and id; the same again each time."""
    digest = content_hash(changed)
    what = changed.model if changed.model != live.model else digest
    return msgspec.structs.replace(
        changed, at=now, id=AgentVersionId(derive("av", live.id, what)), sha256=digest
    )


def adapter_name(agent: AgentId, suffix: str) -> str:
    """Name the adapter of an agent as every host takes it: letters, digits, hyphens and underscores.

    Names that differ only in what is replaced get a part of their hash, so that they stay apart.

    >>> adapter_name(AgentId("support"), "01"), adapter_name(AgentId("gpt-4.1"), "01")
    ('support-01', 'gpt-4-1-5c51a6-01')
    """
    plain = re.sub(r"[^A-Za-z0-9_-]", "-", agent)
    return f"{plain}-{suffix}" if plain == agent else f"{plain}-{derive('a', agent)[2:8]}-{suffix}"


def content_hash(version: AgentVersion) -> str:
    """Hash everything about a version that changes its answers."""
    parts = (version.model, version.instructions, version.examples, version.rules, version.sampling)
    more = (version.memory,) if version.memory else ()
    return derive("sha", msgspec.json.encode((*parts, *more)).decode())


def new_deployment(cycle: Cycle, *, stable: AgentVersionId, share: float, now: datetime) -> Deployment:
    """Describe the Deployment that a night starts.

    Raises:
        Conflict: The night made no candidate.
    """
    if cycle.candidate is None:
        raise Conflict(f"Night {cycle.id} has no candidate to roll out.")
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
