"""A site with a clock of its own, an outbox, and a server that is sent notifications."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from tests.notify.receiver import Receiver

from upspiral.admin.webhooks import add_webhook
from upspiral.app import App
from upspiral.config import load
from upspiral.cycle.notifications.outbox import NotificationOutbox
from upspiral.domain.ids import DEFAULT_WORKSPACE
from upspiral.domain.night.notification import (
    NotificationType,
    Webhook,
    WebhookDelivery,
    make_notification,
)

LOOPBACK = {"allowed_addresses": ("127.0.0.1",)}


class Clock:
    """Tells the time that a test wants."""

    def __init__(self) -> None:
        self.now = datetime.now(UTC)

    def __call__(self) -> datetime:
        return self.now

    def pass_time(self, **span: float) -> None:
        """Let time pass."""
        self.now += timedelta(**span)


class Site:
    """An open app, and what a test asks of its outbox."""

    def __init__(self, app: App, clock: Clock) -> None:
        self.app, self.runtime, self.clock = app, app.runtime, clock

    def tell(self, what: str = "one", kind: NotificationType = NotificationType.NIGHT_ENDED) -> str:
        """Let something happen; give the id of its notification."""
        made = make_notification(
            kind, what, workspace=DEFAULT_WORKSPACE, at=self.clock.now, ending="rested", what=what
        )
        self.runtime.store.notifications.insert_ignore(made)
        return made.id

    def add(self, address: str, *events: NotificationType, kind: str | None = None) -> Webhook:
        """Add a webhook."""
        return add_webhook(self.runtime, DEFAULT_WORKSPACE, address, kind=kind, events=events)

    def send(self) -> int:
        """Send what is due, as a server does every second."""
        with NotificationOutbox(self.runtime) as outbox:
            return outbox.work()

    def deliveries(self) -> list[WebhookDelivery]:
        """Give every delivery, oldest first."""
        found = self.runtime.store.deliveries.list_rows(DEFAULT_WORKSPACE)
        return sorted(found, key=lambda one: (one.at, one.id))


@pytest.fixture
def clock() -> Clock:
    """A clock that only the test moves."""
    return Clock()


@pytest.fixture
def site(data: Path, clock: Clock) -> Iterator[Site]:
    """An open app without nights, whose webhooks may lead to this machine."""
    with App(
        load(data=data, providers=LOOPBACK, webhooks={"timeout_s": 2}), nights=False, clock=clock
    ) as app:
        yield Site(app, clock)


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    """A server that takes what it is sent."""
    with Receiver() as opened:
        yield opened
