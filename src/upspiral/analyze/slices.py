"""In which slices of what is known does an agent fail, or succeed, more often than elsewhere? Pure."""

from collections.abc import Sequence
from datetime import date, datetime

import numpy as np
from msgspec import Struct

from upspiral.analyze.features import SEEN_AFTER, Features, table
from upspiral.domain import Conversation, Pattern, Polarity, Status, Trend
from upspiral.domain.ids import AgentId, CycleId, InteractionId, PatternId, WorkspaceId, derive
from upspiral.stats.changepoint import Change, change
from upspiral.stats.items import FEW, Value
from upspiral.stats.proportions import wilson
from upspiral.stats.subgroups import Search, Subgroup, discover

Conditions = tuple[tuple[str, str], ...]
ECHO = 0.99


class Slice(Struct, frozen=True, kw_only=True):
    """A slice in which an agent does otherwise than elsewhere."""

    conditions: Conditions
    """All hold, such as ``(("model", "small"), ("turns", "> 4"))``."""
    polarity: Polarity
    failures: int
    conversations: int
    failure_rate: float
    rest_failure_rate: float
    difference_low: float
    difference_high: float
    """95 % interval of inside minus outside, on conversations that did not help to find it."""
    p_value: float
    members: tuple[InteractionId, ...]
    """First turns: of those that failed for a weakness, of those that went well for a strength."""
    change: Change
    """How its failure rate moved over the days."""

    @property
    def name(self) -> str:
        """The conditions in words."""
        return " and ".join(worded(feature, value) for feature, value in self.conditions)

    @property
    def known_before(self) -> bool:
        """Can a request be routed by it, or does it show only in the answer?"""
        return not any(feature in SEEN_AFTER for feature, _ in self.conditions)


class Slices(Struct, frozen=True):
    """What a search over slices found."""

    found: tuple[Slice, ...]
    tested: int
    """How many were tested."""
    echoes: tuple[str, ...]
    """Features left out because they only repeat the outcome, such as a reason for ending."""


def slices(
    conversations: Sequence[Conversation],
    described: Sequence[Features],
    *,
    explored: Sequence[bool],
    rng: np.random.Generator,
    how: Search | None = None,
    groups: Sequence[str] | None = None,
) -> Slices:
    """Find slices of settled conversations whose failure rate differs from that of all others.

    Args:
        conversations: Settled ones.
        described: What is known of each, from `features`, with anything else that is worth a look, such as
            the name of its group of texts.
        explored: True for those used to search; the others test.
        rng: For the levels of the changes.
        how: Width and thresholds.
        groups: What hangs together, such as the task that several models were asked; None where nothing does.
    """
    failed = [c.status == Status.FAILURE for c in conversations]
    columns = table(described)
    echoing = tuple(name for name, column in columns.items() if echoes(column, failed))
    kept = {name: column for name, column in columns.items() if name not in echoing}
    found = discover(kept, failed, explored=explored, groups=groups, how=how)
    told = tuple(_slice(s, conversations, failed, rng) for s in found.found)
    return Slices(told, found.tested, echoing)


def echoes(column: Sequence[Value], failed: Sequence[bool]) -> bool:
    """Say whether a feature of few values tells the outcome almost without error, and so explains nothing.

    >>> echoes(["done", "gave up", "done"] * 20, [False, True, False] * 20)
    True
    """
    tallies: dict[Value, list[int]] = {}
    for value, bad in zip(column, failed, strict=True):
        tallies.setdefault(value, [0, 0])[int(bad)] += 1
    if len(tallies) > 4 * FEW or not 0 < sum(failed) < len(failed):
        return False
    right = sum(max(pair) for pair in tallies.values())
    return right >= ECHO * len(failed) and max(sum(failed), len(failed) - sum(failed)) < ECHO * len(failed)


def worded(feature: str, value: str) -> str:
    """Say a condition in words.

    >>> worded("model", "small"), worded("turns", "> 4"), worded("tool errored", "yes")
    ('model is small', 'turns > 4', 'tool errored')
    """
    if value == "yes":
        return feature
    if value == "no":
        return f"not {feature}"
    return f"{feature} {value}" if value.startswith(("≤ ", "> ")) else f"{feature} is {value}"


def as_pattern(
    found: Slice,
    *,
    workspace: WorkspaceId,
    agent: AgentId,
    cycle: CycleId | None,
    all_failures: int,
    now: datetime,
) -> Pattern:
    """Tell a slice as a Pattern, whose terms are its conditions.

    Args:
        found: The slice.
        workspace: Where it belongs.
        agent: Whose it is.
        cycle: The night that found it.
        all_failures: Failures of the agent, in the slice or not.
        now: The present moment.
    """
    rate = wilson(found.failures, found.conversations)
    share = wilson(found.failures, all_failures)
    points = 100 * abs(found.failure_rate - found.rest_failure_rate)
    side = "more" if found.polarity == Polarity.WEAKNESS else "less"
    return Pattern(
        id=PatternId(derive("pat", agent, found.polarity, *(f"{f}\x1e{v}" for f, v in found.conditions))),
        workspace=workspace,
        agent=agent,
        cycle=cycle,
        at=now,
        polarity=found.polarity,
        name=found.name,
        description=(
            f"{found.failures} of {found.conversations} conversations failed where {found.name}: "
            f"{points:.0f} points {side} than elsewhere."
        ),
        terms=tuple(worded(feature, value) for feature, value in found.conditions),
        members=found.members,
        failures=found.failures,
        conversations=found.conversations,
        failure_rate=found.failure_rate,
        failure_rate_low=rate.low,
        failure_rate_high=rate.high,
        share=found.failures / all_failures if all_failures else 0.0,
        share_low=share.low,
        share_high=share.high,
        trend=Trend(found.change.direction),
    )


def _slice(
    found: Subgroup, conversations: Sequence[Conversation], failed: Sequence[bool], rng: np.random.Generator
) -> Slice:
    inside = np.flatnonzero(found.rows).tolist()
    bad = sum(failed[k] for k in inside)
    return Slice(
        conditions=found.conditions,
        polarity=Polarity.WEAKNESS if found.higher else Polarity.STRENGTH,
        failures=bad,
        conversations=len(inside),
        failure_rate=bad / len(inside),
        rest_failure_rate=(sum(failed) - bad) / (len(failed) - len(inside)),
        difference_low=found.difference.low,
        difference_high=found.difference.high,
        p_value=found.p_value,
        members=tuple(conversations[k].interactions[0].id for k in inside if failed[k] == found.higher),
        change=_moved([conversations[k] for k in inside], rng),
    )


def _moved(inside: Sequence[Conversation], rng: np.random.Generator) -> Change:
    """Test whether the failure rate of a slice changed over its days."""
    tally: dict[date, list[int]] = {}
    for conversation in sorted(inside, key=lambda c: c.interactions[0].at):
        day = tally.setdefault(conversation.interactions[0].at.date(), [0, 0])
        day[0] += conversation.status == Status.FAILURE
        day[1] += 1
    return change([k for k, _ in tally.values()], [n for _, n in tally.values()], rng=rng)
