"""What does a request about webhooks hold?"""

from pydantic import ConfigDict, Field

from upspiral.domain.night.notification import SUBSCRIBABLE, NotificationType
from upspiral.server.schemas.base import Body


class WebhookBody(Body):
    """Where notifications are to be sent, and which."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [{"address": "https://ops.example.org/hook", "events": ["version.rolled_back"]}]
        },
        strict=False,
    )

    address: str = Field(
        min_length=3, max_length=2000, description="A URL, or an e-mail address; kept encrypted, never shown."
    )
    kind: str | None = Field(
        None,
        max_length=40,
        description="`webhook`, `slack`, `discord`, `email`, or a plug-in; by default seen from the address.",
    )
    events: list[NotificationType] = Field(
        [],
        max_length=len(SUBSCRIBABLE),
        description=f"What it is told of, some of {', '.join(SUBSCRIBABLE)}; empty for everything.",
    )
