"""How often does it go well, by agent, model, domain, tool, version or day? A verb of this stage."""

from collections.abc import Mapping
from typing import Any, Literal

from msgspec import Struct

from upspiral.domain.ids import AgentId, WorkspaceId
from upspiral.stats.proportions import wilson
from upspiral.store import Store

By = Literal["agent", "model", "domain", "tool", "version", "day"]


class Breakdown(Struct, frozen=True, kw_only=True):
    """Success within one group of Interactions."""

    key: str
    n: int
    settled: int
    failures: int
    rate: float | None
    """Success rate among the settled; None where none is."""
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


def breakdown(
    store: Store, workspace: WorkspaceId, *, by: By, agent: AgentId | None = None, since: str | None = None
) -> list[Breakdown]:
    """Give the success rate of each group, the most surely weak one first.

    Read from the counts by day, so that its cost does not grow with history.

    Args:
        store: Where everything is kept.
        workspace: Whose.
        by: What makes a group.
        agent: Only this agent's Interactions; None for all.
        since: Only from this day on, such as ``2026-01-05``; None for all.
    """
    counts = store.tool_rollups if by == "tool" else store.rollups
    rows = [_row(sums, by) for sums in counts.sums(workspace, by, agent, since)]
    return sorted(rows, key=lambda row: (row.high, row.key))


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


def sum_costs(
    store: Store,
    workspace: WorkspaceId,
    *,
    by: Literal["agent", "model", "day"],
    agent: AgentId | None = None,
    since: str | None = None,
) -> list[Costs]:
    """Add up what was spent, by agent, model or day; the dearest first, days in their order.

    Args:
        store: Where everything is kept.
        workspace: Whose.
        by: What makes a group.
        agent: Only this agent's Interactions; None for all.
        since: Only from this day on, such as ``2026-01-05``; None for all.
    """
    rows = [_cost_row(sums, by) for sums in store.rollups.sums(workspace, by, agent, since)]
    if by == "day":
        return sorted(rows, key=lambda row: row.key)
    return sorted(rows, key=lambda row: (-(row.cost or 0.0), row.key))


def _cost_row(sums: Mapping[str, Any], by: str) -> Costs:
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


def _row(sums: Mapping[str, Any], by: By) -> Breakdown:
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
