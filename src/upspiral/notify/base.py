"""What is a sender? It knows one way to reach people: by a signed webhook, Slack, Discord or e-mail."""

from datetime import datetime
from typing import Protocol, runtime_checkable

from msgspec import Struct

from upspiral.domain.night.notification import Notification
from upspiral.providers.address import Reach


class Destination(Struct, frozen=True):
    """Where one notification is sent."""

    address: str
    """As the sender's `check` gave it."""
    secrets: tuple[str, ...] = ()
    """What it is signed with, the newest first; two while a secret is being changed."""
    reach: Reach = Reach()
    """Which addresses of the network may be connected to."""


@runtime_checkable
class NotificationSender(Protocol):
    """A notifier that sends to addresses; people add addresses with `upspiral webhooks add`."""

    is_secret: bool
    """May nobody who sees the address write there? Then it is only kept encrypted."""

    def check(self, address: str) -> str:
        """See that an address can be used; give it in the form in which it is kept.

        Raises:
            InvalidInput: It cannot; says why.
        """
        ...

    def send(self, notification: Notification, to: Destination, *, at: datetime) -> None:
        """Deliver one notification; what it raises is written down, and it is asked again later.

        Whoever is told must be able to see that a notification came twice: a process may be killed after it
        was sent and before that was written down. Its `id` is the same then.

        Args:
            notification: What happened; `body` is the payload.
            to: Where.
            at: The moment of this attempt.

        Raises:
            Rejected: With status 410 where the address is gone for good.
            UpspiralError: It was not delivered; `retry_after` says how long the receiver wants to rest.
        """
        ...
