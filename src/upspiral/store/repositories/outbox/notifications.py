"""What people are told of, where it is sent, and every delivery: the outbox."""

from collections import Counter
from datetime import datetime

from msgspec.structs import replace

from upspiral.domain.ids import WebhookId, WorkspaceId
from upspiral.domain.night.notification import DeliveryState, Notification, Webhook, WebhookDelivery
from upspiral.store.rows import Rows
from upspiral.store.tables import deliveries, notifications, webhooks

MAX_DUE_READ = 200
"""Deliveries that are due, read at once to choose from."""


class Notifications(Rows[Notification]):
    """What happened, once each."""

    noun, table = Notification, notifications

    def list_unqueued(self, limit: int) -> list[Notification]:
        """Give those without deliveries yet, of every workspace, oldest first."""
        c = self.table.c
        return self.select(c.queued.is_(False), order=[c.at, c.id], limit=limit)

    def mark_queued(self, notification: Notification) -> None:
        """Say that every webhook that asked for it has its delivery."""
        c = self.table.c
        here = (c.workspace == notification.workspace, c.id == notification.id)
        self.update_where(*here, queued=True)

    def forget(self, before: datetime) -> int:
        """Delete those of every workspace that are older than a moment."""
        return self.remove(self.table.c.at < before)


class Webhooks(Rows[Webhook]):
    """Where notifications are sent."""

    noun, table = Webhook, webhooks

    def disable(self, workspace: WorkspaceId, webhook: WebhookId, why: str) -> None:
        """Send nothing to one any more."""
        c = self.table.c
        self.update_where(c.workspace == workspace, c.id == webhook, disabled=why)


class Deliveries(Rows[WebhookDelivery]):
    """Notifications on their way, each to one webhook."""

    noun, table = WebhookDelivery, deliveries

    def claim_due(
        self, now: datetime, *, until: datetime, limit: int, per_webhook: int
    ) -> list[WebhookDelivery]:
        """Take deliveries that are due, oldest first; nobody else gets them until the lease ends.

        Args:
            now: The present moment.
            until: When others may take them, should this process never say what came of them.
            limit: At most so many.
            per_webhook: And so many of one webhook, so that one that hangs does not hold up the others.
        """
        c = self.table.c
        due = self.select(
            c.state == DeliveryState.WAITING, c.next_at <= now, order=[c.next_at, c.id], limit=MAX_DUE_READ
        )
        taken: Counter[tuple[str, str]] = Counter()
        claimed: list[WebhookDelivery] = []
        for one in due:
            place = (one.workspace, one.webhook)
            if len(claimed) == limit:
                break
            if taken[place] < per_webhook and self._move(one, replace(one, next_at=until)):
                taken[place] += 1
                claimed.append(replace(one, next_at=until))
        return claimed

    def finish(self, claimed: WebhookDelivery, ended: WebhookDelivery) -> bool:
        """Write down what came of an attempt; False where the lease ran out and another took it."""
        return self._move(claimed, ended)

    def drop_waiting(self, workspace: WorkspaceId, webhook: WebhookId, note: str) -> None:
        """Give up all that still waits for a webhook."""
        c = self.table.c
        here = (c.workspace == workspace, c.webhook == webhook, c.state == DeliveryState.WAITING)
        self.update_where(*here, state=DeliveryState.DEAD, note=note)

    def forget(self, before: datetime) -> int:
        """Delete those of every workspace that were queued before a moment."""
        return self.remove(self.table.c.at < before)

    def _move(self, known: WebhookDelivery, to: WebhookDelivery) -> bool:
        c = self.table.c
        changed = {
            "next_at": to.next_at,
            "state": to.state,
            "attempts": to.attempts,
            "note": to.note,
        }
        unchanged = (c.state == DeliveryState.WAITING, c.next_at == known.next_at)
        return self.update_where(c.workspace == known.workspace, c.id == known.id, *unchanged, **changed) > 0
