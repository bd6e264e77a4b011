"""Who can be asked."""

from fastapi import APIRouter
from fastapi.responses import Response
from msgspec.structs import asdict

from upspiral import registry
from upspiral.cycle.candidate import Revision
from upspiral.cycle.readiness import check_agent
from upspiral.domain import Scope
from upspiral.domain.ids import AgentId
from upspiral.registry import ModelSpec, create_agent, version_named
from upspiral.server.deps import Spiral, answer
from upspiral.server.policy import allows
from upspiral.server.schemas.agents import AgentBody, ModelBody, VersionBody

router = APIRouter(prefix="/api/v1/agents", tags=["agents"])


@router.post("", status_code=201, response_model=None)
@allows(Scope.OPERATE)
def create(body: AgentBody, spiral: Spiral) -> Response:
    """Make an agent and its first version; the gateway serves it under its name.

    `warnings` say what it lacks for answers and nights, such as a key or a model that can be taught.
    """
    agent = create_agent(
        spiral.runtime,
        spiral.workspace,
        AgentId(body.name),
        model=_spec(body.model),
        teacher=_spec(body.teacher) if body.teacher else None,
        instructions=body.instructions,
        sampling={"max_tokens": float(body.max_tokens)} if body.max_tokens else {},
    )
    return answer(asdict(agent) | asdict(check_agent(spiral.runtime, agent)), 201)


@router.get("", response_model=None)
@allows(Scope.READ)
def list_agents(spiral: Spiral) -> Response:
    """List all agents, with the name of the version that answers and what each lacks."""
    store = spiral.runtime.store
    agents = store.agents.all(spiral.workspace)
    live = {one.id: one for one in store.agent_versions.many(spiral.workspace, [a.live for a in agents])}
    return answer(
        [
            asdict(agent) | {"version": live[agent.live].name} | asdict(check_agent(spiral.runtime, agent))
            for agent in agents
        ]
    )


@router.get("/{agent}", response_model=None)
@allows(Scope.READ)
def get(agent: str, spiral: Spiral) -> Response:
    """Show one agent with all its versions."""
    found = spiral.agent(agent)
    return answer(
        {"agent": found, "versions": spiral.runtime.store.agent_versions.of(spiral.workspace, found.id)}
    )


@router.post("/{agent}/versions", status_code=201, response_model=None)
@allows(Scope.OPERATE)
def revise(agent: str, body: VersionBody, spiral: Spiral) -> Response:
    """Make a version with other instructions, guidelines or examples; it answers nobody until let out."""
    found, runtime = spiral.agent(agent), spiral.runtime
    begin = version_named(runtime, found, body.of or found.live)
    shown = None if body.examples is None else tuple((one.question, one.answer) for one in body.examples)
    revision = Revision(
        instructions=body.instructions,
        rules=None if body.rules is None else tuple(body.rules),
        examples=shown,
    )
    return answer(registry.revise(runtime, found, begin, revision), 201)


def _spec(body: ModelBody) -> ModelSpec:
    return ModelSpec(body.model, body.url, body.key_env)
