"""Which agents' models are switched off soon, so that people are told in time?"""

from datetime import date
from typing import NamedTuple

from upspiral.cycle.planning.shutdown import WARNING_DAYS, find_shutdown
from upspiral.domain import LOCAL_HOST, ModelVersion
from upspiral.domain.ids import AgentId, WorkspaceId
from upspiral.domain.night.notification import Notification, NotificationType, make_notification
from upspiral.runtime import Runtime

MILESTONE_DAYS = (1, 7, 30, WARNING_DAYS)
"""People are told so many days ahead, once each."""


def put_down_shutdowns(runtime: Runtime) -> None:
    """Put down, in every workspace, that a model of an agent ends soon; once at each milestone."""
    for workspace in runtime.store.workspaces.all():
        told = list_shutdowns(runtime, workspace.id)
        runtime.store.notifications.insert_ignore(*told)


class LiveModel(NamedTuple):
    """The model that answers for an agent, and when its provider switches it off."""

    agent: AgentId
    model: ModelVersion
    ends: date | None
    """None where that is not known, and of local models."""


def list_live_models(runtime: Runtime, workspace: WorkspaceId) -> list[LiveModel]:
    """Give the model of every agent, with when its provider switches it off."""
    store, found = runtime.store, []
    for agent in store.agents.all(workspace):
        live = store.agent_versions.get(workspace, agent.live)
        model = store.model_versions.get(workspace, live.model)
        known = runtime.settings.providers.shutdown_dates
        ends = None if model.host == LOCAL_HOST else find_shutdown(model.name, known)
        found.append(LiveModel(agent.id, model, ends))
    return found


def list_shutdowns(runtime: Runtime, workspace: WorkspaceId) -> list[Notification]:
    """Say of every agent whose live model ends within the next months when that is."""
    found, today = [], runtime.now().date()
    for agent, model, ends in list_live_models(runtime, workspace):
        milestone = find_milestone(ends, today)
        if ends is None or milestone is None:
            continue
        found.append(
            make_notification(
                NotificationType.MODEL_SHUTDOWN,
                *(agent, model.id, str(ends), str(milestone)),
                workspace=workspace,
                at=runtime.now(),
                agent=agent,
                model=model.name,
                shutdown=str(ends),
                days=(ends - today).days,
            )
        )
    return found


def find_milestone(ends: date | None, today: date) -> int | None:
    """Give the milestone that a model has passed last on the way to its end; None where none is.

    >>> end = date(2026, 12, 11)
    >>> find_milestone(end, date(2026, 12, 1)), find_milestone(end, date(2026, 1, 1))
    (30, None)
    """
    if ends is None or (left := (ends - today).days) < 0:
        return None
    return next((days for days in MILESTONE_DAYS if left <= days), None)
