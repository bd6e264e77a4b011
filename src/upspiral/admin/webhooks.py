"""How is a webhook added, changed, tried and removed?"""

from collections.abc import Iterable

from msgspec.structs import replace

from upspiral.cycle.notifications.endpoints import (
    SETTING,
    find_webhook,
    list_secrets,
    mask,
    open_endpoint,
    seal_address,
)
from upspiral.cycle.notifications.outbox import send_test
from upspiral.cycle.notifiers import make_sender
from upspiral.domain.ids import WebhookId, WorkspaceId
from upspiral.domain.night.notification import (
    NotificationType,
    Webhook,
    WebhookDelivery,
    make_notification,
)
from upspiral.errors import Conflict
from upspiral.notify.chat import find_kind
from upspiral.notify.http import check_reach
from upspiral.runtime import Runtime

MAX_WEBHOOKS = 50
"""So many may a workspace have."""


def add_webhook(
    runtime: Runtime,
    workspace: WorkspaceId,
    address: str,
    *,
    kind: str | None = None,
    events: Iterable[NotificationType] = (),
) -> Webhook:
    """Add a webhook.

    Args:
        runtime: The parts.
        workspace: Whose notifications it is sent.
        address: A URL, or an e-mail address.
        kind: The name of a notifier; None to see it from the address.
        events: What it is told of; nothing for everything.

    Raises:
        InvalidInput: The address cannot be used, or leads into a private network.
        ConfigError: There is no such notifier, or something that it needs is not set.
        Conflict: The workspace has as many as it may have.
    """
    chosen = kind or ("email" if "@" in address and "://" not in address else find_kind(address))
    sender = make_sender(chosen, runtime.settings)
    kept = sender.check(address)
    ident = WebhookId(runtime.mint("whk"))
    stored, sealed = seal_address(runtime, ident, kept, is_secret=sender.is_secret)
    made = Webhook(
        id=ident,
        workspace=workspace,
        kind=chosen,
        address=stored,
        sealed=sealed,
        shown=mask(kept),
        events=tuple(dict.fromkeys(events)),
        at=runtime.now(),
    )
    if "://" in kept:
        check_reach(kept, open_endpoint(runtime, made).reach)

    def write() -> None:
        with runtime.store.transaction():
            if runtime.store.webhooks.total(workspace) >= MAX_WEBHOOKS:
                raise Conflict(
                    f"The workspace has {MAX_WEBHOOKS} webhooks already.",
                    hint="Remove one with `upspiral webhooks remove`.",
                )
            runtime.store.webhooks.add(made)

    runtime.write_here(write)
    return made


def tell_secret(runtime: Runtime, webhook: Webhook) -> str:
    """Give the secret with which what is sent to a webhook can be checked; shown when it is made."""
    return list_secrets(runtime, webhook)[0]


def rotate_secret(runtime: Runtime, workspace: WorkspaceId, webhook: WebhookId) -> Webhook:
    """Give a webhook a new secret; for a day the one before signs too, so that nothing is refused meanwhile.

    Raises:
        NotFound: There is no such webhook.
        Conflict: It is the one of the settings.
    """
    found = _require_stored(runtime, workspace, webhook)
    changed = replace(found, secret_number=found.secret_number + 1, rotated=runtime.now())
    runtime.write_here(lambda: runtime.store.webhooks.upsert(changed))
    return changed


def remove_webhook(runtime: Runtime, workspace: WorkspaceId, webhook: WebhookId) -> Webhook:
    """Send a webhook nothing more, and forget its address; what waits for it is given up.

    Raises:
        NotFound: There is no such webhook.
        Conflict: It is the one of the settings.
    """
    found = _require_stored(runtime, workspace, webhook)

    def write() -> None:
        with runtime.store.transaction():
            runtime.store.webhooks.remove_each(workspace, "id", [webhook])
            runtime.store.deliveries.drop_waiting(workspace, webhook, "The webhook was removed.")

    runtime.write_here(write)
    return found


def test_webhook(runtime: Runtime, workspace: WorkspaceId, webhook: WebhookId) -> WebhookDelivery:
    """Send a test to a webhook now and say what came of it; it is not tried again.

    Raises:
        NotFound: There is no such webhook.
    """
    found = find_webhook(runtime, workspace, webhook)
    told = make_notification(
        NotificationType.TEST, runtime.mint("tst"), workspace=workspace, at=runtime.now(), webhook=webhook
    )
    return send_test(runtime, found, told)


def _require_stored(runtime: Runtime, workspace: WorkspaceId, webhook: WebhookId) -> Webhook:
    found = find_webhook(runtime, workspace, webhook)
    if webhook == SETTING:
        raise Conflict(
            "This webhook is the one of the setting `webhooks.url`, and is changed there.",
            hint="Take UPSPIRAL_WEBHOOKS_URL, or NOTIFICATION_WEBHOOK, out of the server's environment.",
        )
    return found
