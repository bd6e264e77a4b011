"""What is shown of a webhook tells whether notifications arrive, and neither its address nor its secret."""

from datetime import timedelta

import pytest
from tests.conftest import START

from upspiral.admin.webhooks import add_webhook, tell_secret
from upspiral.app import App
from upspiral.domain.ids import DeliveryId, NotificationId, WebhookId
from upspiral.domain.night.notification import (
    DeliveryState,
    NotificationType,
    Webhook,
    WebhookDelivery,
    make_notification,
)
from upspiral.errors import NotFound
from upspiral.queries.webhooks import RECENT, describe, list_cards, list_deliveries

ADDRESS = "https://hooks.example.org/services/verysecret"


@pytest.fixture
def webhook(app: App, monkeypatch: pytest.MonkeyPatch) -> Webhook:
    """A webhook whose host nobody looks up."""
    monkeypatch.setattr("upspiral.admin.webhooks.check_reach", lambda *_: None)
    return add_webhook(app.runtime, app.workspace, ADDRESS)


def _deliver(app: App, webhook: Webhook, number: int, state: DeliveryState, note: str = "") -> None:
    at = START + timedelta(minutes=number)
    app.runtime.store.deliveries.add(
        WebhookDelivery(
            id=DeliveryId(f"dlv_{number}"),
            workspace=app.workspace,
            webhook=webhook.id,
            notification=NotificationId(f"ntf_{number}"),
            at=at,
            next_at=at + timedelta(hours=1),
            state=state,
            note=note,
        )
    )


def test_a_card_counts_what_waits_and_what_was_given_up(app: App, webhook: Webhook) -> None:
    assert describe(app.runtime, webhook).last == ""
    states = [DeliveryState.DELIVERED, DeliveryState.DEAD, DeliveryState.GONE, DeliveryState.WAITING]
    for number, state in enumerate(states):
        _deliver(app, webhook, number, state)
    (card,) = list_cards(app.runtime, app.workspace)
    assert (card.waiting, card.dead, card.last) == (1, 2, "not sent yet")
    assert "verysecret" not in repr(card)
    assert tell_secret(app.runtime, webhook) not in repr(card)


def test_only_the_newest_deliveries_are_counted(app: App, webhook: Webhook) -> None:
    for number in range(RECENT + 5):
        state = DeliveryState.DEAD if number < 5 else DeliveryState.DELIVERED
        _deliver(app, webhook, number, state, note=f"note {number}")
    card = describe(app.runtime, webhook)
    assert (card.dead, card.last) == (0, f"note {RECENT + 4}")


def test_a_delivery_tells_when_it_is_tried_next_only_where_it_is(app: App, webhook: Webhook) -> None:
    told = make_notification(NotificationType.ERROR, "x", workspace=app.workspace, at=START)
    app.runtime.store.notifications.add(told)
    _deliver(app, webhook, 1, DeliveryState.WAITING)
    _deliver(app, webhook, 2, DeliveryState.DEAD, "Given up.")
    dead, waiting = list_deliveries(app.runtime, app.workspace, webhook.id, after=None, limit=10)
    assert (dead.next_at, dead.note, dead.type) == (None, "Given up.", None)
    assert waiting.next_at == START + timedelta(hours=1, minutes=1)


def test_a_webhook_that_there_is_not_has_no_deliveries(app: App) -> None:
    with pytest.raises(NotFound, match="no webhook 'whk_none'"):
        list_deliveries(app.runtime, app.workspace, WebhookId("whk_none"), after=None, limit=10)
