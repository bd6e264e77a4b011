"""Who may do what: keys and their scopes."""

from datetime import datetime
from enum import StrEnum

from msgspec import Struct

from upspiral.domain.ids import (
    DEFAULT_WORKSPACE,
    AgentVersionId,
    DatasetId,
    ErasureId,
    InteractionId,
    KeyId,
    ModelVersionId,
    WorkspaceId,
)


class Scope(StrEnum):
    """What a key may do."""

    INGEST = "ingest"
    """Ask the gateway, and record what happened."""
    FEEDBACK = "feedback"
    """Say how it went, as a trusted source."""
    READ = "read"
    """See everything of the workspace."""
    OPERATE = "operate"
    """Make agents, start nights, promote and roll back."""
    MODEL_TRAINING = "MODEL_TRAINING"
    """Start and stop training jobs."""
    ADMIN = "admin"
    """Everything, keys and erasure included."""


class Key(Struct, frozen=True, kw_only=True):
    """An API key as it is stored; the key itself is shown once and never kept."""

    id: KeyId
    workspace: WorkspaceId
    name: str
    shown: str
    """Its first characters, by which people tell keys apart."""
    sha256: str
    """Of the whole key, in hex."""
    scopes: tuple[Scope, ...]
    at: datetime
    revoked: datetime | None = None
    per_minute: int | None = None
    """Requests allowed in a minute; None for the setting."""


class Principal(Struct, frozen=True):
    """Who asks, as every door sees them."""

    key: KeyId
    workspace: WorkspaceId
    scopes: frozenset[Scope]
    per_minute: int | None = None

    def may(self, scope: Scope) -> bool:
        """Say whether the scope, or all of them, was granted.

        >>> Principal(KeyId("k"), WorkspaceId("w"), frozenset({Scope.READ})).may(Scope.OPERATE)
        False
        """
        return scope in self.scopes or Scope.ADMIN in self.scopes

    @property
    def is_installation_admin(self) -> bool:
        """Whether it administers the whole installation: an administrator of the default workspace.

        >>> Principal(KeyId("k"), WorkspaceId("b"), frozenset({Scope.ADMIN})).is_installation_admin
        False
        """
        return self.workspace == DEFAULT_WORKSPACE and Scope.ADMIN in self.scopes


class FeedbackRight(StrEnum):
    """What a page may do with a token for one answer."""

    RATE = "rate"
    """Thumbs, stars and labels, and say that it was copied or continued."""
    COMMENT = "comment"
    """Say something in words."""
    CORRECT = "correct"
    """Say what should have been answered, which teaches."""


class FeedbackToken(Struct, frozen=True, kw_only=True):
    """What a signed token says: who may rate which one answer, until when."""

    workspace: WorkspaceId
    key: KeyId
    """The key that it was made for; a token of a revoked key is worth nothing."""
    interaction: InteractionId
    until: datetime
    rater: str | None = None
    """The end user or session; None for the end user of the Interaction."""
    rights: tuple[FeedbackRight, ...] = tuple(FeedbackRight)


class IssuedToken(Struct, frozen=True, kw_only=True):
    """A token for a page, in which somebody may rate one answer."""

    token: str
    interaction: InteractionId
    expires: datetime


class Attempt(Struct, frozen=True, kw_only=True):
    """A writing request that named an idempotency key, and what came of it first."""

    id: str
    """Hash of the route and the key that the caller chose."""
    workspace: WorkspaceId
    body_sha256: str
    """Of the query and the body; the same key with another body is refused."""
    at: datetime
    owner: str
    """The one request that works on it; made for each request."""
    until: datetime | None = None
    """End of the lease of a request under way; renewed while it runs, None once it is done."""
    status: int | None = None
    """HTTP status of the final answer, 2xx; None while it is under way."""
    media_type: str = "application/json"
    answer: str = ""
    """Empty where the answer is too long or too secret to be kept."""
    about: str | None = None
    """The id of what was made, by which an answer that is not kept is read again."""


class Erasure(Struct, frozen=True, kw_only=True):
    """What was erased, without saying whose it was in words."""

    id: ErasureId
    workspace: WorkspaceId
    at: datetime
    subject: str
    """What it was about, as a hash."""
    interactions: int
    feedback: int
    examples: int
    datasets: tuple[DatasetId, ...] = ()
    """Datasets that held some of it; what they held is gone, and they are marked."""
    models: tuple[ModelVersionId, ...] = ()
    """Models that learned from those datasets."""
    versions: tuple[AgentVersionId, ...] = ()
    """Versions of agents whose memory held some of it; they go on without it."""


class SealedKey(Struct, frozen=True, kw_only=True):
    """The key of a model provider, encrypted; it takes the place of an environment variable of its name."""

    name: str
    """That of the variable, such as `OPENAI_API_KEY`."""
    sealed: str
    """Nonce and ciphertext in base64; the key that opens it is not in the store."""
    at: datetime
    """When it was set."""


class Session(Struct, frozen=True, kw_only=True):
    """A browser that signed in with a key; it may what the key may, and ends with it."""

    sha256: str
    """Of the token in the browser's cookie, which is kept nowhere else."""
    workspace: WorkspaceId
    key: KeyId
    at: datetime
    expires: datetime


class SignInLink(Struct, frozen=True, kw_only=True):
    """A link that signs a browser in, once."""

    sha256: str
    """Of the token in the link."""
    workspace: WorkspaceId
    key: KeyId
    """The key with whose rights the browser signs in."""
    at: datetime
    expires: datetime


class Password(Struct, frozen=True, kw_only=True):
    """With what a person signs in to the console, in place of a key; it gives the rights of that key."""

    workspace: WorkspaceId
    name: str
    """Of the person; nobody else in the installation has the same."""
    key: KeyId
    """A session that begins with the password may what this key may, and ends with it."""
    scrypt: str
    """Cost, salt and hash; the password itself is kept nowhere."""
    at: datetime
    """When it was set."""


class AuditEntry(Struct, frozen=True, kw_only=True):
    """A change that somebody made: who, what and when."""

    id: str
    workspace: WorkspaceId
    at: datetime
    key: KeyId
    key_name: str
    """The name that the key has."""
    via: str
    """`console` or `api`."""
    action: str
    """What was done, such as `roll back`."""
    path: str
    """Where it was asked for: it names what was changed."""
    detail: str = ""
    """Fields of the request that say what was changed, never a secret."""
