"""An e-mail says what happened in plain text, and no name becomes a header."""

import pytest
from pydantic import SecretStr
from tests.conftest import START
from tests.notify.mail_server import MailServer

from upspiral.domain.ids import DEFAULT_WORKSPACE, AgentId
from upspiral.domain.night.notification import Notification, NotificationType, make_notification
from upspiral.errors import ConfigError, InvalidInput, Unavailable
from upspiral.notify.base import Destination
from upspiral.notify.config import WebhookSettings
from upspiral.notify.email import Email

TO = Destination("anna@example.org")


def _about(agent: str = "support") -> Notification:
    return make_notification(
        NotificationType.VERSION_PROMOTED,
        "dep_1",
        workspace=DEFAULT_WORKSPACE,
        at=START,
        agent=AgentId(agent),
        version=4,
    )


def test_an_e_mail_says_what_happened_and_has_the_id_of_the_notification() -> None:
    with MailServer() as server:
        settings = WebhookSettings(
            smtp_host="127.0.0.1",
            smtp_port=server.port,
            smtp_tls="none",
            smtp_user="ops",
            smtp_password=SecretStr("hunter2"),
        )
        Email(settings).send(_about(), TO, at=START)
        Email(settings).send(_about(), TO, at=START)
    first, second = server.messages
    assert first["Subject"] == "Upspiral: Version 4 of support is live now."
    assert "version: 4" in str(first.get_payload())
    assert first["Message-ID"] == second["Message-ID"] == f"<{_about().id}@upspiral.invalid>"
    assert server.logins[0] == "\0ops\0hunter2"


def test_a_name_with_line_breaks_adds_no_header() -> None:
    with MailServer() as server:
        settings = WebhookSettings(smtp_host="127.0.0.1", smtp_port=server.port, smtp_tls="none")
        Email(settings).send(_about("x\r\nBcc: all@example.org\r\n\r\n<b>bold</b>"), TO, at=START)
    (message,) = server.messages
    assert message["Bcc"] is None
    assert message.get_content_type() == "text/plain"


def test_a_mail_server_that_refuses_or_is_not_there_is_tried_again() -> None:
    with MailServer() as server:
        server.refuses = True
        settings = WebhookSettings(smtp_host="127.0.0.1", smtp_port=server.port, smtp_tls="none")
        with pytest.raises(Unavailable, match="451"):
            Email(settings).send(_about(), TO, at=START)
    with pytest.raises(Unavailable, match="ConnectionRefused"):
        Email(settings).send(_about(), TO, at=START)


def test_without_a_mail_server_an_address_is_not_taken() -> None:
    with pytest.raises(ConfigError, match="SMTP_HOST"):
        Email(WebhookSettings()).check("anna@example.org")
    for wrong in ("anna", "a b@example.org", "anna@example.org\nBcc: x", "anna@example.org,bob@example.org"):
        with pytest.raises(InvalidInput):
            Email(WebhookSettings(smtp_host="mail")).check(wrong)
