"""What are people told of, where is it sent, and what became of each delivery?"""

from datetime import datetime
from enum import StrEnum

import msgspec
from msgspec import Struct

from upspiral.domain.ids import AgentId, DeliveryId, NotificationId, WebhookId, WorkspaceId, derive


class NotificationType(StrEnum):
    """What happened; a webhook may ask for some of them."""

    NIGHT_ENDED = "night.ended"
    TRAINING_ENDED = "training.ended"
    CANARY_STARTED = "canary.started"
    VERSION_PROMOTED = "version.promoted"
    VERSION_ROLLED_BACK = "version.rolled_back"
    APPROVAL_WAITING = "approval.waiting"
    """A learned text waits for a person."""
    BUDGET_SPENT = "budget.spent"
    """A night's budget did not bear a paid call; told once a night."""
    MODEL_SHUTDOWN = "model.shutdown"
    """An agent's model is switched off by its provider soon."""
    ERROR = "error"
    """A night or a routine failed."""
    TEST = "test"
    """Somebody asked for a test; sent to that webhook alone, whatever it asks for."""


SUBSCRIBABLE = tuple(one for one in NotificationType if one is not NotificationType.TEST)
"""Every type that a webhook may ask for."""


class Notification(Struct, frozen=True, kw_only=True):
    """One thing that happened, as every receiver is told of it."""

    id: NotificationId
    """Derived from what happened; every attempt to deliver it carries the same."""
    workspace: WorkspaceId
    at: datetime
    type: NotificationType
    body: str
    """The payload as JSON; kept as it was written first, and holds nothing that a user or a model wrote."""
    queued: bool = False
    """Is there a delivery for every webhook that asked for it?"""


class Webhook(Struct, frozen=True, kw_only=True):
    """Where notifications of a workspace are sent."""

    id: WebhookId
    workspace: WorkspaceId
    kind: str
    """The name of a notifier: webhook, slack, discord, email, or that of a plug-in."""
    address: str
    """A URL or an e-mail address; encrypted where `sealed`."""
    sealed: bool
    shown: str
    """So much of the address as may be shown."""
    events: tuple[NotificationType, ...] = ()
    """What it asked for; empty for everything."""
    at: datetime
    secret_number: int = 1
    """Which of its signing secrets is in use; they are derived, never stored."""
    rotated: datetime | None = None
    """When the secret in use took the place of the one before."""
    disabled: str = ""
    """Why nothing is sent to it any more; empty where it is."""

    def wants(self, kind: NotificationType) -> bool:
        """Say whether it asked for a type."""
        return not self.disabled and (not self.events or kind in self.events)


class DeliveryState(StrEnum):
    """Where a delivery stands."""

    WAITING = "waiting"
    """It is sent when its moment comes, at first or again."""
    DELIVERED = "delivered"
    DEAD = "dead"
    """Nobody tries any more; its note says why."""
    GONE = "gone"
    """The receiver says that its address is gone for good; nothing more is sent there."""


class WebhookDelivery(Struct, frozen=True, kw_only=True):
    """One notification on its way to one webhook."""

    id: DeliveryId
    workspace: WorkspaceId
    webhook: WebhookId
    notification: NotificationId
    at: datetime
    """When it was queued."""
    next_at: datetime
    """When it is due; while it is being sent, the end of the sender's lease."""
    state: DeliveryState = DeliveryState.WAITING
    attempts: int = 0
    """Attempts that came to an end."""
    note: str = ""
    """What came of the last attempt, in words."""


def make_notification(
    kind: NotificationType,
    *about: str,
    workspace: WorkspaceId,
    at: datetime,
    agent: AgentId | None = None,
    **facts: str | float | None,
) -> Notification:
    """Put down that something happened; the same event gives the same id, however often it is put down.

    Args:
        kind: What happened.
        about: Ids that make it this event and no other.
        workspace: Where.
        at: When.
        agent: To which agent.
        **facts: What else receivers are told: ids, states and numbers, never a text that somebody wrote.
            Those that are None are left out.

    >>> from datetime import UTC
    >>> noon = datetime(2026, 1, 5, 12, tzinfo=UTC)
    >>> made = make_notification(
    ...     NotificationType.NIGHT_ENDED, "cyc_1", workspace=WorkspaceId("default"), at=noon, ending="rested"
    ... )
    >>> made.body
    '{"type":"night.ended","timestamp":"2026-01-05T12:00:00Z","data":{"workspace":"default","ending":"rested"}}'
    """
    data = {"workspace": workspace, "agent": agent, **facts}
    body = {
        "type": kind,
        "timestamp": at,
        "data": {name: value for name, value in data.items() if value is not None},
    }
    return Notification(
        id=NotificationId(derive("ntf", workspace, kind, *about)),
        workspace=workspace,
        at=at,
        type=kind,
        body=msgspec.json.encode(body).decode(),
    )
