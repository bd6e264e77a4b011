"""Where notifications are sent: add, list, try and remove webhooks."""

from typing import Annotated

from fastapi import Path, Request

from upspiral.admin import webhooks as admin
from upspiral.app import App
from upspiral.domain import Attempt, Scope
from upspiral.domain.ids import WebhookId
from upspiral.domain.night.notification import NotificationType, Webhook
from upspiral.errors import ConfigError, Conflict, InvalidInput
from upspiral.queries import webhooks as query
from upspiral.queries.webhooks import DeliveryCard, WebhookCard
from upspiral.server.answers import Answer, TypedRouter, json_response
from upspiral.server.deps import CallerApp, path_of
from upspiral.server.idempotency import Repetition, run_once
from upspiral.server.paging import After, Limit, Page, answer_all, answer_page
from upspiral.server.policy import allows
from upspiral.server.schemas.answers.webhooks import NewWebhook
from upspiral.server.schemas.webhooks import WebhookBody

router = TypedRouter(prefix="/api/v1", tags=["webhooks"])
Name = Annotated[str, Path(max_length=100, description="The id of a webhook.")]


@router.post("/webhooks", status_code=201)
@allows(Scope.ADMIN, atomic=True, errors=(InvalidInput, ConfigError, Conflict))
def add_webhook(body: WebhookBody, app: CallerApp, request: Request) -> Answer[NewWebhook]:
    """Send notifications to an address; the answer holds the secret that signs them, this once.

    An address in a private network is refused unless the operator lists it in `providers.allowed_addresses`.
    """

    def work() -> Answer[NewWebhook]:
        made = admin.add_webhook(app.runtime, app.workspace, body.address, kind=body.kind, events=body.events)
        return json_response(_tell_new(app, made), 201, at=path_of("/api/v1/webhooks", made.id))

    once = Repetition(keep=False, reread=_refuse_repeat)
    return run_once(request.scope, app.runtime, work, repetition=once)


def _refuse_repeat(known: Attempt) -> Answer[NewWebhook]:
    raise Conflict(
        f"The webhook {(known.about or '').rpartition('/')[2]!r} was made by the first of these requests, "
        "and its secret is shown only once.",
        hint="Use the secret of the first answer; if it did not reach you, `upspiral webhooks rotate`.",
    )


@router.get("/webhooks")
@allows(Scope.READ)
def list_webhooks(app: CallerApp) -> Answer[Page[WebhookCard]]:
    """List where notifications are sent and whether they arrive, without addresses and secrets."""
    return answer_all(query.list_cards(app.runtime, app.workspace))


@router.get("/webhooks/{webhook}/deliveries")
@allows(Scope.READ)
def list_deliveries(
    webhook: Name, app: CallerApp, limit: Limit = 100, after: After = None
) -> Answer[Page[DeliveryCard]]:
    """List what was sent to a webhook, newest first, and what came of each attempt."""
    name = WebhookId(webhook)
    return answer_page(
        lambda place, n: query.list_deliveries(app.runtime, app.workspace, name, after=place, limit=n),
        after,
        limit,
    )


@router.post("/webhooks/{webhook}/test")
@allows(Scope.ADMIN)
def test_webhook(webhook: Name, app: CallerApp) -> Answer[DeliveryCard]:
    """Send a test now, and say what came of it; it is not tried again."""
    ended = admin.test_webhook(app.runtime, app.workspace, WebhookId(webhook))
    return json_response(query.describe_delivery(ended, NotificationType.TEST))


@router.post("/webhooks/{webhook}/rotate")
@allows(Scope.ADMIN, errors=(Conflict,))
def rotate_webhook(webhook: Name, app: CallerApp) -> Answer[NewWebhook]:
    """Give a webhook a new signing secret; for 24 hours the one before signs too."""
    return json_response(_tell_new(app, admin.rotate_secret(app.runtime, app.workspace, WebhookId(webhook))))


@router.delete("/webhooks/{webhook}")
@allows(Scope.ADMIN, errors=(Conflict,))
def remove_webhook(webhook: Name, app: CallerApp) -> Answer[WebhookCard]:
    """Send nothing to a webhook any more, and forget its address."""
    found = admin.remove_webhook(app.runtime, app.workspace, WebhookId(webhook))
    return json_response(query.describe(app.runtime, found))


def _tell_new(app: App, made: Webhook) -> NewWebhook:
    card = query.describe(app.runtime, made)
    facts = {name: getattr(card, name) for name in WebhookCard.__struct_fields__}
    return NewWebhook(secret=admin.tell_secret(app.runtime, made), **facts)
