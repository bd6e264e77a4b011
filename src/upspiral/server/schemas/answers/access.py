"""What do answers about keys, the server and a workspace hold?"""

from datetime import datetime
from typing import Literal

from msgspec import Struct

from upspiral.domain import Scope
from upspiral.domain.ids import KeyId, WorkspaceId


class Health(Struct, frozen=True, kw_only=True):
    """Is the server well?"""

    status: Literal["ok", "degraded"]
    """`degraded` where there is a problem that leaves the server answering."""
    version: str
    problems: list[str]
    """Each in a sentence."""


class KeyCard(Struct, frozen=True, kw_only=True):
    """A key without the key itself."""

    id: KeyId
    workspace: WorkspaceId
    name: str
    shown: str
    """Its first characters, by which people tell keys apart."""
    scopes: tuple[Scope, ...]
    at: datetime
    revoked: datetime | None
    """None while it may be used."""
    per_minute: int | None
    """Requests allowed in a minute; None for the setting."""


class NewKey(KeyCard, frozen=True, kw_only=True):
    """A key that was made just now."""

    key: str
    """The key itself, shown in this answer and never again."""


class ProviderKeyCard(Struct, frozen=True, kw_only=True):
    """A sealed key of a provider, without the key itself."""

    name: str
    """That of the environment variable in whose place it stands."""
    at: datetime
    """When it was set."""
    is_used: bool
    """False where a variable of that name is set in the server's environment, which wins."""


class WorkspaceCard(Struct, frozen=True, kw_only=True):
    """A workspace, with the time zone that its nights and schedules follow."""

    id: WorkspaceId
    time_zone: str


class PasswordCard(Struct, frozen=True, kw_only=True):
    """Who may sign in to the console by a password."""

    name: str
    key: KeyId
    """A session of the person may what this key may, and ends with it."""
    at: datetime
    """When the password was set."""
