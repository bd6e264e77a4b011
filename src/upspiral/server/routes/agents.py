"""Who can be asked."""

import asyncio
from typing import Annotated, Any

from fastapi import Query, Request
from msgspec import UNSET
from msgspec.structs import asdict

from upspiral.admin import agents
from upspiral.admin.agent_changes import AgentChange, change_agent, delete_agent, describe_agents
from upspiral.admin.agents import ModelSpec, create_agent, find_defined, resolve_version
from upspiral.admin.memories import build_memory, find_memory, resolve_memory
from upspiral.admin.migrations import compare as migrations
from upspiral.admin.migrations.compare import Migration, MigrationOrder, complete_spec
from upspiral.admin.prompts import find_prompt
from upspiral.budget.spending import SpendingOutlook
from upspiral.cycle.candidate import Revision
from upspiral.cycle.planning.proof import ProofOutlook, foresee_proof
from upspiral.cycle.planning.readiness import check_agent
from upspiral.domain import Agent, AgentVersion, Principal, Scope
from upspiral.domain.ids import AgentId
from upspiral.domain.prompting import Memory
from upspiral.errors import AuthFailed, BudgetSpent, ConfigError, Forbidden, HostError, NotFound, Rejected
from upspiral.queries import memories, random_sample
from upspiral.queries import workspace as query
from upspiral.queries.memories import MemoryCard, MemoryDetails
from upspiral.queries.random_sample import SampledAnswer
from upspiral.queries.spending import foresee_spending
from upspiral.server.answers import Answer, TypedRouter, json_response, json_unless_known
from upspiral.server.deps import Asking, CallerApp
from upspiral.server.idempotency import run_once
from upspiral.server.paging import Limit, Page, answer_all
from upspiral.server.policy import allows
from upspiral.server.schemas.agents import (
    AgentBody,
    AgentChangeBody,
    MemoryBody,
    MigrationBody,
    ModelBody,
    VersionBody,
)
from upspiral.server.schemas.answers.agents import AgentDetails, ListedAgent, NewAgent
from upspiral.serving.deliver import deliver_prompt
from upspiral.wire.delivered_prompt import DeliveredPrompt

router = TypedRouter(prefix="/api/v1/agents", tags=["agents"])
Named = Annotated[str | None, Query(max_length=200)]


@router.post("", status_code=201, operation_id="create_agent")
@allows(Scope.OPERATE, atomic=True, errors=(ConfigError,))
def create(body: AgentBody, app: CallerApp, asking: Asking, request: Request) -> Answer[NewAgent]:
    """Make an agent and its first version; the gateway serves it under its name.

    Where a model lives and which key it takes is defined by an administrator of the installation, a key of
    the default workspace with the scope admin; every other key chooses among those models. `warnings` say
    what the agent lacks for answers and nights, such as a key or a model that can be taught.
    """

    def work() -> Answer[NewAgent]:
        agent = create_agent(
            app.runtime,
            app.workspace,
            AgentId(body.name),
            model=_spec(app, asking, body.model),
            teacher=_spec(app, asking, body.teacher) if body.teacher else None,
            instructions=body.instructions,
            sampling={"max_tokens": float(body.max_tokens)} if body.max_tokens else {},
            description=body.description,
        )
        return json_response(NewAgent(**asdict(agent), **asdict(check_agent(app.runtime, agent))), 201)

    return run_once(request.scope, app.runtime, work)


@router.get("")
@allows(Scope.READ)
def list_agents(app: CallerApp) -> Answer[Page[ListedAgent]]:
    """List all agents, with the names of version, model and teacher, and what each lacks."""
    agents = query.list_agents(app.runtime, app.workspace)
    cards = describe_agents(app.runtime, agents)
    return answer_all(
        [
            ListedAgent(
                **asdict(agent),
                **asdict(check_agent(app.runtime, agent)),
                version=card.version,
                model=card.model,
                teacher_model=card.teacher,
            )
            for agent, card in zip(agents, cards, strict=True)
        ]
    )


@router.get("/{agent}")
@allows(Scope.READ)
def get_agent(agent: str, app: CallerApp) -> Answer[AgentDetails]:
    """Show one agent with all its versions."""
    found = app.agent(agent)
    versions = query.list_versions(app.runtime, app.workspace, found.id)
    card = describe_agents(app.runtime, [found])[0]
    return json_response(AgentDetails(agent=found, versions=versions, card=card))


@router.get("/{agent}/sample")
@allows(Scope.READ)
def list_sample(agent: str, app: CallerApp) -> Answer[Page[SampledAnswer]]:
    """List 60 conversations drawn at random from what the next night of an agent may learn from.

    Where each of them is judged, by feedback with `source` human_evaluation or verifier, and none was right,
    a night knows that there are no good answers to lose.
    """
    return answer_all(random_sample.list_sample(app.runtime, app.workspace, app.agent(agent).id))


@router.get("/{agent}/spending")
@allows(Scope.READ)
def get_agent_spending(agent: str, app: CallerApp) -> Answer[SpendingOutlook]:
    """Say what the next night of an agent may spend on paid models, and what the last one spent."""
    return json_response(foresee_spending(app.runtime, app.agent(agent)))


@router.get("/{agent}/proof")
@allows(Scope.READ)
def get_agent_proof(agent: str, app: CallerApp) -> Answer[ProofOutlook]:
    """Say what it takes to prove that an agent's next candidate is better: pairs, labels, days, cost."""
    return json_response(foresee_proof(app.runtime, app.agent(agent)))


