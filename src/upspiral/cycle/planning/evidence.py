"""What may a night learn from? Everything that was said of the live version and that no night has used."""

import math
from datetime import timedelta
from typing import Any

from upspiral.domain import Cycle, CycleKind, DeploymentState, Ending, Window
from upspiral.domain.ids import AgentId, WorkspaceId
from upspiral.runtime import Runtime
from upspiral.store.repositories.evidence import EvidenceCount

PROMOTED_STATES = (DeploymentState.PROMOTED, DeploymentState.RETIRED)
REFUSED_ENDINGS = (Ending.REJECTED, Ending.INCONCLUSIVE, Ending.ROLLED_BACK)


def window_of(runtime: Runtime, cycle: Cycle) -> Window:
    """Give the window of a night.

    Failures of the live version count, as long as it lives: had a night fixed them, another version would
    live. What came without a version (imported, sent by the client or by REST, traced) counts until a night
    has used it: it says that the agent failed at a question, and whether the live version fails at it too is
    asked at the gate. What older versions answered is past.
    """
    return Window(
        since=cycle.since,
        until=cycle.until,
        version=runtime.store.agents.get(cycle.workspace, cycle.agent).live,
        used=cycle.used,
        limit=runtime.settings.cycle.max_evidence,
    )


def bounds(runtime: Runtime, workspace: WorkspaceId, agent: AgentId) -> dict[str, Any]:
    """Give the fields of a new Cycle that say what it may learn from.

    A night that rested, failed, or whose candidate was refused has used nothing.
    """
    now = runtime.now()
    since = now - timedelta(days=runtime.settings.cycle.evidence_days)
    promoted = promotions(runtime, workspace, agent)
    return {"since": since, "until": now, "used": min(promoted[0].until, now) if promoted else None}


def window_now(runtime: Runtime, workspace: WorkspaceId, agent: AgentId) -> Window:
    """Give the window that a night would have if it began now."""
    live = runtime.store.agents.get(workspace, agent).live
    limit = runtime.settings.cycle.max_evidence
    return Window(**bounds(runtime, workspace, agent), version=live, limit=limit)


def promotions(runtime: Runtime, workspace: WorkspaceId, agent: AgentId) -> list[Cycle]:
    """Give the nights whose candidate was promoted, by them or by hand, and not rolled back; newest first."""
    store = runtime.store
    promoted = {
        one.candidate for one in store.deployments.of(workspace, agent) if one.state in PROMOTED_STATES
    }
    nights = store.cycles.of(workspace, agent, limit=1000)
    return [night for night in nights if night.story == CycleKind.IMPROVE and night.candidate in promoted]


def wait_after_refusal(runtime: Runtime, cycle: Cycle, evidence: EvidenceCount) -> str:
    """Say why a night of the clock is too early after the last one was refused; empty where it is not.

    The same evidence makes the same candidate: to train and test it again would only spend the gate's level.
    """
    last = _last_refused(runtime, cycle)
    if not cycle.scheduled or last is None:
        return ""
    needed = math.ceil(last.rated * (1 + runtime.settings.cycle.retry_growth))
    if evidence.rated >= needed:
        return ""
    return (
        f"The candidate of {last.started:%Y-%m-%d} was {str(last.ending).replace('_', ' ')}. {evidence.rated}"
        f" conversations are rated by now; the next one is made from {needed} on."
        f" `upspiral improve {cycle.agent}` makes one now."
    )


def _last_refused(runtime: Runtime, cycle: Cycle) -> Cycle | None:
    """Give the newest night whose candidate was refused in comparison with the version that lives now."""
    store = runtime.store
    live = store.agents.get(cycle.workspace, cycle.agent).live
    for night in store.cycles.of(cycle.workspace, cycle.agent):
        if night.ending in REFUSED_ENDINGS and night.report:
            report = store.eval_reports.find(cycle.workspace, night.report)
            return night if report and report.incumbent == live else None
    return None
