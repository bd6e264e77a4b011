"""Does an agent call the tools that it should, with the right arguments, in the right order? (pure)."""

from collections import Counter, defaultdict
from collections.abc import Sequence
from typing import Any

import msgspec

from upspiral.domain import Score, ToolCall
from upspiral.domain.evaluation import SUCCESS_AT
from upspiral.domain.interaction import ToolDefinition
from upspiral.scorers.base import SHORTFALL
from upspiral.scorers.call_schema import find_schema_fault, parse_arguments, shorten

Round = Sequence[ToolCall]
"""Calls of one answer, in whatever order they stand."""


def score_calls(
    wanted: Sequence[Round],
    made: Sequence[Round],
    *,
    tools: Sequence[ToolDefinition] = (),
    success_at: float = SUCCESS_AT,
) -> Score:
    """Measure the calls that were made against those that should have been.

    Two calls are the same where their tools and, as JSON, their arguments are. Calls of one round may stand
    in any order, and rounds may be put together or taken apart; but no call may come in a round before one
    that was wanted in an earlier round.

    Args:
        wanted: The calls that are known to be right, round by round.
        made: The calls to measure.
        tools: What the request defined, by which the reason of a fault is told; none where it is unknown.
        success_at: The score from which calls count as right, 0 to 1.

    Returns:
        1.0 where all agree; otherwise the share of calls that do, below `success_at`, with the first fault.

    >>> paris = ToolCall(name="weather", arguments='{"town": "Paris", "days": 2}')
    >>> same = ToolCall(name="weather", arguments='{"days": 2.0, "town": "Paris"}')
    >>> rome = ToolCall(name="weather", arguments='{"town": "Rome", "days": 2}')
    >>> score_calls([[paris]], [[same]]).value
    1.0
    >>> score_calls([[paris, rome]], [[rome, same]]).value
    1.0
    >>> score_calls([[paris], [rome]], [[rome], [same]])
    Score(value=0.69, reason='calls in another order')
    >>> score_calls([[paris]], [[rome]]).reason
    'weather called with town="Rome" where "Paris" was wanted'
    """
    expected = Counter(key for calls in wanted for key in _keys(calls))
    found = Counter(key for calls in made for key in _keys(calls))
    reason = _find_fault(wanted, made, tools) or _find_disorder(wanted, made)
    if reason is None:
        return Score(1.0, f"{expected.total()} calls agree" if expected else "no calls")
    agreed = sum((expected & found).values()) / max(expected.total(), found.total(), 1)
    return Score(round(min(agreed, max(0.0, success_at - SHORTFALL)), 2), reason)


def are_same(one: ToolCall, other: ToolCall) -> bool:
    """Say whether two calls are of the same tool with the same arguments.

    >>> are_same(ToolCall(name="now", arguments=""), ToolCall(name="now", arguments="{}"))
    True
    >>> are_same(ToolCall(name="f", arguments='{"on": true}'), ToolCall(name="f", arguments='{"on": 1}'))
    False
    """
    return _key(one) == _key(other)


def _find_fault(
    wanted: Sequence[Round], made: Sequence[Round], tools: Sequence[ToolDefinition]
) -> str | None:
    """Give the first call too many or too few, in words; None where just those were made that were wanted."""
    left = [call for calls in wanted for call in calls]
    extra: list[ToolCall] = []
    for call in (call for calls in made for call in calls):
        same = next((one for one in left if are_same(one, call)), None)
        if same is None:
            extra.append(call)
        else:
            left.remove(same)
    if extra:
        return _describe_extra(extra[0], left, tools)
    return f"{left[0].name} was not called" if left else None


def _describe_extra(call: ToolCall, left: Sequence[ToolCall], tools: Sequence[ToolDefinition]) -> str:
    if fault := find_schema_fault(call, tools):
        return fault
    meant = next((one for one in left if one.name == call.name), None)
    if meant is None:
        named = ", ".join(dict.fromkeys(one.name for one in left))
        return f"{call.name} called where {named or 'no call'} was wanted"
    given, expected = parse_arguments(call.arguments), parse_arguments(meant.arguments)
    if isinstance(given, dict) and isinstance(expected, dict):
        for name in (*given, *expected):
            if _plain(given.get(name)) != _plain(expected.get(name)) or (name in given) != (name in expected):
                here = f"{name}={shorten(_write(given[name]))}" if name in given else f"no {name}"
                there = shorten(_write(expected[name])) if name in expected else "none"
                return f"{call.name} called with {here} where {there} was wanted"
    return f"{call.name} called with {shorten(call.arguments)} where {shorten(meant.arguments)} was wanted"


def _find_disorder(wanted: Sequence[Round], made: Sequence[Round]) -> str | None:
    """Say if a call comes before one of an earlier round; made are the very calls that were wanted."""
    places: dict[tuple[str, str], list[int]] = defaultdict(list)
    for place, calls in enumerate(wanted):
        for key in _keys(calls):
            places[key].append(place)
    rounds = [sorted(places[key].pop(0) for key in _keys(calls)) for calls in made]
    order = [place for one in rounds for place in one]
    return None if order == sorted(order) else "calls in another order"


def _keys(calls: Round) -> list[tuple[str, str]]:
    return [_key(call) for call in calls]


def _key(call: ToolCall) -> tuple[str, str]:
    found = parse_arguments(call.arguments)
    return call.name, call.arguments.strip() if found is None else _write(_plain(found))


def _plain(value: Any) -> Any:
    """Give what is the same JSON as the same value: 2.0 is 2, while true is not 1."""
    if isinstance(value, dict):
        return {name: _plain(inner) for name, inner in sorted(value.items())}
    if isinstance(value, list):
        return [_plain(inner) for inner in value]
    return int(value) if isinstance(value, float) and value.is_integer() else value


def _write(value: Any) -> str:
    return msgspec.json.encode(value).decode()
