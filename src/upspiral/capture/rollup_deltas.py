"""By how much do the counts grow? From what is new and what changed, never from history (pure)."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC
from operator import add
from typing import Any, TypeVar

from upspiral.domain import Interaction, Outcome, Status
from upspiral.domain.ids import InteractionId
from upspiral.domain.interaction import Participant
from upspiral.domain.rollup import Rollup, ToolRollup, day_of, read_domain

R = TypeVar("R", bound=Rollup | ToolRollup)
Kind = tuple[str, ...]
Sums = dict[Kind, list[float]]
"""By kind, in the order of the noun's fields: this runs for every record, so it adds plain numbers."""
VERDICT_COUNTS: Mapping[Status | None, tuple[int, int]] = {
    None: (0, 0),
    Status.UNKNOWN: (0, 0),
    Status.SUCCESS: (1, 0),
    Status.FAILURE: (0, 1),
}
"""Successes and failures."""


def for_new(
    interactions: Iterable[Interaction], outcomes: Mapping[InteractionId, Outcome]
) -> tuple[list[Rollup], list[ToolRollup]]:
    """Count Interactions that were not there before, with the Outcomes that they have at once."""
    grown: Sums = {}
    tools: Sums = {}
    for one in interactions:
        outcome, used = outcomes.get(one.id), one.usage
        good, bad = VERDICT_COUNTS[outcome.status if outcome else None]
        priced = int(used.cost is not None)
        spent = (one.latency_ms, used.input_tokens, used.output_tokens, used.cost or 0.0, priced)
        _add(grown, _kind(one), (1, good, bad, int(one.error is not None), *spent))
        for tool in sorted({call.name for call in one.tool_calls}) if one.tool_calls else ():
            calls = [call for call in one.tool_calls if call.name == tool]
            errors = sum(call.error is not None for call in calls)
            _add(tools, _tool_kind(one, tool), (len(calls), errors, 1, good, bad))
    return _nouns(Rollup, grown), _nouns(ToolRollup, tools)


def for_changed(
    interactions: Iterable[Interaction],
    before: Mapping[InteractionId, Outcome],
    after: Mapping[InteractionId, Outcome],
) -> tuple[list[Rollup], list[ToolRollup]]:
    """Count by how much new Outcomes change what was counted."""
    grown: Sums = {}
    tools: Sums = {}
    for one in interactions:
        good, bad = _count_change(before.get(one.id), after[one.id])
        if not (good or bad):
            continue
        _add(grown, _kind(one), (0, good, bad, 0, 0.0, 0, 0, 0.0, 0))
        for tool in sorted({call.name for call in one.tool_calls}):
            _add(tools, _tool_kind(one, tool), (0, 0, 0, good, bad))
    return _nouns(Rollup, grown), _nouns(ToolRollup, tools)


def for_participants(
    interactions: Iterable[Interaction],
    participants: Mapping[InteractionId, Sequence[Participant]],
    outcomes: Mapping[InteractionId, Outcome],
) -> list[Rollup]:
    """Count new Interactions for those who took part, beside the agent under which they are recorded."""
    grown: Sums = {}
    for one in interactions:
        outcome = outcomes.get(one.id)
        good, bad = VERDICT_COUNTS[outcome.status if outcome else None]
        for who in _list_others(one, participants):
            n = int(who.counted)
            counts = (n, good, bad, n * int(one.error is not None), n * one.latency_ms, 0, 0, 0.0, 0)
            _add(grown, _kind_of_participant(one, who), counts)
    return _nouns(Rollup, grown)


def for_changed_participants(
    interactions: Iterable[Interaction],
    participants: Mapping[InteractionId, Sequence[Participant]],
    before: Mapping[InteractionId, Outcome],
    after: Mapping[InteractionId, Outcome],
) -> list[Rollup]:
    """Count by how much new Outcomes change what was counted for those who took part."""
    grown: Sums = {}
    for one in interactions:
        good, bad = _count_change(before.get(one.id), after[one.id])
        for who in _list_others(one, participants) if good or bad else ():
            _add(grown, _kind_of_participant(one, who), (0, good, bad, 0, 0.0, 0, 0, 0.0, 0))
    return _nouns(Rollup, grown)


def for_failed_tools(failed: Iterable[tuple[Interaction, str]]) -> list[ToolRollup]:
    """Count calls that were counted before and turned out to have failed: the Interaction, and the tool."""
    tools: Sums = {}
    for one, tool in failed:
        _add(tools, _tool_kind(one, tool), (0, 1, 0, 0, 0))
    return _nouns(ToolRollup, tools)


def for_priced(priced: Iterable[tuple[Interaction, float]]) -> list[Rollup]:
    """Count costs that were not known when Interactions were counted: each as it was, and its cost."""
    grown: Sums = {}
    for one, cost in priced:
        more = cost - (one.usage.cost or 0.0)
        _add(grown, _kind(one), (0, 0, 0, 0, 0.0, 0, 0, more, int(one.usage.cost is None)))
    return _nouns(Rollup, grown)


def merge(kind: type[R], rows: Iterable[R]) -> list[R]:
    """Add up counts of the same kind."""
    sums: Sums = {}
    for row in rows:
        values = [getattr(row, name) for name in row.__struct_fields__]
        names = sum(isinstance(value, str) for value in values)
        _add(sums, tuple(values[:names]), values[names:])
    return _nouns(kind, sums)


def _day(one: Interaction) -> str:
    return day_of(one.at if one.at.tzinfo is UTC else one.at.astimezone(UTC))


def _kind(one: Interaction) -> Kind:
    return one.workspace, _day(one), one.agent, one.model, one.version or "", read_domain(one.metadata)


def _kind_of_participant(one: Interaction, who: Participant) -> Kind:
    """A run of several names its models, so that a participant's name is that of its model."""
    return one.workspace, _day(one), who.agent, who.agent, "", read_domain(one.metadata)


def _list_others(
    one: Interaction, participants: Mapping[InteractionId, Sequence[Participant]]
) -> list[Participant]:
    """Give who is credited, without the agent whose Interaction it is."""
    return [who for who in participants.get(one.id, ()) if who.credited and who.agent != one.agent]


def _count_change(before: Outcome | None, after: Outcome) -> tuple[int, int]:
    """Give how many successes and failures there are more than before."""
    was, now = VERDICT_COUNTS[before.status if before else None], VERDICT_COUNTS[after.status]
    return now[0] - was[0], now[1] - was[1]


def _tool_kind(one: Interaction, tool: str) -> Kind:
    return one.workspace, _day(one), one.agent, tool


def _add(sums: Sums, kind: Kind, counts: Sequence[float]) -> None:
    known = sums.get(kind)
    sums[kind] = list(counts) if known is None else list(map(add, known, counts))


def _nouns(noun: type[R], sums: Sums) -> list[R]:
    rows: list[list[Any]] = [[*key, *sums[key]] for key in sums]
    return [noun(**dict(zip(noun.__struct_fields__, row, strict=True))) for row in rows]
