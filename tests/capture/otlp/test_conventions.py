from inspect import getmembers
from pathlib import Path
from typing import Any

import pytest

from upspiral.capture.otlp.conventions import INDEXED_ATTRIBUTES, NAMES, plan, read
from upspiral.capture.otlp.messages import gather_numbered
from upspiral.capture.otlp.values import text
from upspiral.domain.message import CallPart
from upspiral.wire.messages import read_messages


def constants(*places: Any) -> set[str]:
    return {value for place in places for _, value in getmembers(place) if isinstance(value, str)}


def test_every_opentelemetry_name_is_one_that_its_package_knows() -> None:
    incubating = pytest.importorskip("opentelemetry.semconv._incubating.attributes")
    assert incubating
    from opentelemetry.semconv._incubating.attributes import (
        enduser_attributes,
        error_attributes,
        gen_ai_attributes,
    )

    known = constants(gen_ai_attributes, error_attributes, enduser_attributes)
    assert {n.name for n in NAMES if n.since.startswith("OpenTelemetry")} <= known


def test_every_openinference_name_is_one_that_its_package_knows() -> None:
    trace = pytest.importorskip("openinference.semconv.trace")
    known = constants(trace.SpanAttributes, trace.ToolCallAttributes, trace.ToolAttributes)
    ours = {n.name for n in (*NAMES, *INDEXED_ATTRIBUTES) if n.since.startswith("OpenInference")}
    assert ours <= known


def test_no_name_stands_twice_in_the_table() -> None:
    names = [row.name for row in NAMES]
    assert len(names) == len(set(names))


def test_the_reference_page_names_every_attribute() -> None:
    page = (Path(__file__).parents[3] / "docs" / "reference" / "otlp.md").read_text(encoding="utf-8")
    assert [row.name for row in (*NAMES, *INDEXED_ATTRIBUTES) if f"`{row.name}" not in page] == []


def test_the_current_name_wins_over_the_old_one_in_any_order() -> None:
    old, new = ("gen_ai.usage.prompt_tokens", 1), ("gen_ai.usage.input_tokens", 2)
    for pair in ((old, new), (new, old)):
        assert read(dict(pair), plan(tuple(dict(pair)))) == {"input_tokens": 2}


def test_an_empty_value_does_not_hide_one_of_an_older_name() -> None:
    found: Any = {"gen_ai.provider.name": "", "gen_ai.system": "openai"}
    assert read(found, plan(tuple(found))) == {"provider": "openai"}


def test_a_span_with_more_names_than_are_kept_is_planned_all_the_same() -> None:
    keys = (*(f"k{n}" for n in range(100)), "session.id")
    assert plan(keys).fields == (("conversation", "session.id"),)
    assert len(plan(keys).rest) == 100


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("Hello", [("user", "Hello")]),
        ("[1, 2]", [("user", "[1, 2]")]),
        ("[broken", [("user", "[broken")]),
        ('{"a": 1}', [("user", '{"a": 1}')]),
        ([{"role": "system", "content": "Be kind."}], [("system", "Be kind.")]),
        ('{"messages": [{"role": "user", "content": "Hi"}], "model": "m"}', [("user", "Hi")]),
        ('{"choices": [{"message": {"role": "assistant", "content": "Yes"}}]}', [("assistant", "Yes")]),
        ('[[{"role": "user", "content": "Hi"}]]', [("user", "Hi")]),
        (
            [
                {
                    "role": "user",
                    "content": [{"type": "text", "text": "See"}, {"type": "image_url", "image_url": "u"}],
                }
            ],
            [("user", "See\n[image_url]")],
        ),
        (
            [
                {
                    "role": "tool",
                    "parts": [{"type": "tool_call_response", "id": "1", "response": {"ok": True}}],
                }
            ],
            [("tool", '{"ok":true}')],
        ),
        ('[{"role": "user", "content": "a\\u0000b"}]', [("user", "a\0b")]),
        ({"role": "user", "content": None}, [("user", "")]),
    ],
)
def test_messages_are_read_in_every_usual_shape(value: Any, expected: list[tuple[str, str]]) -> None:
    assert [(t.role, t.content) for t in read_messages(value)] == expected


@pytest.mark.parametrize(
    "message",
    [
        {"parts": [{"type": "tool_call", "id": "c1", "name": "find", "arguments": {"q": "x"}}]},
        {
            "tool_calls": [{"id": "c1", "function": {"name": "find", "arguments": '{"q":"x"}'}}],
            "content": None,
        },
        {"content": [{"type": "tool_use", "id": "c1", "name": "find", "input": {"q": "x"}}]},
    ],
)
def test_calls_of_tools_are_read_in_every_usual_shape(message: Any) -> None:
    (call,) = read_messages([message], role="assistant")[0].parts
    assert isinstance(call, CallPart)
    assert (call.id, call.name, call.arguments) == ("c1", "find", '{"q":"x"}')


def test_messages_with_an_attribute_for_each_part_are_put_together_in_their_order() -> None:
    found: Any = {
        "llm.input_messages.10.message.content": "last",
        "llm.input_messages.2.message.contents.0.message_content.type": "text",
        "llm.input_messages.2.message.contents.0.message_content.text": "middle",
        "llm.input_messages.0.message.role": "system",
        "llm.input_messages.0.message.content": "first",
        "llm.output_messages.0.message.tool_calls.0.tool_call.function.name": "find",
        "llm.output_messages.0.message.tool_calls.0.tool_call.function.arguments": "{}",
        "llm.output_messages.0.message.tool_calls.0.tool_call.id": "c1",
    }
    steps = plan(tuple(found))
    heard = [(t.role, t.content) for t in gather_numbered(found, steps, "input")]
    assert heard == [("system", "first"), ("user", "middle"), ("user", "last")]
    (call,) = gather_numbered(found, steps, "output")[0].parts
    assert isinstance(call, CallPart)
    assert (call.id, call.name, call.arguments) == ("c1", "find", "{}")


def test_plain_values_become_text() -> None:
    assert [text(v) for v in (b"\x00\xff", 1.5, None, 3, {"a": b"\xff"})] == [
        "AP8=",
        "1.5",
        "",
        "3",
        '{"a":"/w=="}',
    ]
