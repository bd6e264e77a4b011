"""The reference library believes what is signed here, and nothing that was changed on the way."""

from datetime import UTC, datetime, timedelta

import pytest
from standardwebhooks import Webhook
from standardwebhooks.webhooks import WebhookVerificationError

from upspiral.domain.ids import WebhookId
from upspiral.notify.signed import derive_secret, sign

BODY = '{"type":"test","data":{"name":"Zoë 🔑"}}'
SECRETS = [derive_secret(b"key", WebhookId("whk_1"), number) for number in (2, 1)]


def test_every_secret_that_signs_is_believed() -> None:
    headers = sign("ntf_1", BODY, secrets=SECRETS, at=datetime.now(UTC))
    for secret in SECRETS:
        assert Webhook(secret).verify(BODY.encode(), headers)["type"] == "test"


@pytest.mark.parametrize("name", ["webhook-id", "webhook-timestamp"])
def test_what_was_changed_on_the_way_is_not_believed(name: str) -> None:
    headers = sign("ntf_1", BODY, secrets=SECRETS, at=datetime.now(UTC))
    with pytest.raises(WebhookVerificationError):
        Webhook(SECRETS[0]).verify(BODY.replace("Zoë", "Zoe"), headers)
    with pytest.raises(WebhookVerificationError):
        Webhook(SECRETS[0]).verify(BODY, {**headers, name: headers[name] + "1"})


def test_what_was_recorded_and_sent_again_later_is_not_believed() -> None:
    headers = sign("ntf_1", BODY, secrets=SECRETS, at=datetime.now(UTC) - timedelta(minutes=6))
    with pytest.raises(WebhookVerificationError, match="too old"):
        Webhook(SECRETS[0]).verify(BODY, headers)


def test_each_webhook_has_secrets_of_its_own() -> None:
    others = {derive_secret(key, WebhookId(name), 1) for key in (b"a", b"b") for name in ("whk_1", "whk_2")}
    assert len(others) == 4
