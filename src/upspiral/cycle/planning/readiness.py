"""What stands in the way of an agent's answers and nights? Reported when it is made, and by the doctor."""

from pathlib import Path

from msgspec import Struct

from upspiral.cycle.levers.available import find_obstacles
from upspiral.cycle.planning.shutdown import find_shutdown, warn_of_shutdown
from upspiral.domain import LOCAL_HOST, Agent, ModelVersion
from upspiral.errors import ConfigError
from upspiral.model_folder import find_load_faults
from upspiral.runtime import Runtime


class Readiness(Struct, frozen=True):
    """What an agent can do as it is set up."""

    can_answer: bool
    """Are its models' keys and addresses set, and the files of local ones there? Nobody is asked."""
    can_be_taught: bool
    """Is there a lever by which its nights may make it better?"""
    warnings: tuple[str, ...]
    """A sentence or two for each thing that it lacks, with what to do."""


def check_agent(runtime: Runtime, agent: Agent) -> Readiness:
    """Say what an agent lacks; nothing is started and nobody is asked.

    Args:
        runtime: The parts.
        agent: Whose live version and teacher are looked at.
    """
    live = _live_model(runtime, agent)
    models = [live]
    if agent.teacher:
        models.append(runtime.store.model_versions.get(agent.workspace, agent.teacher))
    found = tuple(said for model in models if (said := _find_unreachable(runtime, model)))
    obstacles = find_obstacles(runtime, agent)
    can_be_taught = not all(obstacles.values())
    reasons = " ".join(f"{name}: {obstacle}" for name, obstacle in obstacles.items())
    untaught = () if can_be_taught else (f"Nights find its weaknesses, but cannot teach it. {reasons}",)
    ends = find_shutdown(live.name, runtime.settings.providers.shutdown_dates)
    warned = warn_of_shutdown(live.name, agent.id, ends=ends, today=runtime.now().date())
    ending = (warned,) if warned and live.host != LOCAL_HOST else ()
    return Readiness(not found, can_be_taught, (*found, *ending, *untaught))


def _live_model(runtime: Runtime, agent: Agent) -> ModelVersion:
    live = runtime.store.agent_versions.get(agent.workspace, agent.live)
    return runtime.store.model_versions.get(agent.workspace, live.model)


def _find_unreachable(runtime: Runtime, model: ModelVersion) -> str | None:
    if model.host == LOCAL_HOST:
        faults = find_load_faults(Path(model.base or ""))
        if model.adapter and not Path(model.adapter).is_dir():
            faults = [*faults, f"its adapter {model.adapter} is gone"]
        hint = "Put the files back, or create the agent with another base model."
        return f"The model in {model.base} cannot answer: {'; '.join(faults)}. {hint}" if faults else None
    try:
        runtime.hosts.endpoint(model)
    except ConfigError as error:
        return str(error)
    return None
