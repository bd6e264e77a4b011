"""What does a request about keys and erasure hold?"""

import re
from typing import Annotated, Literal

from pydantic import ConfigDict, Field, SecretStr, field_validator

from upspiral.server.schemas.base import Body

HEADER_VALUE = re.compile(r"[!-~]+")
"""Visible characters of ASCII."""


class ErasureBody(Body):
    """Whom or what to erase."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"end_user": "anna"}]})

    end_user: str | None = Field(None, min_length=1, max_length=200)
    conversation: str | None = Field(None, min_length=1, max_length=200)


class KeyBody(Body):
    """A new key."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"name": "the shop", "scopes": ["ingest", "feedback"]}]}
    )

    name: str = Field(min_length=1, max_length=200, examples=["the shop's backend"])
    scopes: list[Literal["ingest", "feedback", "read", "operate", "MODEL_TRAINING", "admin"]] = Field(
        ["ingest", "feedback"], min_length=1
    )
    workspace: str | None = Field(
        None,
        pattern=r"^[a-z0-9][a-z0-9-]{0,62}$",
        description="Another workspace than the maker's own; only the operator may name one.",
    )
    per_minute: int | None = Field(None, ge=1, le=1_000_000, description="Requests allowed in a minute.")


class ProviderKeyBody(Body):
    """A provider's key."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"key": "sk-..."}]})

    key: Annotated[SecretStr, Field(min_length=1, max_length=4096)]

    @field_validator("key")
    @classmethod
    def _fits_a_header(cls, key: SecretStr) -> SecretStr:
        if not HEADER_VALUE.fullmatch(key.get_secret_value()):
            raise ValueError("a key has no spaces, and only characters that fit into a header")
        return key


class PasswordBody(Body):
    """A person's password, and whose rights it gives."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"password": "correct horse battery staple"}]})

    password: Annotated[SecretStr, Field(min_length=12, max_length=200)]
    key: str | None = Field(
        None, max_length=200, description="Id of the key whose rights the person gets; that of this request."
    )


class WorkspaceBody(Body):
    """What is to be different about a workspace."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"time_zone": "Europe/Paris"}]})

    time_zone: str = Field(max_length=100, description="A name of the IANA database.")


class ScheduleBody(Body):
    """How often something recurs."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"rhythm": "daily 03:00"}]})

    rhythm: str = Field(
        max_length=100,
        description="`daily 02:00`, `monday 03:00`, `every 6h`, `off`; `default` for what the settings say.",
    )


class FeedbackTokenBody(Body):
    """A token for a page, in which somebody may rate one answer."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [{"interaction": "int_019b76daa800629f6fbed82c07cd", "end_user": "anna"}]
        }
    )

    interaction: str = Field(min_length=1, max_length=200, description="May come later.")
    end_user: str | None = Field(
        None,
        min_length=1,
        max_length=200,
        description="Who rates: the end user, or the session of a visitor. Else the Interaction's end user.",
    )
    hours: float | None = Field(None, gt=0, le=24 * 90, description="How long it is valid; else the setting.")
    rights: list[Literal["rate", "comment", "correct"]] = Field(
        ["rate", "comment", "correct"], min_length=1, max_length=3
    )
