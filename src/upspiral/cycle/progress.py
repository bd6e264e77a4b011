"""Where does a night stand? What its steps read of it and write down."""

from functools import partial

from upspiral.cycle.durable.engine import Night, NightOver
from upspiral.domain import AgentVersion, Cycle, Ending
from upspiral.domain.ids import AgentVersionId
from upspiral.domain.night.notification import Notification, NotificationType, make_notification
from upspiral.runtime import Runtime


def read_cycle(runtime: Runtime, night: Night) -> Cycle:
    """Read the Cycle of a night as it stands."""
    return runtime.store.cycles.get(night.workspace, night.cycle)


def note(runtime: Runtime, night: Night, **found: object) -> None:
    """Write down what was found.

    Raises:
        NightOver: Somebody ended the night meanwhile.
    """
    if not runtime.store.cycles.note(night.workspace, night.cycle, **found):
        raise NightOver


def get_live(runtime: Runtime, cycle: Cycle) -> AgentVersion:
    """Read the version of a night's agent that answers now."""
    agent = runtime.store.agents.get(cycle.workspace, cycle.agent)
    return runtime.store.agent_versions.get(cycle.workspace, agent.live)


def get_candidate(runtime: Runtime, cycle: Cycle, candidate: AgentVersionId | None) -> AgentVersion:
    """Read a version that a night drafted."""
    return runtime.store.agent_versions.get(cycle.workspace, candidate or "")


def tell_ending(cycle: Cycle) -> list[Notification]:
    """Say what people are told of a night that has ended: how, and that it failed where it did."""
    at = cycle.ended or cycle.started
    tell = partial(make_notification, workspace=cycle.workspace, at=at, agent=cycle.agent, cycle=cycle.id)
    told = [tell(NotificationType.NIGHT_ENDED, cycle.id, story=cycle.story, ending=cycle.ending)]
    if cycle.ending is Ending.FAILED:
        told.append(tell(NotificationType.ERROR, cycle.id, what=f"The night of {cycle.agent}"))
    return told
