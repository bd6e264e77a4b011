"""How often does it go well, by agent, model, task, tool, version or day? A verb of this stage."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from statistics import median
from typing import Literal

from msgspec import Struct

from upspiral.domain import Interaction, Outcome, Status
from upspiral.domain.ids import AgentId, InteractionId, WorkspaceId
from upspiral.stats.proportions import wilson
from upspiral.store import Store

By = Literal["agent", "model", "task", "tool", "version", "day"]


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
    """The median."""
    calls: int = 0
    """Calls of the tool, where the groups are tools."""
    call_errors: int = 0
    call_error_low: float = 0.0
    call_error_high: float = 1.0
    """Limits of the 95 % interval of the tool's error rate."""


def breakdown(
    store: Store, workspace: WorkspaceId, *, by: By, agent: AgentId | None = None, limit: int = 200_000
) -> list[Breakdown]:
    """Give the success rate of each group, the most surely weak one first.

    Args:
        store: Where everything is kept.
        workspace: Whose.
        by: What makes a group.
        agent: Only this agent's Interactions; None for all.
        limit: At most so many of the newest Interactions are read.
    """
    turns = store.interactions.latest(workspace, agent, limit)
    return tabulate(turns, store.outcomes.of(workspace, [turn.id for turn in turns]), by=by)


def tabulate(
    turns: Iterable[Interaction], outcomes: Mapping[InteractionId, Outcome], *, by: By
) -> list[Breakdown]:
    """Give the success rate of each group of Interactions."""
    groups: dict[str, list[Interaction]] = defaultdict(list)
    for turn in turns:
        for key in _keys(turn, by):
            groups[key].append(turn)
    rows = [_row(key, members, outcomes, by) for key, members in groups.items()]
    return sorted(rows, key=lambda row: (row.high, row.key))


def _keys(turn: Interaction, by: By) -> set[str]:
    if by == "tool":
        return {call.name for call in turn.tool_calls}
    if by == "day":
        return {turn.at.date().isoformat()}
    if by == "task":
        return {turn.metadata.get("task", "none")}
    return {str(getattr(turn, by) or "none")}


def _row(
    key: str, members: list[Interaction], outcomes: Mapping[InteractionId, Outcome], by: By
) -> Breakdown:
    known = [outcomes[m.id].status for m in members if m.id in outcomes]
    good, bad = known.count(Status.SUCCESS), known.count(Status.FAILURE)
    limits = wilson(good, good + bad)
    calls = [call for m in members for call in m.tool_calls if call.name == key] if by == "tool" else []
    errors = sum(call.error is not None for call in calls)
    failing = wilson(errors, len(calls))
    return Breakdown(
        key=key,
        n=len(members),
        settled=good + bad,
        failures=bad,
        rate=good / (good + bad) if good + bad else None,
        low=limits.low,
        high=limits.high,
        latency_ms=median(m.latency_ms for m in members),
        calls=len(calls),
        call_errors=errors,
        call_error_low=failing.low,
        call_error_high=failing.high,
    )
