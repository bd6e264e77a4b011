"""How did each model do so far, in the counts of the performance feedback document?"""

import threading
from collections.abc import Mapping
from math import inf
from typing import Any

import msgspec
from msgspec import Struct

from upspiral.errors import InvalidInput
from upspiral.route.base import LONGEST_MS

LATENCY_WINDOW = 100
"""Latencies of which the mean is taken."""


class LoggedRun(Struct, frozen=True):
    """One query, answered by one model or by several together."""

    models_used: tuple[str, ...]
    success: float
    """1 or True, 0 or False, or a half for a partial success."""
    latency_ms: float = 0.0
    domain: str = "all"

    def __post_init__(self) -> None:
        """Refuse a latency that would poison a mean.

        Raises:
            InvalidInput: Names the value.
        """
        if not 0 <= self.latency_ms < inf:
            raise InvalidInput(f"The latency_ms {self.latency_ms!r} is no number of 0 or more.")


class DomainProfile(Struct, frozen=True):
    """What a model did in one domain."""

    total_queries: int = 0
    successful_queries: int | float = 0
    """A partial success counts half."""

    @property
    def accuracy(self) -> float | None:
        """Give successful over total; None before the first query."""
        return self.successful_queries / self.total_queries if self.total_queries else None


class Profile(Struct, frozen=True):
    """What a model did.

    accuracy = successful / total, overall and per domain; avg_latency = mean of the last 100. Units: shares
    from 0 to 1, milliseconds. Source: plain shares and means.

    >>> Profile().update(LoggedRun(("a",), True, 120.0, "law")).accuracy_in("law")
    1.0
    """

    total_queries: int = 0
    successful_queries: int | float = 0
    """A partial success counts half."""
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

    def update(self, run: LoggedRun) -> "Profile":
        """Count a query in which the model took part."""
        here = self.domains.get(run.domain, DomainProfile())
        counted = DomainProfile(here.total_queries + 1, _add(here.successful_queries, run.success))
        return Profile(
            self.total_queries + 1,
            _add(self.successful_queries, run.success),
            (*self.latency_history, min(run.latency_ms, LONGEST_MS))[-LATENCY_WINDOW:],
            {**self.domains, run.domain: counted},
        )


def log_run(profiles: Mapping[str, Profile], run: LoggedRun) -> dict[str, Profile]:
    """Count a query for every model that took part.

    >>> log_run({}, LoggedRun(("a", "b"), True, 120.0, "law"))["b"].accuracy_in("law")
    1.0
    """
    found = dict(profiles)
    for model in dict.fromkeys(run.models_used):
        found[model] = found.get(model, Profile()).update(run)
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
        if not all(0 <= one <= LONGEST_MS for one in profile.latency_history):
            raise InvalidInput(f"{model!r} has a latency below 0 or above a day.", hint="Mend the file.")
    return found


def subtract_known(kept: Mapping[str, Profile], known: Mapping[str, Profile]) -> dict[str, Profile]:
    """Give what a file holds more than is known, so that nothing counts twice.

    A file of ours holds what was counted, and perhaps what is forgotten since or came from elsewhere.

    >>> subtract_known({"a": Profile(5, 4)}, {"a": Profile(3, 3)})["a"].total_queries
    2
    """
    return {model: _subtract(profile, known.get(model, Profile())) for model, profile in kept.items()}


def _subtract(more: Profile, less: Profile) -> Profile:
    domains = {
        name: _subtract_domain(one, less.domains.get(name, DomainProfile()))
        for name, one in more.domains.items()
    }
    left = _subtract_domain(
        DomainProfile(more.total_queries, more.successful_queries),
        DomainProfile(less.total_queries, less.successful_queries),
    )
    own = len(more.latency_history) - len(less.latency_history)
    return Profile(left.total_queries, left.successful_queries, more.latency_history[: max(0, own)], domains)


def _subtract_domain(more: DomainProfile, less: DomainProfile) -> DomainProfile:
    total = max(0, more.total_queries - less.total_queries)
    return DomainProfile(total, min(total, max(0, _add(more.successful_queries, -less.successful_queries))))


def _add(first: float, second: float) -> int | float:
    """Add up successes; a whole number of them is written as one."""
    total = first + second
    return int(total) if total == int(total) else total


def add_profiles(first: Profile, second: Profile) -> Profile:
    """Add up what a model did before and afterwards.

    >>> add_profiles(Profile(2, 1, (10.0,)), Profile(1, 1, (20.0,))).avg_latency
    15.0
    """
    domains = dict(first.domains)
    for name, one in second.domains.items():
        before = domains.get(name, DomainProfile())
        domains[name] = DomainProfile(
            before.total_queries + one.total_queries, _add(before.successful_queries, one.successful_queries)
        )
    return Profile(
        first.total_queries + second.total_queries,
        _add(first.successful_queries, second.successful_queries),
        (*first.latency_history, *second.latency_history)[-LATENCY_WINDOW:],
        domains,
    )


class ProfileBook:
    """Profiles that many threads may write at once; readers get a frozen state and never wait."""

    def __init__(self, profiles: Mapping[str, Profile] | None = None) -> None:
        self._profiles: dict[str, Profile] = dict(profiles or {})
        self._lock = threading.RLock()

    def log_run(self, run: LoggedRun) -> None:
        """Count a query."""
        with self._lock:
            self._profiles = log_run(self._profiles, run)

    def adopt(self, kept: Mapping[str, Profile]) -> None:
        """Take over what a file holds more than is known; reading the same file again changes nothing."""
        with self._lock:
            known = self._profiles
            more = subtract_known(kept, known)
            added = {model: add_profiles(one, known.get(model, Profile())) for model, one in more.items()}
            self._profiles = {**known, **added}

    @property
    def profiles(self) -> Mapping[str, Profile]:
        """Give the profiles as they are now; they will not change under the reader."""
        return self._profiles
