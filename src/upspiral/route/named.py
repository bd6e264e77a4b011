"""Choose who answers: the agent that the caller names, or the one that the policy draws."""

from collections.abc import Collection

from upspiral.domain import Choice
from upspiral.domain.ids import AgentId
from upspiral.errors import NotFound

AUTO = "auto"
"""What callers put into `model` to leave the choice to the policy."""


MODES = ("single", "ensemble", "cascade")
"""How many are asked: `auto:ensemble` says it in the name, `auto` leaves it to the setting."""


def parse_auto_mode(model: str, *, usual: str) -> str | None:
    """Say how many are asked under a name; None where it names an agent.

    >>> [parse_auto_mode(name, usual="single") for name in ("auto:cascade", "auto", "support")]
    ['cascade', 'single', None]
    """
    if model == AUTO:
        return usual
    start, _, mode = model.partition(":")
    return mode if start == AUTO and mode in MODES else None


def choose(agents: Collection[AgentId], model: str) -> Choice:
    """Choose the agent that a caller names.

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
            hint="Name one of them as the model, or `auto`, or make it with `upspiral agents create`.",
        )
    return Choice(agent=AgentId(model), probability=1.0, reason="named by the caller")
