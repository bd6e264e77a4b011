"""Choose who answers: so far the agent that the caller names."""

from collections.abc import Collection

from upspiral.domain import Choice
from upspiral.domain.ids import AgentId
from upspiral.errors import NotFound


def choose(agents: Collection[AgentId], model: str) -> Choice:
    """Choose the agent a request goes to.

    Args:
        agents: Everyone who can be asked.
        model: What the caller asked for.

    Raises:
        NotFound: There is no agent of that name.

    >>> choose([AgentId("support")], "support").probability
    1.0
    """
    if model not in agents:
        known = ", ".join(sorted(agents)) or "none yet"
        raise NotFound(
            f"There is no agent {model!r}; there are: {known}.",
            hint="Name one of them as the model, or make it with `upspiral agents create`.",
        )
    return Choice(agent=AgentId(model), probability=1.0, reason="named by the caller")
