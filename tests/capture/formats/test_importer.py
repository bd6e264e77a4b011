"""Every importer reads the row of its tool, names a broken one, and stops at nothing."""

from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.capture.formats.exported import (
    BRIEF,
    DATAFRAME,
    ENRICHED,
    EPISODE_ID,
    GENERATION,
    INFERENCE,
    OTLP_NAMES,
    SPAN,
    STORED,
    importer,
    one,
    read,
    shown,
)
from tests.conftest import START

from upspiral.capture.formats import BadLine, Imported, Remark
from upspiral.domain.ids import WorkspaceId

ROWS: dict[str, dict[str, Any]] = {
    "openai-stored": STORED,
    "langfuse": GENERATION,
    "phoenix": SPAN,
    "tensorzero": INFERENCE,
}


@pytest.mark.parametrize("format", sorted(ROWS))
def test_each_tools_row_tells_the_same_story(format: str) -> None:
    found = one(format, ROWS[format]).interaction
    assert shown(found) == BRIEF
    assert found.at == START
    assert found.end_user == "u1"
    assert found.conversation == ("s1" if format != "tensorzero" else EPISODE_ID)
    assert (found.usage.input_tokens, found.usage.output_tokens) == (
        (12, 3) if format != "tensorzero" else (0, 0)
    )
    assert found.model == ("gpt-x" if format != "tensorzero" else "baseline")
    assert found.answer == ("Here." if format != "langfuse" else "")


@pytest.mark.parametrize("format", ["langfuse", "phoenix", "tensorzero"])
def test_the_tools_an_answer_calls_are_kept(format: str) -> None:
    (call,) = one(format, ROWS[format]).interaction.tool_calls
    assert (call.name, call.arguments) == ("search", '{"q": "it"}')


@pytest.mark.parametrize("format", sorted(ROWS))
def test_the_same_row_gives_the_same_ids_and_another_workspace_others(format: str) -> None:
    def parse(workspace: str) -> Imported:
        found = importer(format).parse(ROWS[format], agent="a", workspace=WorkspaceId(workspace), now=START)
        assert isinstance(found, Imported)
        return found

    assert parse("w1") == parse("w1")
    assert parse("w1").interaction.id != parse("w2").interaction.id
    assert parse("w1").interaction.agent == "a"


@pytest.mark.parametrize("format", sorted(ROWS))
def test_a_broken_row_is_named_and_the_next_one_read(format: str) -> None:
    named = {k: v for k, v in ROWS[format].items() if k not in ("id", "context")}
    mute = ROWS[format] | {"input": None, "messages": None, "attributes": {"llm.model_name": "x"}}
    found = read(format, named, mute, 7, ROWS[format])
    bad = [(one.line, one.reason) for one in found if isinstance(one, BadLine)]
    assert [line for line, _ in bad] == [1, 2, 3]
    assert "id" in bad[0][1]
    assert "has no" in bad[1][1]
    assert isinstance(found[-1], Imported)


@pytest.mark.parametrize(
    ("format", "row"),
    [
        ("openai-stored", {"object": "chat.completion.deleted", "id": "x"}),
        ("langfuse", {"id": "s", "type": "SPAN", "input": "x"}),
        ("langfuse", {"id": "t", "timestamp": "2026-01-05", "input": "x", "output": "y"}),
        ("phoenix", SPAN | {"span_kind": "TOOL"}),
        ("tensorzero", {"id": "m", "inference_id": "i", "raw_request": "", "model_name": "gpt-x"}),
    ],
)
def test_a_row_that_is_no_model_call_is_passed_over(format: str, row: dict[str, Any]) -> None:
    assert read(format, row) == []


HOSTILE = (
    {"id": {"a": 1}},
    {"input": 5, "output": 5, "messages": 5},
    {"usage": "many", "usageDetails": [1], "metadata": [1]},
    {"startTime": "yesterday", "timestamp": "yesterday", "created": "x", "start_time": 1e400},
    {"output": [None, [None], {"content": {"content": {}}}], "choices": [None]},
    {"tags": {"user_id": {"deep": 1}}, "scores": {"x": {"y": 1}}, "attributes": {"llm": 3}},
    {"context": "x", "attributes": {"llm.input_messages": {"0": 1}, "llm": {"input_messages": 2}}},
    {"input": [1], "messages": [[]], "attributes": {"llm.input_messages": [[["x"]]]}},
    {"endTime": float("nan"), "events": 3, "annotations": 3, "attributes": "{"},
)


@pytest.mark.parametrize("format", sorted(ROWS))
def test_no_row_however_strange_stops_the_import(format: str) -> None:
    found = read(format, *(ROWS[format] | strange for strange in HOSTILE), ROWS[format])
    assert isinstance(found[-1], Imported)


NAMES = sorted(
    {name for row in ROWS.values() for name in row} | set(OTLP_NAMES) | set(DATAFRAME) | set(ENRICHED)
)

LEAVES = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8) | st.just("[{}]")

KEYS = st.sampled_from((*NAMES, "role", "content", "text", "type", "function", "message", "raw", "0", "1"))

ANY = st.recursive(
    LEAVES,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=4),
    max_leaves=12,
)


@pytest.mark.long
@pytest.mark.parametrize("format", sorted(ROWS))
@given(strange=st.dictionaries(st.sampled_from(NAMES), ANY, max_size=5))
@settings(max_examples=100, deadline=None)
def test_any_row_at_all_is_read_passed_over_or_named(format: str, strange: dict[str, Any]) -> None:
    found = read(format, strange, ROWS[format] | strange)
    assert all(isinstance(one, Imported | Remark | BadLine) for one in found)
    assert msgspec.json.encode(found)
