"""Who can be asked."""

from fastapi import APIRouter, Request
from fastapi.responses import Response
from msgspec.structs import asdict

from upspiral import registry
from upspiral.cycle.candidate import Revision
from upspiral.domain import Principal, Scope
from upspiral.domain.ids import AgentId
from upspiral.registry import ModelSpec, create_agent, find_defined, version_named
from upspiral.server.deps import Asking, Spiral, answer
from upspiral.server.idempotency import run_once
from upspiral.server.policy import allows
from upspiral.server.schemas.agents import AgentBody, ModelBody, VersionBody

router = APIRouter(prefix="/api/v1/agents", tags=["agents"])


@router.post("", status_code=201, response_model=None)
@allows(Scope.OPERATE, atomic=True)
def create(body: AgentBody, spiral: Spiral, asking: Asking, request: Request) -> Response:
    """Make an agent and its first version; the gateway serves it under its name.

    Where a model lives and which key it takes is defined by an administrator of the installation, a key of
    the default workspace with the scope admin; every other key chooses among those models.
    """

    def work() -> Response:
        agent = create_agent(
            spiral.runtime,
            spiral.workspace,
            AgentId(body.name),
            model=_spec(spiral, asking, body.model),
            teacher=_spec(spiral, asking, body.teacher) if body.teacher else None,
            instructions=body.instructions,
            sampling={"max_tokens": float(body.max_tokens)} if body.max_tokens else {},
        )
        return answer(agent, 201)

    return run_once(request.scope, spiral.runtime, work)


@router.get("", response_model=None)
@allows(Scope.READ)
def list_agents(spiral: Spiral) -> Response:
    """List all agents, with the name of the version that answers."""
    store = spiral.runtime.store
    agents = store.agents.all(spiral.workspace)
    live = {one.id: one for one in store.agent_versions.many(spiral.workspace, [a.live for a in agents])}
    return answer([asdict(agent) | {"version": live[agent.live].name} for agent in agents])


@router.get("/{agent}", response_model=None)
@allows(Scope.READ)
def get(agent: str, spiral: Spiral) -> Response:
    """Show one agent with all its versions."""
    found = spiral.agent(agent)
    return answer(
        {"agent": found, "versions": spiral.runtime.store.agent_versions.of(spiral.workspace, found.id)}
    )


@router.post("/{agent}/versions", status_code=201, response_model=None)
@allows(Scope.OPERATE, atomic=True)
def revise(agent: str, body: VersionBody, spiral: Spiral, request: Request) -> Response:
    """Make a version with other instructions, guidelines or examples; it answers nobody until let out."""
    found, runtime = spiral.agent(agent), spiral.runtime
    begin = version_named(runtime, found, body.of or found.live)
    shown = None if body.examples is None else tuple((one.question, one.answer) for one in body.examples)
    revision = Revision(
        instructions=body.instructions,
        rules=None if body.rules is None else tuple(body.rules),
        examples=shown,
    )

    def work() -> Response:
        return answer(registry.revise(runtime, found, begin, revision), 201)

    return run_once(request.scope, runtime, work)


def _spec(spiral: Spiral, asking: Principal, body: ModelBody) -> ModelSpec:
    spec = ModelSpec(body.model, body.url, body.key_env)
    return spec if asking.is_installation_admin else find_defined(spiral.runtime, spec)
