"""In which slices of what is known does an agent fail, or succeed, more often than elsewhere? Pure."""

from collections.abc import Sequence

import numpy as np
from msgspec import Struct

from upspiral.analyze.features import SEEN_AFTER, Features, read_number, table
from upspiral.domain import Conversation, Polarity, Status
from upspiral.stats.items import MAX_DISTINCT_NUMBERS, Value, plain
from upspiral.stats.subgroups import Bools, Search, Subgroup, discover

Conditions = tuple[tuple[str, str], ...]
ECHO = 0.99


class ConversationSlice(Struct, frozen=True, kw_only=True):
    """A slice in which an agent does otherwise than elsewhere."""

    conditions: Conditions
    """All hold, such as ``(("model", "small"), ("turns", "> 4"))``."""
    polarity: Polarity
    failures: int
    conversations: int
    failure_rate: float
    difference_low: float
    difference_high: float
    """95 % interval of inside minus outside, on conversations that did not help to find it."""
    rows: Bools
    """Which of the conversations are in it, shape (n,)."""

    @property
    def name(self) -> str:
        """The conditions in words."""
        return " and ".join(describe_condition(feature, value) for feature, value in self.conditions)


class Slices(Struct, frozen=True):
    """What a search over slices found."""

    found: tuple[ConversationSlice, ...]
    tested: int
    """How many were tested."""
    echoes: tuple[str, ...]
    """Features left out because they only repeat the outcome, such as a reason for ending."""


def slices(
    conversations: Sequence[Conversation],
    described: Sequence[Features],
    *,
    explored: Sequence[bool],
    how: Search | None = None,
    groups: Sequence[str] | None = None,
) -> Slices:
    """Find slices of labeled conversations whose failure rate differs from that of all others.

    Args:
        conversations: Settled ones.
        described: What is known of each, from `features`, with anything else that is worth a look, such as
            the name of its group of texts.
        explored: True for those used to search; the others test.
        how: Width and thresholds.
        groups: What hangs together, such as the task that several models were asked; None where nothing does.
    """
    failed = [c.status == Status.FAILURE for c in conversations]
    columns = table(described)
    echoing = tuple(name for name, column in columns.items() if echoes(column, failed))
    kept = {name: column for name, column in columns.items() if name not in echoing}
    found = discover(kept, failed, explored=explored, groups=groups, how=how)
    told = tuple(_slice(s, np.asarray(failed, dtype=np.bool_)) for s in found.found)
    return Slices(told, found.tested, echoing)


def echoes(column: Sequence[Value], failed: Sequence[bool]) -> bool:
    """Say whether a feature of few values tells the outcome almost without error, and so explains nothing.

    >>> echoes(["done", "gave up", "done"] * 20, [False, True, False] * 20)
    True
    """
    tallies: dict[Value, list[int]] = {}
    for value, bad in zip(column, failed, strict=True):
        tallies.setdefault(value, [0, 0])[int(bad)] += 1
    if len(tallies) > 4 * MAX_DISTINCT_NUMBERS or not 0 < sum(failed) < len(failed):
        return False
    right = sum(max(pair) for pair in tallies.values())
    return right >= ECHO * len(failed) and max(sum(failed), len(failed) - sum(failed)) < ECHO * len(failed)


def is_known_before(conditions: Conditions) -> bool:
    """Say whether all of it is known before there is an answer.

    >>> is_known_before((("model", "small"),)), is_known_before((("turns", "> 4"),))
    (True, False)
    """
    return not any(feature in SEEN_AFTER for feature, _ in conditions)


def meets(described: Features, conditions: Conditions) -> bool:
    """Say whether what is known of a conversation meets all conditions.

    >>> meets({"model": "small", "turns": 5, "tool errored": True}, (("model", "small"), ("turns", "> 4")))
    True
    >>> meets({"turns": 5}, (("turns", "≤ 4"),)), meets({}, (("turns", "> 4"),))
    (False, False)
    """
    return all(_meets(described.get(feature), value) for feature, value in conditions)


def _meets(value: Value, wanted: str) -> bool:
    number = None if value is None else read_number(str(value))
    if number is not None and wanted.startswith(("≤ ", "> ")):
        return number > float(wanted[2:]) if wanted[0] == ">" else number <= float(wanted[2:])
    return value is not None and plain(value if number is None else number) == wanted


def describe_condition(feature: str, value: str) -> str:
    """Say a condition in words.

    >>> conditions = (("model", "small"), ("turns", "> 4"), ("turns", "2"), ("tool errored", "yes"))
    >>> tuple(describe_condition(feature, value) for feature, value in conditions)
    ('model is small', 'turns > 4', 'turns = 2', 'tool errored')
    """
    if value == "yes":
        return feature
    if value == "no":
        return f"not {feature}"
    if value.startswith(("≤ ", "> ")):
        return f"{feature} {value}"
    return f"{feature} = {value}" if read_number(value) is not None else f"{feature} is {value}"


def _slice(found: Subgroup, failed: Bools) -> ConversationSlice:
    inside = found.rows
    n, bad = int(inside.sum()), int((inside & failed).sum())
    return ConversationSlice(
        conditions=found.conditions,
        polarity=Polarity.WEAKNESS if found.higher else Polarity.STRENGTH,
        rows=inside,
        failures=bad,
        conversations=n,
        failure_rate=bad / n,
        difference_low=found.difference.low,
        difference_high=found.difference.high,
    )
