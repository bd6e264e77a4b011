"""Start a canary, watch it, promote it or roll it back: the verbs of this stage."""

from datetime import datetime

import msgspec

from upspiral.deploy.config import DeploySettings
from upspiral.deploy.watch import Assessment, assess
from upspiral.domain import AgentVersion, Deployment, DeploymentState, Verdict, conversations
from upspiral.domain.ids import AgentId, DeploymentId, WorkspaceId
from upspiral.domain.night.notification import NotificationType, make_notification
from upspiral.errors import Conflict, InvalidInput
from upspiral.store import Store


def start_canary(store: Store, deployment: Deployment) -> Deployment:
    """Give the candidate its share of the traffic; started once, however often asked.

    Raises:
        Conflict: Another Deployment of the agent runs, or its stable version is no longer live.
        InvalidInput: The candidate is the stable version.
    """
    with store.transaction():
        known = store.deployments.find(deployment.workspace, deployment.id)
        if known:
            return known
        agent = store.agents.get(deployment.workspace, deployment.agent)
        if deployment.candidate == deployment.stable:
            raise InvalidInput(
                f"{deployment.candidate} is already the live version of {agent.id!r}.",
                hint="Name another version; `upspiral history` lists them.",
            )
        if agent.live != deployment.stable:
            raise Conflict(
                f"The live version of {agent.id!r} changed meanwhile.", hint="Start the night again."
            )
        running = _find_running(store, deployment.workspace, deployment.agent)
        if running:
            raise Conflict(
                f"Deployment {running.id} of agent {agent.id!r} is still a canary.",
                hint=f"Wait for its verdict, or end it with `upspiral rollback {agent.id}`.",
            )
        store.deployments.add(deployment)
        store.agents.advance(agent)
        _tell_change(store, deployment, NotificationType.CANARY_STARTED, at=deployment.started)
    return deployment


def watch(
    store: Store,
    workspace: WorkspaceId,
    deployment: DeploymentId,
    *,
    settings: DeploySettings,
    now: datetime,
    clock_doubt: str | None = None,
) -> Assessment:
    """Look at a canary's outcomes and write down what they say so far; see `assess`."""
    current = store.deployments.get(workspace, deployment)
    if current.state != DeploymentState.CANARY:
        return Assessment(verdict=current.verdict or Verdict.UNHEALTHY, reason=current.reason)
    turns = store.interactions.of_deployment(workspace, deployment)
    outcomes = store.outcomes.of(workspace, [turn.id for turn in turns])
    seen = conversations(turns, outcomes)
    found = assess(current, seen, settings=settings, now=now, clock_doubt=clock_doubt)
    facts = {
        name: getattr(found, name) for name in found.__struct_fields__ if name not in ("verdict", "reason")
    }
    store.deployments.note(current, reason=found.reason, **facts)
    return found


def promote(
    store: Store, workspace: WorkspaceId, deployment: DeploymentId, *, reason: str, now: datetime
) -> None:
    """Make the candidate the live version, in one transaction; promoted once, however often asked."""
    with store.transaction():
        current = store.deployments.get(workspace, deployment)
        if current.state == DeploymentState.PROMOTED:
            return
        agent = store.agents.get(workspace, current.agent)
        for earlier in store.deployments.of(workspace, current.agent):
            if earlier.state == DeploymentState.PROMOTED:
                store.deployments.move(earlier, DeploymentState.RETIRED)
        store.deployments.move(
            current, DeploymentState.PROMOTED, verdict=Verdict.HEALTHY, reason=reason, ended=now
        )
        store.agents.advance(agent, live=current.candidate)
        _tell_change(store, current, NotificationType.VERSION_PROMOTED, at=now)


def roll_back(
    store: Store,
    workspace: WorkspaceId,
    deployment: DeploymentId,
    *,
    verdict: Verdict,
    reason: str,
    now: datetime,
) -> None:
    """Take a version back: a canary loses its share, a promoted one its place; once, however often asked."""
    with store.transaction():
        current = store.deployments.get(workspace, deployment)
        if current.state == DeploymentState.ROLLED_BACK:
            return
        agent = store.agents.get(workspace, current.agent)
        back = current.stable if current.state == DeploymentState.PROMOTED else None
        store.deployments.move(
            current, DeploymentState.ROLLED_BACK, verdict=verdict, reason=reason, ended=now
        )
        store.agents.advance(agent, live=back)
        _tell_change(store, current, NotificationType.VERSION_ROLLED_BACK, at=now, verdict=verdict)


def take_back(
    store: Store, workspace: WorkspaceId, agent: AgentId, *, reason: str, now: datetime
) -> Deployment:
    """Roll back by hand: the running canary, or else the version promoted last.

    Raises:
        Conflict: There is nothing to roll back.
    """
    found = find_undoable(store, workspace, agent)
    if found is None:
        raise Conflict(
            f"Agent {agent!r} has neither a canary nor a promoted version to roll back.",
            hint="`upspiral history` shows what was deployed.",
        )
    roll_back(store, workspace, found.id, verdict=Verdict.UNHEALTHY, reason=reason, now=now)
    return store.deployments.get(workspace, found.id)


def find_undoable(store: Store, workspace: WorkspaceId, agent: AgentId) -> Deployment | None:
    """Give what rolling back would undo: the running canary, or else the version promoted last."""
    made = reversed(store.deployments.of(workspace, agent))
    promoted = (one for one in made if one.state == DeploymentState.PROMOTED)
    return _find_running(store, workspace, agent) or next(promoted, None)


def add_version(store: Store, version: AgentVersion) -> AgentVersion:
    """Register a version under the next free number of its Agent; once per id."""
    with store.transaction():
        known = store.agent_versions.find(version.workspace, version.id)
        if known:
            return known
        numbers = [v.number for v in store.agent_versions.of(version.workspace, version.agent)]
        numbered = msgspec.structs.replace(version, number=max(numbers, default=0) + 1)
        store.agent_versions.add(numbered)
        return numbered


def _tell_change(
    store: Store, deployment: Deployment, kind: NotificationType, *, at: datetime, **facts: str
) -> None:
    """Put down what became of a version, within the transaction that changes it."""
    candidate = store.agent_versions.find(deployment.workspace, deployment.candidate)
    told = make_notification(
        kind,
        deployment.id,
        workspace=deployment.workspace,
        at=at,
        agent=deployment.agent,
        deployment=deployment.id,
        version=candidate.number if candidate else None,
        candidate=deployment.candidate,
        stable=deployment.stable,
        **facts,
    )
    store.notifications.insert_ignore(told)


def _find_running(store: Store, workspace: WorkspaceId, agent: AgentId) -> Deployment | None:
    return next((d for d in store.deployments.running(workspace) if d.agent == agent), None)
