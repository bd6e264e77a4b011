"""Are calls that mean the same right, and is every other one wrong, with a reason that names it?"""

import json
from random import Random
from typing import Any

import pytest

from upspiral.domain import ToolCall
from upspiral.domain.interaction import ToolDefinition
from upspiral.scorers.calls import are_same, score_calls

BOOK = ToolDefinition(
    name="book",
    parameters={
        "type": "object",
        "properties": {
            "town": {"type": "string"},
            "nights": {"type": "integer"},
            "breakfast": {"type": ["boolean", "null"]},
        },
        "required": ["town", "nights"],
        "additionalProperties": False,
    },
)
NOW = ToolDefinition(name="now")


def call(name: str = "book", **arguments: Any) -> ToolCall:
    return ToolCall(name=name, arguments=json.dumps(arguments))


PARIS = call(town="Paris", nights=2)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (call(a=1, b=2), call(b=2, a=1)),
        (call(a=2.0), call(a=2)),
        (call(a={"x": [1, {"y": None}]}), ToolCall(name="book", arguments='{ "a":{"x":[1,{"y":null}]} }')),
        (ToolCall(name="now", arguments=""), ToolCall(name="now", arguments="{}")),
        (ToolCall(name="run", arguments="ls -l"), ToolCall(name="run", arguments=" ls -l\n")),
        (call(a="München"), ToolCall(name="book", arguments='{"a":"M\\u00fcnchen"}')),
    ],
)
def test_calls_are_the_same_where_their_arguments_are_the_same_json(one: ToolCall, other: ToolCall) -> None:
    assert are_same(one, other)
    assert are_same(other, one)
    assert score_calls([[one]], [[other]]).value == 1.0


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (call(a=True), call(a=1)),
        (call(a="1"), call(a=1)),
        (call(a=[1, 2]), call(a=[2, 1])),
        (call(a=None), call()),
        (call(a=1), call("cancel", a=1)),
        (call(a="Paris"), call(a="paris")),
        (call(), ToolCall(name="book", arguments="[]")),
        (call(), ToolCall(name="book", arguments="{")),
    ],
)
def test_calls_differ_where_anything_in_their_arguments_does(one: ToolCall, other: ToolCall) -> None:
    assert not are_same(one, other)
    assert score_calls([[one]], [[other]]).value < 0.7


@pytest.mark.parametrize(
    ("made", "reason"),
    [
        ([call(town="Paris")], "book called without nights"),
        ([call(town="Paris", nights="two")], "book called with nights of the type string, it takes integer"),
        ([call(town="Paris", nights=2.5)], "book called with nights of the type number, it takes integer"),
        (
            [call(town="Paris", nights=2, breakfast=1)],
            "book called with breakfast of the type integer, it takes boolean or null",
        ),
        ([call(town="Paris", nights=2, dog=True)], "book called with dog, which it does not take"),
        ([ToolCall(name="book", arguments="Paris, 2")], "arguments that are no JSON object: Paris, 2"),
        ([ToolCall(name="book", arguments="[" * 20_000)], "arguments that are no JSON object"),
        ([call("reserve", town="Paris")], "reserve is no tool of the request"),
        ([call("now")], "now called where book was wanted"),
        ([call(town="Rome", nights=2)], 'book called with town="Rome" where "Paris" was wanted'),
        (
            [call(town="Paris", nights=2, breakfast=None)],
            "book called with breakfast=null where none was wanted",
        ),
        ([PARIS, PARIS], "book called where no call was wanted"),
        ([], "book was not called"),
    ],
)
def test_a_planted_fault_is_wrong_and_named(made: list[ToolCall], reason: str) -> None:
    score = score_calls([[PARIS]], [made], tools=[BOOK, NOW])
    assert score.value < 0.7
    assert reason in score.reason


def test_calls_of_one_round_stand_in_any_order_and_rounds_do_not() -> None:
    a, b, c = call(n=1), call(n=2), call(n=3)
    assert score_calls([[a, b], [c]], [[b, a], [c]]).value == 1.0
    assert score_calls([[a, b], [c]], [[b], [a], [c]]).value == 1.0
    assert score_calls([[a], [b]], [[a, b]]).value == 1.0
    wrong = score_calls([[a, b], [c]], [[c], [a, b]])
    assert (wrong.value, wrong.reason) == (0.69, "calls in another order")


def test_a_call_that_is_repeated_must_be_repeated_as_often_and_where_it_was() -> None:
    a, b = call(n=1), call(n=2)
    assert score_calls([[a], [b], [a]], [[a], [b], [a]]).value == 1.0
    assert score_calls([[a], [b], [a]], [[a], [a], [b]]).reason == "calls in another order"
    assert score_calls([[a], [b], [a]], [[a], [b]]).reason == "book was not called"


def test_some_right_calls_score_more_than_none_and_never_count_as_right() -> None:
    wanted = [[call(n=n)] for n in range(10)]
    values = [score_calls(wanted, wanted[:n], success_at=0.5).value for n in range(11)]
    assert values == sorted(values)
    assert max(values[:10]) < 0.5
    assert values[10] == 1.0


def test_any_shuffle_within_rounds_agrees_and_any_changed_argument_does_not() -> None:
    rng = Random(0)
    for _ in range(200):
        wanted = [[call(n=rng.random()) for _ in range(rng.randint(1, 3))] for _ in range(rng.randint(1, 4))]
        made = [rng.sample(calls, len(calls)) for calls in wanted]
        assert score_calls(wanted, made).value == 1.0
        place = rng.randrange(len(made))
        made[place][0] = call(n=2.0)
        assert score_calls(wanted, made).value < 0.7
