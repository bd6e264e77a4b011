"""What does a request about keys and erasure hold?"""

from typing import Literal

from pydantic import ConfigDict, Field

from upspiral.server.schemas.base import Body


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


class WorkspaceBody(Body):
    """What is to be different about a workspace."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"time_zone": "Europe/Paris"}]})

    time_zone: str = Field(max_length=100, description="A name of the IANA database.")
