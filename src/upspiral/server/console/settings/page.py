"""Which part of the settings does an address mean?"""

from upspiral.domain import Scope
from upspiral.errors import InvalidInput
from upspiral.server.answers import Answer
from upspiral.server.console.settings import (
    agents,
    keys,
    models,
    people,
    provider_keys,
    schedules,
    values,
    webhooks,
)
from upspiral.server.console.settings.frame import PATH
from upspiral.server.console.visit import ConsoleRouter, Visiting
from upspiral.server.policy import allows

router = ConsoleRouter()
SHOW_PART = {
    "agents": agents.show,
    "models": models.show,
    "schedules": schedules.show,
    "webhooks": webhooks.show,
    "keys": keys.show,
    "people": people.show,
    "provider-keys": provider_keys.show,
    "values": values.show,
}
ROUTERS = (
    router,
    agents.router,
    schedules.router,
    webhooks.router,
    keys.router,
    people.router,
    provider_keys.router,
)


@router.get(PATH)
@allows(Scope.READ)
def show_settings(visit: Visiting) -> Answer[str]:
    """Show how things are set up, a part at a time."""
    part = visit.read_parameter("part") or "agents"
    if part not in SHOW_PART:
        raise InvalidInput(f"There is no part {part!r} of the settings.", hint="Choose one of the tabs.")
    return SHOW_PART[part](visit)
