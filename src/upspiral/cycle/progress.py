"""Where does a night stand? What its steps read of it and write down."""

from upspiral.cycle.engine import Night, NightOver
from upspiral.domain import AgentVersion, Cycle
from upspiral.domain.ids import AgentVersionId
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
