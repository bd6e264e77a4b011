"""What can be set about notifications?"""

from typing import Literal

from pydantic import BaseModel, Field, SecretStr, field_validator

from upspiral.domain.night.notification import SUBSCRIBABLE


class WebhookSettings(BaseModel, frozen=True):
    """One webhook of the operator's own, how long to try, and the mail server."""

    url: SecretStr | None = Field(
        None, description="Notifications of the default workspace go here too: Slack, Discord or any server."
    )
    secret: SecretStr | None = Field(
        None, description="Signs what is sent to `webhooks.url`: `whsec_` and 24 to 64 bytes in base64."
    )
    events: tuple[str, ...] = Field(
        (), description="What `webhooks.url` is told of, such as `version.rolled_back`; empty for everything."
    )
    timeout_s: float = Field(10, gt=0, le=60, description="Seconds in which a receiver must have answered.")
    keep_days: float = Field(
        30, ge=4, description="Notifications and their deliveries are forgotten after so many days."
    )
    smtp_host: str | None = Field(None, description="The mail server; without one no e-mail is sent.")
    smtp_port: int = Field(587, ge=1, le=65535, description="Its port.")
    smtp_tls: Literal["starttls", "tls", "none"] = Field(
        "starttls", description="How the connection to it is encrypted."
    )
    smtp_user: str | None = Field(None, description="The user name it asks for.")
    smtp_password: SecretStr | None = Field(None, description="The password of that user.")
    smtp_from: str = Field("upspiral@localhost", description="Whom e-mails come from.")

    @field_validator("events")
    @classmethod
    def _are_events(cls, given: tuple[str, ...]) -> tuple[str, ...]:
        for one in given:
            if one not in SUBSCRIBABLE:
                raise ValueError(f"{one!r} is no event; there are {', '.join(SUBSCRIBABLE)}")
        return given

    @field_validator("secret")
    @classmethod
    def _signs(cls, given: SecretStr | None) -> SecretStr | None:
        if given is not None:
            from standardwebhooks import Webhook

            try:
                Webhook(given.get_secret_value())
            except Exception:
                raise ValueError("it must be whsec_ and base64") from None
        return given
