"""How does a server know that a notification is ours? It is signed as Standard Webhooks says.

The scheme: https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md
"""

import hmac
from base64 import b64encode
from collections.abc import Sequence
from datetime import datetime

from upspiral.domain.ids import WebhookId
from upspiral.domain.night.notification import Notification
from upspiral.notify.base import Destination
from upspiral.notify.config import WebhookSettings
from upspiral.notify.http import check_url, post_json

PREFIX = "whsec_"


class SignedWebhook:
    """Posts the payload as it is, with the headers of Standard Webhooks."""

    is_secret = False

    def __init__(self, settings: WebhookSettings) -> None:
        self._timeout_s = settings.timeout_s

    def check(self, address: str) -> str:
        """See that it is a URL."""
        return check_url(address)

    def send(self, notification: Notification, to: Destination, *, at: datetime) -> None:
        """Post the payload, signed with every secret."""
        headers = sign(notification.id, notification.body, secrets=to.secrets, at=at)
        post_json(notification.body, to.address, headers=headers, timeout_s=self._timeout_s, reach=to.reach)


def sign(ident: str, body: str, *, secrets: Sequence[str], at: datetime) -> dict[str, str]:
    """Give the headers of an attempt; without a secret it carries no signature.

    Args:
        ident: The same at every attempt.
        body: What is posted, to the letter.
        secrets: Each gives a signature.
        at: The moment of the attempt, in UTC.

    >>> from datetime import UTC
    >>> said = sign("ntf_1", "{}", secrets=["whsec_c2VjcmV0"], at=datetime(2026, 1, 5, tzinfo=UTC))
    >>> said["webhook-timestamp"], said["webhook-signature"][:3]
    ('1767571200', 'v1,')
    """
    from standardwebhooks import Webhook

    headers = {"webhook-id": ident, "webhook-timestamp": str(int(at.timestamp()))}
    if secrets:
        headers["webhook-signature"] = " ".join(Webhook(one).sign(ident, at, body) for one in secrets)
    return headers


def derive_secret(key: bytes, webhook: WebhookId, number: int) -> str:
    """Give one signing secret of a webhook; it is derived, so that nobody finds it in the store.

    Args:
        key: The secret key of the workspace.
        webhook: Whose.
        number: 1 for its first secret, then one more for each that took its place.
    """
    made = hmac.digest(key, f"webhook {webhook} {number}".encode(), "sha256")
    return PREFIX + b64encode(made).decode()
