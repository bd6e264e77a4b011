"""What stands in the way of an agent's answers and of its nights? Told when it is made, and by the doctor."""

from upspiral.domain import Agent, Host, ModelVersion
from upspiral.errors import ConfigError
from upspiral.runtime import Runtime
from upspiral.train.trainable import check_trainable


def check_agent(runtime: Runtime, agent: Agent) -> list[str]:
    """Say what an agent lacks; nothing is started and nobody is asked.

    Args:
        runtime: The parts.
        agent: Whose live version and teacher are looked at.

    Returns:
        A sentence or two for each thing, with what to do; empty where all is well.
    """
    live = _live_model(runtime, agent)
    models = [live]
    if agent.teacher:
        models.append(runtime.store.model_versions.get(agent.workspace, agent.teacher))
    found = [said for model in models if (said := _unreachable(runtime, model))]
    obstacle = find_training_obstacle(runtime, agent)
    return [*found, f"Nights find its weaknesses, but cannot teach it: {obstacle}"] if obstacle else found


def find_training_obstacle(runtime: Runtime, agent: Agent) -> str | None:
    """Say why an agent's live version cannot be taught on this machine; None where it can."""
    try:
        check_trainable(_live_model(runtime, agent), recipe=runtime.settings.train.recipe)
    except ConfigError as error:
        return str(error)
    return None


def _live_model(runtime: Runtime, agent: Agent) -> ModelVersion:
    live = runtime.store.agent_versions.get(agent.workspace, agent.live)
    return runtime.store.model_versions.get(agent.workspace, live.model)


def _unreachable(runtime: Runtime, model: ModelVersion) -> str | None:
    if model.host == Host.LOCAL:
        return None  # it would be started; its files were looked at when the agent was made
    try:
        runtime.hosts.endpoint(model)
    except ConfigError as error:
        return str(error)
    return None
