"""Where are notifications sent, and do they arrive?"""

from datetime import datetime

from msgspec import Struct

from upspiral.cursor import Cursor
from upspiral.cycle.notifications.endpoints import find_webhook, list_webhooks
from upspiral.domain.ids import DeliveryId, NotificationId, WebhookId, WorkspaceId
from upspiral.domain.night.notification import (
    DeliveryState,
    NotificationType,
    Webhook,
    WebhookDelivery,
)
from upspiral.runtime import Runtime

RECENT = 100
"""So many of the newest deliveries of a webhook are counted."""


class WebhookCard(Struct, frozen=True, kw_only=True):
    """A webhook as it may be shown: without its address and its secret."""

    id: WebhookId
    kind: str
    shown: str
    """So much of the address as may be shown."""
    events: tuple[NotificationType, ...]
    """What it is told of; empty for everything."""
    at: datetime
    rotated: datetime | None
    """When its secret was changed last; None for never."""
    disabled: str
    """Why nothing is sent to it any more; empty where it is."""
    waiting: int
    """Of its newest 100 deliveries, those that are still to be sent."""
    dead: int
    """And those that nobody tries to send any more."""
    last: str
    """What came of the newest one, in words; empty before the first."""


class DeliveryCard(Struct, frozen=True, kw_only=True):
    """What became of one notification on its way to one webhook."""

    id: DeliveryId
    notification: NotificationId
    type: NotificationType | None
    """None where the notification is forgotten."""
    at: datetime
    state: DeliveryState
    attempts: int
    next_at: datetime | None
    """When it is tried next; None where it is not."""
    note: str
    """What came of the last attempt."""


def list_cards(runtime: Runtime, workspace: WorkspaceId) -> list[WebhookCard]:
    """Give every webhook of a workspace, that of the settings first."""
    return [describe(runtime, one) for one in list_webhooks(runtime, workspace)]


def describe(runtime: Runtime, webhook: Webhook) -> WebhookCard:
    """Give what may be shown of a webhook."""
    recent = runtime.store.deliveries.list_newest(
        webhook.workspace, after=None, limit=RECENT, webhook=webhook.id
    )
    states = [one.state for one in recent]
    return WebhookCard(
        id=webhook.id,
        kind=webhook.kind,
        shown=webhook.shown,
        events=webhook.events,
        at=webhook.at,
        rotated=webhook.rotated,
        disabled=webhook.disabled,
        waiting=states.count(DeliveryState.WAITING),
        dead=states.count(DeliveryState.DEAD) + states.count(DeliveryState.GONE),
        last=recent[0].note or "not sent yet" if recent else "",
    )


def list_deliveries(
    runtime: Runtime, workspace: WorkspaceId, webhook: WebhookId, *, after: Cursor | None, limit: int
) -> list[DeliveryCard]:
    """Give a page of what was sent to a webhook, newest first.

    Raises:
        NotFound: There is no such webhook.
    """
    find_webhook(runtime, workspace, webhook)
    found = runtime.store.deliveries.list_newest(workspace, after=after, limit=limit, webhook=webhook)
    told = runtime.store.notifications.many(workspace, [one.notification for one in found])
    types = {one.id: one.type for one in told}
    return [describe_delivery(one, types.get(one.notification)) for one in found]


def describe_delivery(one: WebhookDelivery, kind: NotificationType | None) -> DeliveryCard:
    """Give what is shown of a delivery."""
    return DeliveryCard(
        id=one.id,
        notification=one.notification,
        type=kind,
        at=one.at,
        state=one.state,
        attempts=one.attempts,
        next_at=one.next_at if one.state is DeliveryState.WAITING else None,
        note=one.note,
    )
