"""How does a notification become an e-mail? A line and the facts, by the operator's mail server."""

import re
import smtplib
import ssl
from datetime import datetime
from email.message import EmailMessage
from email.utils import format_datetime

from upspiral.domain.night.notification import Notification
from upspiral.errors import ConfigError, InvalidInput, Unavailable
from upspiral.notify.base import Destination
from upspiral.notify.config import WebhookSettings
from upspiral.notify.text import describe, make_harmless, read_data

ADDRESS = re.compile(r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)*")
MAX_ADDRESS_CHARS = 254


class Email:
    """Sends an e-mail by the mail server of the settings."""

    is_secret = False

    def __init__(self, settings: WebhookSettings) -> None:
        self._settings = settings

    def check(self, address: str) -> str:
        """See that it is one e-mail address, and that there is a mail server.

        Raises:
            ConfigError: No mail server is set.
        """
        if not ADDRESS.fullmatch(address) or len(address) > MAX_ADDRESS_CHARS:
            raise InvalidInput(f"{address[:60]!r} is no e-mail address.", hint="Write NAME@HOST.")
        self._require_host()
        return address

    def send(self, notification: Notification, to: Destination, *, at: datetime) -> None:
        """Hand the e-mail to the mail server; a repetition has the same Message-ID."""
        message = self.write(notification, to.address, at=at)
        try:
            with self._connect() as server:
                if self._settings.smtp_user:
                    password = self._settings.smtp_password
                    server.login(self._settings.smtp_user, password.get_secret_value() if password else "")
                server.send_message(message)
        except smtplib.SMTPResponseException as error:
            raise Unavailable(f"The mail server answered with {error.smtp_code}.") from error
        except (smtplib.SMTPException, OSError) as error:
            raise Unavailable(
                f"The mail server failed ({type(error).__name__}).", detail=str(error)
            ) from error

    def write(self, notification: Notification, address: str, *, at: datetime) -> EmailMessage:
        """Write the e-mail."""
        message = EmailMessage()
        said = describe(notification, str)
        facts = [f"{name}: {make_harmless(value)}" for name, value in read_data(notification).items()]
        message["Subject"] = f"Upspiral: {said}"
        message["From"], message["To"] = self._settings.smtp_from, address
        message["Date"] = format_datetime(at)
        message["Message-ID"] = f"<{notification.id}@upspiral.invalid>"
        message["Auto-Submitted"] = "auto-generated"
        message.set_content("\n".join([said, "", *facts, f"at: {notification.at.isoformat()}"]))
        return message

    def _connect(self) -> smtplib.SMTP:
        settings, host = self._settings, self._require_host()
        if settings.smtp_tls == "tls":
            context = ssl.create_default_context()
            return smtplib.SMTP_SSL(host, settings.smtp_port, timeout=settings.timeout_s, context=context)
        server = smtplib.SMTP(host, settings.smtp_port, timeout=settings.timeout_s)
        if settings.smtp_tls == "starttls":
            server.starttls(context=ssl.create_default_context())
        return server

    def _require_host(self) -> str:
        if not self._settings.smtp_host:
            raise ConfigError(
                "No mail server is set, so no e-mail can be sent.", hint="Set UPSPIRAL_WEBHOOKS_SMTP_HOST."
            )
        return self._settings.smtp_host
