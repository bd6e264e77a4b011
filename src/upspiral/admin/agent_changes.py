"""How is an agent changed, renamed or deleted after it was made?"""

from collections.abc import Mapping

import msgspec
from msgspec import UNSET, Struct, UnsetType

from upspiral.admin.agents import ModelSpec, define_model
from upspiral.cycle.candidate import content_hash
from upspiral.deploy.advance import add_version
from upspiral.domain import LOCAL_HOST, Agent, AgentVersion, ModelVersion
from upspiral.domain.ids import AgentId, AgentVersionId, ModelVersionId, derive
from upspiral.errors import Conflict, InvalidInput
from upspiral.runtime import Runtime


class AgentChange(Struct, frozen=True, kw_only=True):
    """What is to be different about an agent; whatever is not set stays."""

    name: AgentId | UnsetType = UNSET
    description: str | UnsetType = UNSET
    teacher: ModelSpec | UnsetType | None = UNSET
    """None takes the teacher away."""
    levers: tuple[str, ...] | UnsetType = UNSET
    """The only levers that its nights may use; empty for those of the settings."""
    shadow_share: float | UnsetType | None = UNSET
    """Part of its requests that a candidate answers a copy of; None for that of the settings."""
    budget_tokens: int | UnsetType | None = UNSET
    """Tokens that one of its nights may use of paid models; None for what the settings allow."""
    budget_usd: float | UnsetType | None = UNSET
    """US dollars that one of its nights may spend on them; None for what the settings allow."""
    url: str | UnsetType = UNSET
    """Base URL of the live version's model."""
    key_env: str | UnsetType | None = UNSET
    """Environment variable with that model's key."""


PLAIN_FACTS = ("description", "levers", "shadow_share", "budget_tokens", "budget_usd")
"""What is written as it is given."""


class AgentCard(Struct, frozen=True, kw_only=True):
    """An agent in the words of a person."""

    id: AgentId
    description: str
    version: str
    """The name of the version that answers."""
    model: str
    """Its model, such as ``openai-compatible:gpt-4.1``."""
    url: str | None
    key_env: str | None
    teacher: str | None
    teacher_url: str | None = None
    teacher_key_env: str | None = None
    budget: str | None
    """What one of its nights may spend on paid models, where that is limited for this agent."""


def describe_model(model: ModelVersion) -> str:
    """Write a model as people name it: the host, and the name or the folder there."""
    return f"{model.host}:{model.base if model.host == LOCAL_HOST and not model.adapter else model.name}"


def describe_agents(runtime: Runtime, agents: list[Agent]) -> list[AgentCard]:
    """Tell agents of one workspace with the names of their versions, models and teachers."""
    if not agents:
        return []
    store, workspace = runtime.store, agents[0].workspace
    live = {one.id: one for one in store.agent_versions.many(workspace, [a.live for a in agents])}
    wanted = [one.model for one in live.values()] + [a.teacher for a in agents if a.teacher]
    models = {one.id: one for one in store.model_versions.many(workspace, wanted)}
    return [_card(agent, live[agent.live], models) for agent in agents]


def _card(agent: Agent, live: AgentVersion, models: Mapping[ModelVersionId, ModelVersion]) -> AgentCard:
    model, teacher = models[live.model], models[agent.teacher] if agent.teacher else None
    return AgentCard(
        id=agent.id,
        description=agent.description,
        version=live.name,
        model=describe_model(model),
        url=model.url,
        key_env=model.key_env,
        teacher=describe_model(teacher) if teacher else None,
        teacher_url=teacher.url if teacher else None,
        teacher_key_env=teacher.key_env if teacher else None,
        budget=_describe_budget(agent),
    )


def _describe_budget(agent: Agent) -> str | None:
    tokens = [] if agent.budget_tokens is None else [f"{agent.budget_tokens:,} tokens"]
    usd = [] if agent.budget_usd is None else [f"{agent.budget_usd:g} US dollars"]
    return " and ".join((*tokens, *usd)) or None


