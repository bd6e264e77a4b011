"""Which prompt does an application get that asks its model itself? That which the gateway would use."""

from upspiral.deploy import pick_arm
from upspiral.domain import Agent, AgentVersion, Arm, Deployment
from upspiral.domain.prompting import write_prompt
from upspiral.projections import Served
from upspiral.runtime import Runtime
from upspiral.wire.delivered_prompt import DeliveredPrompt, PromptMessage, write_text


def deliver_prompt(runtime: Runtime, agent: Agent, *, sticky: str | None = None) -> DeliveredPrompt:
    """Give the prompt that answers now: while a canary is out, that of the side on which somebody stands.

    Args:
        runtime: The parts.
        agent: Whose.
        sticky: A conversation or an end user, each always on the same side; a conversation on the one where
            the gateway puts it. None for the stable version.
    """
    served = get_served(runtime, agent)
    arm = pick_arm(served.deployment, sticky) if sticky else None
    return _of_arm(served, arm or Arm.STABLE)


def deliver_canary(runtime: Runtime, agent: Agent) -> DeliveredPrompt:
    """Give the prompt of the canary; that of the live version once none is out, so that a rollback shows."""
    return _of_arm(get_served(runtime, agent), Arm.CANARY)


def deliver_version(runtime: Runtime, version: AgentVersion) -> DeliveredPrompt:
    """Give the prompt of one version, whoever answers now."""
    model = runtime.store.model_versions.get(version.workspace, version.model)
    return _write(version, model.name)


def get_served(runtime: Runtime, agent: Agent) -> Served:
    """Give what an agent serves now."""
    return runtime.snapshot(agent.workspace, wanted=agent.id).agents[agent.id]


def _of_arm(served: Served, arm: Arm) -> DeliveredPrompt:
    if served.deployment is None:
        return _write(served.live, served.live_model.name)
    if arm is Arm.CANARY and served.candidate and served.candidate_model:
        return _write(served.candidate, served.candidate_model.name, arm=arm, deployment=served.deployment)
    return _write(served.live, served.live_model.name, arm=Arm.STABLE, deployment=served.deployment)


def _write(
    version: AgentVersion, model: str, *, arm: Arm | None = None, deployment: Deployment | None = None
) -> DeliveredPrompt:
    messages = tuple(PromptMessage(one.role, one.content) for one in write_prompt(version, ()).stable)
    return DeliveredPrompt(
        agent=version.agent,
        version=version.name,
        number=version.number,
        model=model,
        messages=messages,
        text=write_text(messages),
        sampling=version.sampling,
        arm=arm.value if arm else None,
        deployment=deployment.id if deployment else None,
    )
