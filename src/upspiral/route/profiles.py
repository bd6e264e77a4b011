"""How did each model do so far, in the counts of the performance feedback document?"""

import threading
from collections.abc import Mapping
from typing import Any

import msgspec
from msgspec import Struct

from upspiral.errors import InvalidInput

REMEMBERED = 100
"""Latencies of which the mean is taken."""


class Run(Struct, frozen=True):
    """One query, answered by one model or by several together."""

    models_used: tuple[str, ...]
    success: bool
    latency_ms: float = 0.0
    domain: str = "all"


class DomainProfile(Struct, frozen=True):
    """What a model did in one domain."""

    total_queries: int = 0
    successful_queries: int = 0

    @property
    def accuracy(self) -> float | None:
        """Give successful over total; None before the first query."""
        return self.successful_queries / self.total_queries if self.total_queries else None


class Profile(Struct, frozen=True):
    """What a model did."""

    total_queries: int = 0
    successful_queries: int = 0
    latency_history: tuple[float, ...] = ()
    """The last 100, in milliseconds, oldest first."""
    domains: dict[str, DomainProfile] = {}

    @property
    def accuracy(self) -> float | None:
        """Give successful over total; None before the first query."""
        return self.successful_queries / self.total_queries if self.total_queries else None

    @property
    def avg_latency(self) -> float:
        """Give the mean of the last 100 latencies in milliseconds; 0 where there is none."""
        return sum(self.latency_history) / len(self.latency_history) if self.latency_history else 0.0

    def accuracy_in(self, domain: str) -> float | None:
        """Give the accuracy in a domain, or overall where it was never asked there."""
        here = self.domains.get(domain, DomainProfile()).accuracy
        return self.accuracy if here is None else here


def logged(profiles: Mapping[str, Profile], run: Run) -> dict[str, Profile]:
    """Count a query for every model that took part.

    >>> logged({}, Run(("a", "b"), True, 120.0, "law"))["b"].accuracy_in("law")
    1.0
    """
    found = dict(profiles)
    for model in dict.fromkeys(run.models_used):
        before = found.get(model, Profile())
        here = before.domains.get(run.domain, DomainProfile())
        counted = DomainProfile(here.total_queries + 1, here.successful_queries + run.success)
        found[model] = Profile(
            before.total_queries + 1,
            before.successful_queries + run.success,
            (*before.latency_history, run.latency_ms)[-REMEMBERED:],
            {**before.domains, run.domain: counted},
        )
    return found


def to_json(profiles: Mapping[str, Profile]) -> str:
    """Write the document's file: a map from model to its counts.

    >>> from_json(to_json({"a": Profile(4, 3)}))["a"].accuracy
    0.75
    """
    shown: dict[str, Any] = {}
    for model in sorted(profiles):
        profile = profiles[model]
        shown[model] = {
            **msgspec.to_builtins(profile),
            "accuracy": profile.accuracy or 0.0,
            "avg_latency": profile.avg_latency,
        }
    return msgspec.json.format(msgspec.json.encode(shown), indent=2).decode()


def from_json(text: str | bytes) -> dict[str, Profile]:
    """Read the document's file; what is not known in it is passed over.

    Raises:
        InvalidInput: It is no such file, or its numbers contradict each other.
    """
    try:
        found = msgspec.json.decode(text, type=dict[str, Profile])
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise InvalidInput(
            f"The metrics cannot be read: {error}.", hint="Mend or remove the file."
        ) from error
    for model, profile in found.items():
        parts: tuple[Profile | DomainProfile, ...] = (profile, *profile.domains.values())
        for counts in parts:
            if not 0 <= counts.successful_queries <= counts.total_queries:
                raise InvalidInput(f"{model!r} has more successes than queries.", hint="Mend the file.")
    return found


class ProfileBook:
    """Profiles that many threads may write at once; readers get a frozen state and never wait."""

    def __init__(self, profiles: Mapping[str, Profile] | None = None) -> None:
        self._profiles: dict[str, Profile] = dict(profiles or {})
        self._lock = threading.RLock()

    def log_run(self, run: Run) -> None:
        """Count a query."""
        with self._lock:
            self._profiles = logged(self._profiles, run)

    @property
    def profiles(self) -> Mapping[str, Profile]:
        """Give the profiles as they are now; they will not change under the reader."""
        return self._profiles
