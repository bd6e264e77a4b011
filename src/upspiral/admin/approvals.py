"""May a learned text be used? Takes a person's answer, and keeps back what nobody has approved."""

from collections import defaultdict

from msgspec import Struct

from upspiral.domain import Agent, AgentVersion, Principal
from upspiral.domain.ids import AgentVersionId, WorkspaceId
from upspiral.domain.learning.approval import GRANTED, Approval, ApprovalState
from upspiral.errors import Conflict
from upspiral.logs import get_logger
from upspiral.runtime import Runtime

log = get_logger(__name__)


class ApprovalDecision(Struct, frozen=True):
    """What a person says of a text that waits."""

    approved: bool
    by: str
    """The person's name."""


def decide(
    runtime: Runtime, workspace: WorkspaceId, approval: str, *, answer: ApprovalDecision, asking: Principal
) -> Approval:
    """Write down what a person says; an approved text competes in the next night of its agent.

    Args:
        runtime: The parts.
        workspace: Whose.
        approval: The id.
        answer: What the person says.
        asking: Whose key it came with.

    Raises:
        NotFound: There is none of that id.
        Conflict: It has been answered, or it has expired.
    """
    found = runtime.store.approvals.get(workspace, approval)
    if not found.is_open(runtime.now()):
        became = found.state if found.state is not ApprovalState.WAITING else "expired"
        raise Conflict(
            f"Approval {found.id} is {became} and takes no answer any more.",
            hint="`upspiral approve` lists what waits.",
        )
    state = ApprovalState.APPROVED if answer.approved else ApprovalState.REFUSED
    moved = runtime.store.approvals.move(
        found, state, decided_at=runtime.now(), decided_by=answer.by, decided_key=asking.key
    )
    facts = {"approval": found.id, "agent": found.agent, "by": answer.by, "key": asking.key}
    log.info(f"a learned text was {state}", **facts)
    return moved


def list_usable(runtime: Runtime, agent: Agent) -> list[AgentVersion]:
    """List the versions of an agent whose texts nobody has to approve any more, oldest first."""
    asked: dict[AgentVersionId, list[ApprovalState]] = defaultdict(list)
    for one in runtime.store.approvals.of(agent.workspace, agent.id):
        asked[one.candidate].append(one.state)
    versions = runtime.store.agent_versions.of(agent.workspace, agent.id)
    return [one for one in versions if one.id not in asked or set(GRANTED) & set(asked[one.id])]


def check_approved(runtime: Runtime, version: AgentVersion) -> None:
    """Make sure that nobody was asked about a version in vain, so that it may be rolled out.

    Raises:
        Conflict: A person refused its text, or has not approved it.
    """
    asked = runtime.store.approvals.of_candidate(version.workspace, version.id)
    if asked and not any(one.state in GRANTED for one in asked):
        said = "was refused" if asked[-1].state is ApprovalState.REFUSED else "nobody has approved"
        raise Conflict(
            f"{version.name} holds a learned text that {said}: {asked[-1].id}.",
            hint=f"Approve it with `upspiral approve {asked[-1].id}`, or make a version by `agents revise`.",
        )