def change_agent(runtime: Runtime, agent: Agent, change: AgentChange) -> Agent:
    """Change an agent; where its model lives is a new version that answers at once.

    Args:
        runtime: The parts.
        agent: As it is.
        change: What is to be different.

    Raises:
        Conflict: Another agent has the new name; or a night or canary of it is under way.
        InvalidInput: A model cannot be understood, or a local one is to have a URL.
    """
    store = runtime.store
    with store.transaction():
        if change.url is not UNSET or change.key_env is not UNSET:
            agent = _move_model(runtime, agent, change)
        given = msgspec.structs.asdict(change)
        facts = {name: given[name] for name in PLAIN_FACTS if given[name] is not UNSET}
        if change.shadow_share is not UNSET:
            agent = store.agents.advance(agent)  # the day reads it with what is served
        if change.teacher is not UNSET:
            spec = change.teacher
            facts["teacher"] = define_model(runtime, agent.workspace, spec).id if spec else None
        if facts:
            store.agents.edit(agent, **facts)
        if change.name is not UNSET and change.name != agent.id:
            _rename(runtime, agent, change.name)
            return store.agents.get(agent.workspace, change.name)
        return store.agents.get(agent.workspace, agent.id)


def delete_agent(runtime: Runtime, agent: Agent) -> None:
    """Take an agent away: nobody can ask it any more, and it has no nights.

    Its versions, and everything that was recorded of it, stay; `erase` and `purge` remove records. An agent
    that is made under the name later counts its versions on.

    Raises:
        Conflict: A night or canary of it is under way.
    """
    with runtime.store.transaction():
        _check_idle(runtime, agent)
        runtime.store.agents.delete(agent)


def _move_model(runtime: Runtime, agent: Agent, change: AgentChange) -> Agent:
    """Make a version that differs from the live one in where its model is asked, and let it answer."""
    store = runtime.store
    _check_idle(runtime, agent)
    live = store.agent_versions.get(agent.workspace, agent.live)
    model = store.model_versions.get(agent.workspace, live.model)
    if model.host == LOCAL_HOST:
        raise InvalidInput(
            f"The model of {agent.id!r} is local; it has no URL and no key.",
            hint="Make another agent for a model elsewhere.",
        )
    spec = ModelSpec(
        model=describe_model(model),
        url=model.url if change.url is UNSET else change.url,
        key_env=model.key_env if change.key_env is UNSET else change.key_env,
    )
    made = msgspec.structs.replace(
        live, model=define_model(runtime, agent.workspace, spec).id, at=runtime.now()
    )
    made = msgspec.structs.replace(made, sha256=content_hash(made))
    if made.model == live.model:
        return agent
    ident = AgentVersionId(derive("av", agent.workspace, agent.id, made.sha256, runtime.mint("edit")))
    version = add_version(store, msgspec.structs.replace(made, id=ident))
    return store.agents.advance(agent, live=version.id)


def _rename(runtime: Runtime, agent: Agent, name: AgentId) -> None:
    """Give an agent, and everything that is recorded of it, another name."""
    store = runtime.store
    _check_idle(runtime, agent)
    recorded = (*store.interactions.agents(agent.workspace), *store.participants.agents(agent.workspace))
    if store.agents.find(agent.workspace, name) or name in recorded:
        raise Conflict(
            f"There is an agent {name!r} already, or something was recorded under that name.",
            hint="Choose another name.",
        )
    store.agents.rename(agent, name)


def _check_idle(runtime: Runtime, agent: Agent) -> None:
    night = runtime.store.cycles.running(agent.workspace, agent.id)
    if night:
        raise Conflict(
            f"Night {night.id} of {agent.id!r} is under way.",
            hint=f"Wait for it, or end a canary with `upspiral rollback {agent.id}`.",
        )