@router.get("/{agent}/prompt")
@allows(Scope.READ, Scope.INGEST)
def get_agent_prompt(
    agent: str,
    app: CallerApp,
    request: Request,
    *,
    conversation: Named = None,
    user: Named = None,
    version: Named = None,
) -> Answer[DeliveredPrompt]:
    """Give what stands before a conversation, for an application that asks its model itself.

    While a canary is out, each conversation gets one of the two versions, the one that the gateway would give
    it; without a conversation each user does. `version` names one instead: `latest`, `canary`, a number, a
    name or an id. The answer has an ETag; a request whose `If-None-Match` holds it gets 304 and no body.
    """
    found = app.agent(agent)
    sticky = conversation or user
    prompt = (
        find_prompt(app.runtime, found, version)
        if version
        else deliver_prompt(app.runtime, found, sticky=sticky)
    )
    return json_unless_known(prompt, prompt.etag, known=request.headers.get("if-none-match"))


@router.patch("/{agent}", operation_id="change_agent")
@allows(Scope.OPERATE, errors=(ConfigError,))
def change(agent: str, body: AgentChangeBody, app: CallerApp, asking: Asking) -> Answer[Agent]:
    """Change an agent's name, description, teacher, budget, or where its model is asked.

    Where a model is asked, and with which key, only an administrator of the installation may change.
    """
    if {"url", "key_env"} & body.model_fields_set and not asking.is_installation_admin:
        raise Forbidden(
            "Only an administrator of the installation says where models live and which keys they take.",
            hint="Ask for a model that is defined there, and name it when the agent is made.",
        )
    may_be_null = ("teacher", "key_env", "budget_tokens", "budget_usd")
    given: dict[str, Any] = {
        name: getattr(body, name)
        for name in body.model_fields_set
        if name in may_be_null or getattr(body, name) is not None
    }
    if body.teacher:
        given["teacher"] = _spec(app, asking, body.teacher)
    if "levers" in given:
        given["levers"] = tuple(given["levers"])
    changed = change_agent(app.runtime, app.agent(agent), AgentChange(**given))
    app.reread()
    return json_response(changed)


@router.delete("/{agent}", operation_id="delete_agent")
@allows(Scope.OPERATE)
def delete(agent: str, app: CallerApp) -> Answer[Agent]:
    """Take an agent away; its versions and what was recorded of it stay."""
    found = app.agent(agent)
    delete_agent(app.runtime, found)
    app.reread()
    return json_response(found)


@router.post("/{agent}/versions", status_code=201)
@allows(Scope.OPERATE, atomic=True)
def create_agent_version(
    agent: str, body: VersionBody, app: CallerApp, request: Request
) -> Answer[AgentVersion]:
    """Make a version with other instructions, guidelines or examples; it is not rolled out yet."""
    found, runtime = app.agent(agent), app.runtime
    begin = resolve_version(runtime, found, body.of or found.live)
    shown = None if body.examples is None else tuple((one.question, one.answer) for one in body.examples)
    revision = Revision(
        instructions=body.instructions,
        rules=None if body.rules is None else tuple(body.rules),
        examples=shown,
        memory=UNSET if body.memory is None else resolve_memory(runtime, found, body.memory),
    )

    def work() -> Answer[AgentVersion]:
        return json_response(agents.revise(runtime, found, begin, revision), 201)

    return run_once(request.scope, runtime, work)


@router.get("/{agent}/memories")
@allows(Scope.READ)
def list_memories(agent: str, app: CallerApp) -> Answer[Page[MemoryCard]]:
    """List what an agent remembers: its memories, newest first."""
    return answer_all(memories.list_memories(app.runtime, app.agent(agent)))


@router.post("/{agent}/memories", status_code=201)
@allows(Scope.OPERATE, atomic=True)
def create_memory(agent: str, body: MemoryBody, app: CallerApp, request: Request) -> Answer[Memory]:
    """Make a memory of the verified answers of a Dataset; no version shows it yet."""
    found, runtime = app.agent(agent), app.runtime

    def work() -> Answer[Memory]:
        return json_response(build_memory(runtime, found, dataset=body.dataset), 201)

    return run_once(request.scope, runtime, work)


@router.get("/{agent}/memories/{memory}")
@allows(Scope.READ)
def get_memory(agent: str, memory: str, app: CallerApp, limit: Limit = 100) -> Answer[MemoryDetails]:
    """Show a memory with the answers that were shown most often, and how those requests went."""
    found = find_memory(app.runtime, app.agent(agent), memory)
    return json_response(memories.show_memory(app.runtime, found, limit=limit))


@router.post("/{agent}/migrations", status_code=201)
@allows(Scope.OPERATE, errors=(NotFound, ConfigError, HostError, Rejected, AuthFailed, BudgetSpent))
def migrate_agent(agent: str, body: MigrationBody, app: CallerApp, asking: Asking) -> Answer[Migration]:
    """Let another model answer what went well, and say whether it is as good, overall and in every slice.

    Both models are asked, or recorded answers stand for the one that is there now. With `deploy` the other
    model is rolled out as a canary where it is not worse; with `force` whatever the verdict is.
    """
    found, model = app.agent(agent), body.model
    spec = complete_spec(app.runtime, found, ModelSpec(model.model, model.url, model.key_env))
    spec = spec if asking.is_installation_admin else find_defined(app.runtime, spec)
    order = MigrationOrder(
        cases=body.cases,
        recorded=body.recorded,
        levers=body.levers,
        deploy=body.deploy,
        force=body.force,
        share=body.share,
    )
    made = asyncio.run(migrations.migrate_agent(app.runtime, found, spec, order=order, begin=app.begin))
    return json_response(made, 201)


def _spec(app: CallerApp, asking: Principal, body: ModelBody) -> ModelSpec:
    spec = ModelSpec(body.model, body.url, body.key_env)
    return spec if asking.is_installation_admin else find_defined(app.runtime, spec)
