"""How does every notification arrive although receivers fail and servers are killed? By an outbox.

What happened is put down in the transaction in which it happens. From there it is queued for each webhook,
claimed for a short lease, sent, and tried again with growing pauses. Who is killed in between loses the
lease, and it is sent again under the same id: at least once.
"""

from concurrent.futures import ThreadPoolExecutor
from datetime import date, datetime, timedelta
from functools import partial
from typing import Self

from msgspec.structs import replace

from upspiral.cycle.notifications.endpoints import SETTING, find_webhook, list_webhooks, open_endpoint
from upspiral.cycle.notifiers import make_sender
from upspiral.cycle.planning.shutdown_news import put_down_shutdowns
from upspiral.domain.ids import DeliveryId, derive
from upspiral.domain.night.notification import DeliveryState, Notification, Webhook, WebhookDelivery
from upspiral.errors import NotFound, ProviderError, StoreError, UpspiralError
from upspiral.isolation import run_each
from upspiral.logs import get_logger
from upspiral.notify.http import GONE
from upspiral.runtime import Runtime

PAUSES_S = (5, 300, 1800, 7200, 18_000, 36_000, 50_400, 72_000, 86_400)
"""Between ten attempts, as Standard Webhooks proposes: 5 s, 5 min, 30 min, 2, 5, 10, 14, 20 and 24 hours."""
MAX_AGE = timedelta(hours=76)
"""What is older is not queued for anybody, such as after a server was off for long."""
BATCH = 32
PER_WEBHOOK = 4
MAX_NOTE_CHARS = 300
SPARE_S = 5.0
"""So much longer than an attempt may take lasts the lease of a delivery."""

log = get_logger(__name__)


class NotificationOutbox:
    """Sends what is due; every server has one, and each delivery is sent by one of them at a time."""

    def __init__(self, runtime: Runtime) -> None:
        self._runtime = runtime
        self._looked: date | None = None
        self._pool = ThreadPoolExecutor(PER_WEBHOOK * 2, "notifications")

    def work(self) -> int:
        """Queue what is new and send what is due; give how many deliveries were tried."""
        runtime = self._runtime
        self._look_daily()
        for told in runtime.store.notifications.list_unqueued(BATCH):
            runtime.write_here(partial(put_in_outbox, runtime, told))
        now = runtime.now()
        until = now + timedelta(seconds=runtime.settings.webhooks.timeout_s + SPARE_S)
        claim = partial(
            runtime.store.deliveries.claim_due, now, until=until, limit=BATCH, per_webhook=PER_WEBHOOK
        )
        claimed = runtime.write_here(claim)
        tried = [self._pool.submit(run_each, "notification", [one], self._send_claimed) for one in claimed]
        for one in tried:
            one.result()
        return len(claimed)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        """Send nothing more; what is under way is sent again by whoever runs next."""
        self._pool.shutdown(wait=False, cancel_futures=True)

    def _look_daily(self) -> None:
        """Put down which models end soon, and forget what is old; once a day, and at the start."""
        today = self._runtime.now().date()
        if self._looked != today:
            self._looked = today
            self._runtime.write_here(partial(put_down_shutdowns, self._runtime))
            self._runtime.write_here(partial(forget_old, self._runtime))

    def _send_claimed(self, claimed: WebhookDelivery) -> None:
        runtime = self._runtime
        try:
            webhook = find_webhook(runtime, claimed.workspace, claimed.webhook)
            told = runtime.store.notifications.get(claimed.workspace, claimed.notification)
        except NotFound as error:
            ended = replace(claimed, state=DeliveryState.DEAD, note=error.message)
        else:
            ended = attempt(runtime, webhook, told, claimed)
        runtime.write_here(partial(keep_result, runtime, claimed, ended))


def put_in_outbox(runtime: Runtime, told: Notification) -> None:
    """Make a delivery for every webhook that asked for what happened; made once, however often asked."""
    fresh = runtime.now() - told.at < MAX_AGE
    wanting = [one for one in list_webhooks(runtime, told.workspace) if fresh and one.wants(told.type)]
    with runtime.store.transaction():
        made = [make_delivery(one, told, now=runtime.now()) for one in wanting]
        runtime.store.deliveries.insert_ignore(*made)
        runtime.store.notifications.mark_queued(told)


