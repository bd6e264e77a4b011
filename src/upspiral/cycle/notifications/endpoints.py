"""To which endpoints does a notification go? The webhooks of its workspace, and the one of the settings."""

from collections.abc import Iterator
from datetime import timedelta

from upspiral.cycle.notifiers import make_sender
from upspiral.domain.ids import DEFAULT_WORKSPACE, WebhookId, WorkspaceId
from upspiral.domain.night.notification import NotificationType, Webhook
from upspiral.errors import MissingExtra, NotFound
from upspiral.notify.base import Destination
from upspiral.notify.chat import find_kind
from upspiral.notify.signed import derive_secret
from upspiral.providers.address import Reach
from upspiral.runtime import Runtime

SETTING = WebhookId("webhooks.url")
"""The id of the one that the settings name; it is kept nowhere else."""
TWO_SECRETS = timedelta(hours=24)
"""After a secret is changed the one before signs for so long too."""


def list_webhooks(runtime: Runtime, workspace: WorkspaceId) -> list[Webhook]:
    """Give every webhook of a workspace, the one of the settings first."""
    return [*_read_setting(runtime, workspace), *runtime.store.webhooks.list_rows(workspace)]


def find_webhook(runtime: Runtime, workspace: WorkspaceId, webhook: WebhookId) -> Webhook:
    """Read one.

    Raises:
        NotFound: There is none of that id.
    """
    found = next((one for one in list_webhooks(runtime, workspace) if one.id == webhook), None)
    if found is None:
        raise NotFound(f"There is no webhook {webhook!r}.", hint="`upspiral webhooks list` shows them.")
    return found


def open_endpoint(runtime: Runtime, webhook: Webhook) -> Destination:
    """Say where one is, and what it is signed with.

    Raises:
        ConfigError: Its address was encrypted by another secret of the installation.
    """
    allowed = runtime.settings.providers.allowed_addresses
    if webhook.id == SETTING:
        settings = runtime.settings.webhooks
        secrets = (settings.secret.get_secret_value(),) if settings.secret else ()
        return Destination(webhook.address, secrets, Reach(private=True, allowed=allowed))
    address = webhook.address
    if webhook.sealed:
        address = runtime.keys.sealer.open(seal_name(webhook.id), address)
    return Destination(address, list_secrets(runtime, webhook), Reach(allowed=allowed))


def seal_name(webhook: WebhookId) -> str:
    """Give the name under which the address of a webhook is encrypted."""
    return f"webhook {webhook}"


def seal_address(runtime: Runtime, webhook: WebhookId, address: str, *, is_secret: bool) -> tuple[str, bool]:
    """Give an address as it is kept, and whether that is encrypted.

    Raises:
        MissingExtra: It is a secret, and the package that encrypts is not installed.
    """
    try:
        return runtime.keys.sealer.seal(seal_name(webhook), address), True
    except MissingExtra as error:
        if is_secret:
            raise MissingExtra(
                "The address of a Slack or Discord channel is a secret, and the package that encrypts it is "
                "not installed.",
                hint='Run `pip install "upspiral[sealed-keys]"`, or set NOTIFICATION_WEBHOOK instead.',
            ) from error
        return address, False


def list_secrets(runtime: Runtime, webhook: Webhook) -> tuple[str, ...]:
    """Give what a webhook's notifications are signed with at this moment, the newest first."""
    numbers = [webhook.secret_number]
    if webhook.rotated and runtime.now() - webhook.rotated < TWO_SECRETS:
        numbers.append(webhook.secret_number - 1)
    key = runtime.workspace_key(webhook.workspace)
    return tuple(derive_secret(key, webhook.id, number) for number in numbers)


def _read_setting(runtime: Runtime, workspace: WorkspaceId) -> Iterator[Webhook]:
    settings = runtime.settings.webhooks
    if settings.url and workspace == DEFAULT_WORKSPACE:
        given = settings.url.get_secret_value()
        kind = find_kind(given)
        address = make_sender(kind, runtime.settings).check(given)
        events = tuple(NotificationType(one) for one in settings.events)
        yield Webhook(
            id=SETTING,
            workspace=workspace,
            kind=kind,
            address=address,
            sealed=False,
            shown=mask(address),
            events=events,
            at=runtime.now(),
        )


def mask(address: str) -> str:
    """Show which host an address leads to, and no more.

    >>> mask("https://hooks.slack.com/services/T0/B0/xyz"), mask("anna@example.org")
    ('https://hooks.slack.com/…', 'a…@example.org')
    """
    if "://" not in address:
        name, at, host = address.partition("@")
        return f"{name[:1]}…{at}{host}"
    scheme, _, rest = address.partition("://")
    host, slash, _ = rest.partition("/")
    return f"{scheme}://{host}{'/…' if slash else ''}"
