"""A call is held against the definition that the request gave, and nothing else."""

import pytest

from upspiral.domain import ToolCall
from upspiral.domain.interaction import ToolDefinition
from upspiral.scorers.guards.tool_schema import ToolSchemaGuard

BOOK = ToolDefinition(
    name="book",
    parameters={
        "type": "object",
        "properties": {"nights": {"type": "integer", "minimum": 1}, "room": {"enum": ["single", "double"]}},
        "required": ["nights"],
        "additionalProperties": False,
    },
)


def _check(arguments: str, name: str = "book") -> tuple[float, str]:
    score = ToolSchemaGuard().check_calls([ToolCall(name=name, arguments=arguments)], [BOOK])
    return score.value, score.reason


@pytest.mark.parametrize("arguments", ['{"nights": 2}', '{"nights": 1, "room": "double"}', ' {"nights": 3} '])
def test_a_call_as_it_is_defined_is_right(arguments: str) -> None:
    assert _check(arguments)[0] == 1.0


@pytest.mark.parametrize(
    "arguments",
    [
        "{}",
        '{"nights": 0}',
        '{"nights": "2"}',
        '{"nights": 2, "room": "suite"}',
        '{"nights": 2, "price": 0}',
        "not json",
        "",
        "[]",
        '{"nights": 2',
        "null",
        "[" * 100_000,
    ],
)
def test_arguments_that_break_the_schema_are_wrong_and_say_why(arguments: str) -> None:
    value, reason = _check(arguments)
    assert value == 0.0
    assert "book" in reason
    assert len(reason) < 1000


def test_a_tool_that_there_is_not_is_wrong() -> None:
    value, reason = _check("{}", name="cancel")
    assert value == 0.0
    assert "cancel" in reason


def test_one_wrong_call_among_right_ones_is_enough() -> None:
    calls = [ToolCall(name="book", arguments=f'{{"nights": {n}}}') for n in (1, 0, 2)]
    assert ToolSchemaGuard().check_calls(calls, [BOOK]).value == 0.0


def test_words_call_no_tool() -> None:
    assert ToolSchemaGuard().score("Book a room", "", 'book({"nights": 0})').value == 1.0
    assert ToolSchemaGuard().check_calls([], [BOOK]).value == 1.0
