"""Which levers may help an agent, and what stands in the way of the others? Nothing is started for it."""

from upspiral.cycle.levers.base import Lever
from upspiral.domain import Agent, Cycle, CycleKind
from upspiral.plugin_kinds import LEVER
from upspiral.runtime import Runtime


def make_lever(runtime: Runtime, name: str) -> Lever:
    """Make the lever of a name.

    Raises:
        ConfigError: There is none of that name.
    """
    made: Lever = LEVER.get(name)(runtime)
    return made


def list_levers(runtime: Runtime, agent: Agent, cycle: Cycle | None = None) -> tuple[str, ...]:
    """List the levers that a night of an agent may use: those of the night, of the agent, or the settings."""
    if cycle is not None and cycle.story is CycleKind.TRAIN:
        return ("adapter",)
    return (cycle.levers if cycle else ()) or agent.levers or runtime.settings.levers.enabled


def find_obstacles(runtime: Runtime, agent: Agent, cycle: Cycle | None = None) -> dict[str, str | None]:
    """Say of each lever that may be used what stands in its way; None where nothing does."""
    names = list_levers(runtime, agent, cycle)
    return {name: make_lever(runtime, name).find_obstacle(agent) for name in names}
