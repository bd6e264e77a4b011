"""Where are notifications sent, and do they arrive?"""

from collections.abc import Iterable

from upspiral.admin import webhooks as admin
from upspiral.domain import Scope
from upspiral.domain.ids import WebhookId
from upspiral.domain.night.notification import (
    SUBSCRIBABLE,
    DeliveryState,
    NotificationType,
    Webhook,
    WebhookDelivery,
)
from upspiral.errors import InvalidInput
from upspiral.queries import webhooks as query
from upspiral.queries.webhooks import DeliveryCard, WebhookCard
from upspiral.server.answers import Answer
from upspiral.server.console.settings.frame import PATH, answer_part, path_of_part
from upspiral.server.console.visit import PAGE_ROWS, ConsoleRouter, Form, Visit, Visiting, redirect
from upspiral.server.deps import path_of
from upspiral.server.html.render import moment
from upspiral.server.html.tables import Cell, DataTable, Empty, TableColumn
from upspiral.server.paging import read_page
from upspiral.server.policy import allows

router = ConsoleRouter()
WEBHOOKS = f"{PATH}/webhooks"
STATE_TONES = {
    DeliveryState.WAITING: "warn",
    DeliveryState.DELIVERED: "good",
    DeliveryState.DEAD: "bad",
    DeliveryState.GONE: "bad",
}


def show(visit: Visit, *, made: Webhook | None = None) -> Answer[str]:
    """Show the webhooks of the workspace, and the secret of one that was made or changed just now."""
    runtime = visit.app.runtime
    cards = query.list_cards(runtime, visit.app.workspace)
    return answer_part(
        visit,
        "webhooks",
        tables=[to_webhooks(cards)],
        events=[("", "everything"), *((str(one), str(one)) for one in SUBSCRIBABLE)],
        choices=[(one.id, f"{one.shown} ({one.kind})") for one in cards],
        secret=admin.tell_secret(runtime, made) if made and made.kind == "webhook" else None,
        made=made,
    )


@router.get(f"{WEBHOOKS}/{{webhook}}")
@allows(Scope.READ)
def show_webhook(webhook: str, visit: Visiting) -> Answer[str]:
    """Show what was sent to one webhook, newest first."""
    return _answer_webhook(visit, WebhookId(webhook))


def _answer_webhook(visit: Visit, name: WebhookId, *, tested: WebhookDelivery | None = None) -> Answer[str]:
    runtime, workspace = visit.app.runtime, visit.app.workspace
    rows, following = read_page(
        lambda place, n: query.list_deliveries(runtime, workspace, name, after=place, limit=n),
        visit.read_parameter("after"),
        PAGE_ROWS,
    )
    card = next(one for one in query.list_cards(runtime, workspace) if one.id == name)
    return visit.answer(
        "webhook.html",
        title=f"Webhook {card.shown}",
        tables=[to_deliveries(rows, following)],
        card=card,
        tested=tested,
        arrived=tested is not None and tested.state is DeliveryState.DELIVERED,
    )


@router.post(WEBHOOKS)
@allows(Scope.ADMIN)
def add_webhook(visit: Visiting, form: Form) -> Answer[str]:
    """Send notifications to an address; the page shows its secret once."""
    event = form.get("event", "")
    if event and event not in SUBSCRIBABLE:
        raise InvalidInput(f"There is no event {event!r}.", hint="Choose one of the list.")
    made = admin.add_webhook(
        visit.app.runtime,
        visit.app.workspace,
        form.get("address", "").strip(),
        events=[NotificationType(event)] if event else [],
    )
    return show(visit, made=made)


@router.post(f"{WEBHOOKS}/test")
@allows(Scope.ADMIN)
def test_webhook(visit: Visiting, form: Form) -> Answer[str]:
    """Send a test now, and say what came of it; it is not tried again."""
    name = _read_name(form)
    tested = admin.test_webhook(visit.app.runtime, visit.app.workspace, name)
    return _answer_webhook(visit, name, tested=tested)


@router.post(f"{WEBHOOKS}/rotate")
@allows(Scope.ADMIN)
def rotate_webhook(visit: Visiting, form: Form) -> Answer[str]:
    """Give a webhook a new secret, which the page shows once."""
    return show(visit, made=admin.rotate_secret(visit.app.runtime, visit.app.workspace, _read_name(form)))


@router.post(f"{WEBHOOKS}/remove")
@allows(Scope.ADMIN)
def remove_webhook(visit: Visiting, form: Form) -> Answer[str]:
    """Send a webhook nothing more."""
    admin.remove_webhook(visit.app.runtime, visit.app.workspace, _read_name(form))
    return redirect(path_of_part("webhooks"), notice="webhook-removed")


def _read_name(form: Form) -> WebhookId:
    return WebhookId(form.get("name", ""))


def to_webhooks(cards: Iterable[WebhookCard]) -> DataTable:
    """Give webhooks as the rows of a table, without addresses and secrets."""
    return DataTable(
        name="webhooks",
        caption="Webhooks",
        columns=(
            TableColumn("Where"),
            TableColumn("Kind"),
            TableColumn("Is told of", is_long=True),
            TableColumn("State"),
            TableColumn("Waiting", is_number=True),
            TableColumn("Given up", is_number=True),
            TableColumn("What came of the last one", is_long=True),
        ),
        rows=[
            [
                Cell(one.shown, href=path_of(WEBHOOKS, one.id)),
                Cell(one.kind),
                Cell(", ".join(one.events) or "everything"),
                Cell("off", tone="bad") if one.disabled else Cell("on", tone="good"),
                Cell(str(one.waiting)),
                Cell(str(one.dead)),
                Cell(one.disabled or one.last),
            ]
            for one in cards
        ],
        empty=Empty(
            "Nobody is notified yet.",
            "Add the address of Slack, Discord, any server or an e-mail above; it is told what nights do.",
        ),
    )


def to_deliveries(rows: Iterable[DeliveryCard], following: str | None) -> DataTable:
    """Give what was sent to a webhook."""
    return DataTable(
        name="deliveries",
        caption="What was sent",
        columns=(
            TableColumn("When (UTC)"),
            TableColumn("Event"),
            TableColumn("State"),
            TableColumn("Attempts", is_number=True),
            TableColumn("Next attempt (UTC)"),
            TableColumn("What came of it", is_long=True),
        ),
        rows=[
            [
                Cell(moment(one.at)),
                Cell(one.type or "forgotten"),
                Cell(one.state, tone=STATE_TONES[one.state]),
                Cell(str(one.attempts)),
                Cell(moment(one.next_at) if one.next_at else ""),
                Cell(one.note),
            ]
            for one in rows
        ],
        empty=Empty(
            "Nothing was sent yet.",
            "Send a test, and see whether it arrives.",
            "Webhooks",
            path_of_part("webhooks"),
        ),
        next=following,
    )
