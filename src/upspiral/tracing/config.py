"""What can be set about traces of our own?"""

from pydantic import BaseModel, Field, SecretStr


class TraceSettings(BaseModel, frozen=True):
    """Where a server tells what it does, as traces of OpenTelemetry; needs the extra `traces`."""

    url: str | None = Field(
        None,
        pattern=r"^https?://[^\s/@]+(/\S*)?$",
        description="Where spans go, such as http://collector:4318/v1/traces; none is made without it.",
    )
    headers: SecretStr | None = Field(
        None, description="Sent with them, as NAME=VALUE,NAME=VALUE; values may be percent-encoded."
    )
    share: float = Field(
        1, ge=0, le=1, description="Share of the requests of which spans are made; nights are always told."
    )
