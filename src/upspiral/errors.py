"""What can go wrong, as one family.

UpspiralError
├── ConfigError              the operator must change a setting
│   └── MissingExtra         names the extra to install
├── InvalidInput             the caller must change what was sent
│   └── TooLarge · ForeignHost   it is too big, or meant for another server
├── NotFound · Conflict
│   └── RequestUnderWay · InvalidTransition   of Conflict; the first is retryable
├── Unauthorized · Forbidden     no key, or one that may not
├── Busy                     too much at once; retryable
│   └── Overloaded           the server lacks memory
├── ProviderError            carries provider, status, retry_after
│   ├── RateLimited · ProviderTimeout · Unavailable      (retryable)
│   └── Rejected · AuthFailed · BudgetSpent              (not)
├── TrainingError
├── HostError                a model could not be made answerable
└── StoreError
    ├── StoreLocked          by another process; retryable
    └── LeaseLost            another process runs the night
"""

from collections.abc import Collection, Mapping
from difflib import get_close_matches

NAMES_IN_A_HINT = 10
"""So many known names stand in a hint at most."""


class UpspiralError(Exception):
    """Something that Upspiral knows how to explain."""

    retryable = False

    def __init__(self, message: str | None = None, *, hint: str = "", detail: str = "") -> None:
        super().__init__(message or (type(self).__doc__ or "").strip())
        self.hint = hint
        """The next action of whoever reads it."""
        self.detail = detail
        """What only the operator may see: where something is, and what it said."""

    def __str__(self) -> str:
        message = super().__str__()
        return f"{message} {self.hint}".strip()

    @property
    def message(self) -> str:
        """What happened to which thing with which value, without the hint."""
        return super().__str__()


class ConfigError(UpspiralError):
    """A setting must be changed."""


class MissingExtra(ConfigError):
    """An optional package is not installed."""


class InvalidInput(UpspiralError):
    """What was sent cannot be used."""


class TooLarge(InvalidInput):
    """What was sent is too big."""


class ForeignHost(InvalidInput):
    """The request was meant for another server."""


class NotFound(UpspiralError):
    """There is no such thing."""


class Conflict(UpspiralError):
    """Something else is in the way."""


class RequestUnderWay(Conflict):
    """The same request, with the same idempotency key, is not done yet."""

    retryable = True
    retry_after = 1.0
    """Seconds to wait."""


class InvalidTransition(Conflict):
    """The thing is not in a state from which this is possible."""


class Unauthorized(UpspiralError):
    """The request carries no usable key."""


class Forbidden(UpspiralError):
    """The key may not do this."""


class Busy(UpspiralError):
    """Too much is asked at once."""

    retryable = True
    retry_after = 1.0
    """Seconds to wait."""


class Overloaded(Busy):
    """The server lacks what it takes to answer, such as memory."""

    retry_after = 5.0


class ProviderError(UpspiralError):
    """A model provider did not answer as it should."""

    def __init__(
        self,
        message: str | None = None,
        *,
        hint: str = "",
        detail: str = "",
        provider: str = "",
        status: int | None = None,
        retry_after: float | None = None,
        told: Mapping[str, str | None] | None = None,
    ) -> None:
        super().__init__(message, hint=hint, detail=detail)
        self.provider = provider
        self.status = status
        self.told = told or {}
        """What the provider's own error says, by its names: `type`, `code`, `param`."""
        self.retry_after = retry_after
        """Seconds to wait, where the provider said so."""


class RateLimited(ProviderError):
    """The provider asks to slow down."""

    retryable = True


class ProviderTimeout(ProviderError):
    """The provider took too long."""

    retryable = True


class Unavailable(ProviderError):
    """The provider is down or failing."""

    retryable = True


class Rejected(ProviderError):
    """The provider refuses this request, or answers with something that is no answer."""


class AuthFailed(ProviderError):
    """The provider does not accept the key."""


class BudgetSpent(ProviderError):
    """The budget of the night does not bear this call, so nobody was asked."""


class TrainingError(UpspiralError):
    """A training job failed."""


class HostError(UpspiralError):
    """A model could not be made answerable."""


class StoreError(UpspiralError):
    """The store cannot be read or written."""

    retryable = True
    retry_after = 5.0
    """Seconds to wait."""


class StoreLocked(StoreError):
    """Another process holds the database."""


class LeaseLost(StoreError):
    """Another process has taken over the night for which something was to be written; nothing was."""

    retryable = False


def suggest_name(name: str, known: Collection[str]) -> str:
    """Write a hint for a name that nobody knows: the one most like it, or all where they are few.

    >>> suggest_name("suport", ["support", "sales"]), suggest_name("x", ["support", "sales"])
    ("Did you mean 'support'?", 'There are: support, sales.')
    """
    close = get_close_matches(name, list(known), n=1)
    if close:
        return f"Did you mean {close[0]!r}?"
    return f"There are: {', '.join(known)}." if 0 < len(known) <= NAMES_IN_A_HINT else ""