def make_delivery(webhook: Webhook, told: Notification, *, now: datetime) -> WebhookDelivery:
    """Put a notification on its way to a webhook."""
    return WebhookDelivery(
        id=DeliveryId(derive("dlv", webhook.id, told.id)),
        workspace=told.workspace,
        webhook=webhook.id,
        notification=told.id,
        at=now,
        next_at=now,
    )


def attempt(
    runtime: Runtime, webhook: Webhook, told: Notification, delivery: WebhookDelivery
) -> WebhookDelivery:
    """Try to deliver once; give the delivery as it stands after that."""
    now = runtime.now()
    try:
        if webhook.disabled:
            return replace(delivery, state=DeliveryState.DEAD, note=webhook.disabled)
        sender = make_sender(webhook.kind, runtime.settings)
        sender.send(told, open_endpoint(runtime, webhook), at=now)
    except StoreError:
        raise  # nothing is known against the receiver
    except Exception as error:  # a sender may be a stranger's
        if not isinstance(error, UpspiralError):
            log.exception("a notifier failed", kind=webhook.kind, webhook=webhook.id)
        return decide_retry(delivery, error, now=now)
    return replace(
        delivery,
        state=DeliveryState.DELIVERED,
        attempts=delivery.attempts + 1,
        next_at=now,
        note="Delivered.",
    )


def decide_retry(delivery: WebhookDelivery, error: Exception, *, now: datetime) -> WebhookDelivery:
    """Say when a delivery that failed is tried again, or that nobody tries any more.

    >>> from datetime import UTC
    >>> noon = datetime(2026, 1, 5, 12, tzinfo=UTC)
    >>> fresh = WebhookDelivery(id="d", workspace="w", webhook="h", notification="n", at=noon, next_at=noon)
    >>> str(decide_retry(fresh, UpspiralError("It is down."), now=noon).next_at)
    '2026-01-05 12:00:05+00:00'
    """
    attempts = delivery.attempts + 1
    why = (error.message if isinstance(error, UpspiralError) else type(error).__name__)[:MAX_NOTE_CHARS]
    failed = replace(delivery, attempts=attempts, next_at=now, note=why)
    if isinstance(error, ProviderError) and error.status == GONE:
        return replace(failed, state=DeliveryState.GONE)
    if attempts > len(PAUSES_S):
        hours = (now - delivery.at).total_seconds() / 3600
        note = f"Given up after {attempts} attempts in {hours:.0f} hours. {why}"
        return replace(failed, state=DeliveryState.DEAD, note=note)
    rest = error.retry_after or 0.0 if isinstance(error, ProviderError) else 0.0
    return replace(failed, next_at=now + timedelta(seconds=max(PAUSES_S[attempts - 1], rest)))


def keep_result(runtime: Runtime, claimed: WebhookDelivery, ended: WebhookDelivery) -> None:
    """Write down what came of an attempt; a webhook that is gone for good is told nothing more."""
    store = runtime.store
    with store.transaction():
        if not store.deliveries.finish(claimed, ended):
            return
        if ended.state is DeliveryState.GONE and ended.webhook != SETTING:
            store.webhooks.disable(ended.workspace, ended.webhook, ended.note)
            store.deliveries.drop_waiting(ended.workspace, ended.webhook, ended.note)


def forget_old(runtime: Runtime) -> int:
    """Delete notifications and deliveries that are older than the setting; give how many there were.

    Nothing is deleted while the clock is not to be believed.
    """
    if runtime.doubt_clock():
        return 0
    before = runtime.now() - timedelta(days=runtime.settings.webhooks.keep_days)
    store = runtime.store
    return store.deliveries.forget(before) + store.notifications.forget(before)


def send_test(runtime: Runtime, webhook: Webhook, told: Notification) -> WebhookDelivery:
    """Send one notification to one webhook now; what comes of it is told and not tried again."""
    ended = attempt(runtime, webhook, told, make_delivery(webhook, told, now=runtime.now()))
    return replace(ended, state=DeliveryState.DEAD) if ended.state is DeliveryState.WAITING else ended
