"""Which version does an application mean that names a prompt by a label or a number?"""

from upspiral.admin.agents import resolve_version
from upspiral.admin.approvals import list_usable
from upspiral.domain import Agent, AgentVersion
from upspiral.errors import NotFound
from upspiral.runtime import Runtime
from upspiral.serving.deliver import deliver_canary, deliver_prompt, deliver_version, get_served
from upspiral.wire.delivered_prompt import DeliveredPrompt

PRODUCTION, CANARY, LATEST = "production", "canary", "latest"
"""Labels: of the live version, the canary that is out, and the newest whose text nobody must approve."""
STICKY_LABELS = ("conversation", "user")
"""Before a colon and an id: the version that the gateway would give to it."""


def find_prompt(runtime: Runtime, agent: Agent, label: str | None = None) -> DeliveredPrompt:
    """Give an agent's prompt by a label, or else by a version's id, name or number.

    Args:
        runtime: The parts.
        agent: Whose.
        label: None for the live version.

    Raises:
        NotFound: There is no such label or version; says which there are.
    """
    kind, _, sticky = (label or PRODUCTION).partition(":")
    if kind in STICKY_LABELS and sticky:
        return deliver_prompt(runtime, agent, sticky=sticky)
    if kind in (PRODUCTION, "live"):
        return deliver_prompt(runtime, agent)
    if kind == CANARY:
        return deliver_canary(runtime, agent)
    if kind == LATEST:
        return deliver_version(runtime, _find_newest(runtime, agent))
    try:
        return deliver_version(runtime, resolve_version(runtime, agent, label or ""))
    except NotFound as error:
        labels = ", ".join((PRODUCTION, CANARY, LATEST, *(f"{one}:ID" for one in STICKY_LABELS)))
        raise NotFound(error.message, hint=f"Or name a label: {labels}.") from error


def list_labels(runtime: Runtime, agent: Agent, prompt: DeliveredPrompt) -> list[str]:
    """Say which labels lead to a version now."""
    served = get_served(runtime, agent)
    named = {PRODUCTION: served.live, CANARY: served.candidate, LATEST: _find_newest(runtime, agent)}
    return [label for label, one in named.items() if one and one.number == prompt.number]


def _find_newest(runtime: Runtime, agent: Agent) -> AgentVersion:
    """Find the newest version whose texts nobody has to approve; the live one where there is no other."""
    usable = list_usable(runtime, agent)
    return usable[-1] if usable else get_served(runtime, agent).live
