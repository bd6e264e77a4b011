"""How often does it go well, and what does it cost, by agent, model, domain, tool, version or day? (pure)."""

from collections.abc import Iterable, Mapping
from typing import Any, Literal

from msgspec import Struct

from upspiral.stats.proportions import wilson

By = Literal["agent", "model", "domain", "tool", "version", "day"]
CostsBy = Literal["agent", "model", "day"]
Sums = Mapping[str, Any]
"""What was counted of one group, by name: `key`, `n`, `successes`, `failures`, `cost` and others."""


class Breakdown(Struct, frozen=True, kw_only=True):
    """Success within one group of Interactions."""

    key: str
    n: int
    settled: int
    failures: int
    rate: float | None
    """Success rate among the labeled; None where none is."""
    low: float
    high: float
    """Limits of its 95 % interval."""
    latency_ms: float
    """The mean; 0 for tools."""
    calls: int = 0
    """Calls of the tool, where the groups are tools."""
    call_errors: int = 0
    call_error_low: float = 0.0
    call_error_high: float = 1.0
    """Limits of the 95 % interval of the tool's error rate."""


def breakdown(counted: Iterable[Sums], *, by: str) -> list[Breakdown]:
    """Give the success rate of each group, the most surely weak one first.

    Args:
        counted: The counts by day, added up by group, so that it costs no more as history grows.
        by: What makes a group, such as one of `By`.
    """
    rows = [_row(sums, by) for sums in counted]
    return sorted(rows, key=lambda row: (row.high, row.key))


def add_sums(counted: Iterable[Sums]) -> list[Sums]:
    """Add up counts of the same group that were counted in several places.

    >>> add_sums([{"key": "a", "n": 2}, {"key": "b", "n": 1}, {"key": "a", "n": 3}])
    [{'key': 'a', 'n': 5}, {'key': 'b', 'n': 1}]
    """
    found: dict[Any, dict[str, Any]] = {}
    for sums in counted:
        known = found.get(sums["key"])
        more = {name: value + known[name] for name, value in sums.items() if name != "key"} if known else {}
        found[sums["key"]] = {**sums, **more}
    return list(found.values())


class Costs(Struct, frozen=True, kw_only=True):
    """What one group of Interactions cost."""

    key: str
    n: int
    priced: int
    """Of these the cost is known."""
    input_tokens: int
    output_tokens: int
    cost: float | None
    """Of those that are priced; None where none is."""
    each: float | None
    """The mean of those that are priced."""


def sum_costs(counted: Iterable[Sums], *, by: CostsBy) -> list[Costs]:
    """Say what was spent, by agent, model or day; the dearest first, days in their order.

    Args:
        counted: The counts by day, added up by group.
        by: What makes a group.
    """
    rows = [_cost_row(sums, by) for sums in counted]
    if by == "day":
        return sorted(rows, key=lambda row: row.key)
    return sorted(rows, key=lambda row: (-(row.cost or 0.0), row.key))


def _cost_row(sums: Sums, by: str) -> Costs:
    priced = int(sums["priced"])
    cost = float(sums["cost"]) if priced else None
    return Costs(
        key=str(sums["key"] or f"no {by}"),
        n=int(sums["n"]),
        priced=priced,
        input_tokens=int(sums["input_tokens"]),
        output_tokens=int(sums["output_tokens"]),
        cost=cost,
        each=cost / priced if cost is not None else None,
    )


def _row(sums: Sums, by: str) -> Breakdown:
    good, bad, n = int(sums["successes"]), int(sums["failures"]), int(sums["n"])
    limits = wilson(good, good + bad)
    calls = int(sums.get("calls") or 0)
    errors = int(sums["errors"]) if calls else 0
    failing = wilson(errors, calls)
    return Breakdown(
        key=str(sums["key"] or f"no {by}"),
        n=n,
        settled=good + bad,
        failures=bad,
        rate=good / (good + bad) if good + bad else None,
        low=limits.low,
        high=limits.high,
        latency_ms=float(sums.get("latency_ms") or 0) / max(1, n),
        calls=calls,
        call_errors=errors,
        call_error_low=failing.low,
        call_error_high=failing.high,
    )
