"""Reading the exports of other tools."""

import gzip
import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.conftest import START

from upspiral.capture.formats import BadLine, Imported, Remark, RowImporter, rows
from upspiral.capture.formats.reading import read_rows
from upspiral.domain import Interaction, Source
from upspiral.domain.ids import DEFAULT_WORKSPACE, WorkspaceId
from upspiral.plugin_kinds import IMPORTER
from upspiral.storable import mend

Found = Imported | Remark | BadLine
ASK = [{"role": "system", "content": "Be brief."}, {"role": "user", "content": "Where is it?"}]
CALL = {"id": "c1", "type": "function", "function": {"name": "search", "arguments": '{"q": "it"}'}}

STORED: dict[str, Any] = {
    "object": "chat.completion",
    "id": "chatcmpl-1",
    "created": 1767614400,
    "model": "gpt-x",
    "metadata": {"agent": "support", "session_id": "s1", "user_id": "u1", "shop": "north"},
    "messages": ASK,
    "choices": [{"index": 0, "message": {"role": "assistant", "content": "Here."}, "finish_reason": "stop"}],
    "usage": {"prompt_tokens": 12, "completion_tokens": 3},
}
GENERATION: dict[str, Any] = {
    "id": "obs1",
    "traceId": "t1",
    "type": "GENERATION",
    "name": "answer",
    "startTime": "2026-01-05T12:00:00.000Z",
    "endTime": "2026-01-05T12:00:00.250Z",
    "model": "gpt-x",
    "input": {"messages": ASK},
    "output": {"role": "assistant", "content": None, "tool_calls": [CALL]},
    "usageDetails": {"input": 12, "output": 3},
    "totalCost": 0.002,
    "metadata": {"task": "find"},
    "sessionId": "s1",
    "userId": "u1",
    "level": "DEFAULT",
    "scores": [{"id": "sc1", "name": "helpful", "value": 0.75, "dataType": "NUMERIC", "comment": "fine"}],
}
ENRICHED: dict[str, Any] = {
    "id": "obs2",
    "trace_id": "t2",
    "type": "GENERATION",
    "start_time": "2026-01-05 12:00:00.000000",
    "end_time": None,
    "level": "ERROR",
    "status_message": "quota",
    "provided_model_name": "gpt-x",
    "input": json.dumps(ASK),
    "output": "",
    "usage_details": {"input": 9},
    "session_id": "",
    "user_id": "",
    "metadata": {},
}
SPAN: dict[str, Any] = {
    "name": "ChatCompletion",
    "context": {"trace_id": "t3", "span_id": "sp1"},
    "span_kind": "LLM",
    "parent_id": None,
    "start_time": "2026-01-05T13:00:00+01:00",
    "end_time": "2026-01-05T13:00:01+01:00",
    "status_code": "OK",
    "attributes": {
        "llm.model_name": "gpt-x",
        "llm.token_count.prompt": 12,
        "llm.token_count.completion": 3,
        "llm.input_messages": [
            {"message.role": "system", "message.content": "Be brief."},
            {
                "message.role": "user",
                "message.contents": [
                    {"message_content.type": "text", "message_content.text": "Where is it?"}
                ],
            },
        ],
        "llm.output_messages": [
            {
                "message.role": "assistant",
                "message.content": "Here.",
                "message.tool_calls": [
                    {
                        "tool_call.function.name": "search",
                        "tool_call.function.arguments": '{"q": "it"}',
                    }
                ],
            }
        ],
        "session.id": "s1",
        "user.id": "u1",
        "metadata": '{"shop": "north"}',
    },
}
OTLP_NAMES: dict[str, Any] = {
    "llm.model_name": "gpt-x",
    "openinference.span.kind": "LLM",
    "llm.input_messages.0.message.role": "system",
    "llm.input_messages.0.message.content": "Be brief.",
    "llm.input_messages.1.message.role": "user",
    "llm.input_messages.1.message.content": "Where is it?",
    "llm.output_messages.0.message.content": "Here.",
    "llm.token_count.prompt": 12,
    "llm.token_count.completion": 3,
    "session.id": "s1",
}
DATAFRAME: dict[str, Any] = {
    "name": "ChatCompletion",
    "span_kind": "LLM",
    "context.span_id": "sp1",
    "context.trace_id": "t3",
    "start_time": 1767614400000,
    "end_time": 1767614401000,
    "status_code": "ERROR",
    "status_message": "",
    "events": [{"name": "exception", "attributes": {"exception.message": "quota"}}],
    "attributes.llm.model_name": "gpt-x",
    "attributes.llm.input_messages": [
        {"message.role": "system", "message.content": "Be brief."},
        {"message.role": "user", "message.content": "Where is it?"},
    ],
    "attributes.llm.output_messages": [{"message.role": "assistant", "message.content": "Here."}],
    "attributes.llm.token_count.prompt": 12,
    "attributes.llm.token_count.completion": 3,
    "attributes.session.id": "s1",
    "attributes.retrieval.documents": None,
}
INFERENCE_ID = "019b8e2f-4400-7000-8000-000000000001"
EPISODE_ID = "019b8e2f-4400-7000-8000-0000000000ee"
INFERENCE: dict[str, Any] = {
    "id": INFERENCE_ID,
    "function_name": "support",
    "variant_name": "baseline",
    "episode_id": EPISODE_ID,
    "input": {
        "system": "Be brief.",
        "messages": [{"role": "user", "content": [{"type": "text", "text": "Where is it?"}]}],
    },
    "output": [
        {"type": "thought", "text": "hm"},
        {"type": "text", "text": "Here."},
        {"type": "tool_call", "id": "c1", "name": None, "raw_name": "search", "raw_arguments": '{"q": "it"}'},
    ],
    "processing_time_ms": 250,
    "timestamp": "2026-01-05T12:00:00Z",
    "tags": {"user_id": "u1"},
}


def _read(format: str, *rows: Any) -> list[Found]:
    return _read_numbered(format, enumerate(rows, start=1))


def _read_numbered(format: str, numbered: Iterable[tuple[int, Any]]) -> list[Found]:
    one = _importer(format)
    named: dict[str, Any] = {"agent": None, "workspace": DEFAULT_WORKSPACE, "now": START}
    return list(read_rows(numbered, one.parse, unfold=one.unfold, **named))


def _importer(format: str) -> RowImporter:
    made = IMPORTER.get(format)()
    assert isinstance(made, RowImporter)
    return made


def _one(format: str, row: Any) -> Imported:
    [found] = _read(format, row)
    assert isinstance(found, Imported), found
    return found


def _file(path: Path, format: str) -> list[Found]:
    return _read_numbered(format, rows(path))


def _shown(found: Interaction) -> list[tuple[str, str]]:
    return [(message.role, message.content) for message in found.messages]


BRIEF = [("system", "Be brief."), ("user", "Where is it?")]
ROWS: dict[str, dict[str, Any]] = {
    "openai-stored": STORED,
    "langfuse": GENERATION,
    "phoenix": SPAN,
    "tensorzero": INFERENCE,
}


@pytest.mark.parametrize("format", sorted(ROWS))
def test_each_tools_row_tells_the_same_story(format: str) -> None:
    found = _one(format, ROWS[format]).interaction
    assert _shown(found) == BRIEF
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
    (call,) = _one(format, ROWS[format]).interaction.tool_calls
    assert (call.name, call.arguments) == ("search", '{"q": "it"}')


@pytest.mark.parametrize("format", sorted(ROWS))
def test_the_same_row_gives_the_same_ids_and_another_workspace_others(format: str) -> None:
    def parse(workspace: str) -> Imported:
        found = _importer(format).parse(ROWS[format], agent="a", workspace=WorkspaceId(workspace), now=START)
        assert isinstance(found, Imported)
        return found

    assert parse("w1") == parse("w1")
    assert parse("w1").interaction.id != parse("w2").interaction.id
    assert parse("w1").interaction.agent == "a"


@pytest.mark.parametrize("format", sorted(ROWS))
def test_a_broken_row_is_named_and_the_next_one_read(format: str) -> None:
    named = {k: v for k, v in ROWS[format].items() if k not in ("id", "context")}
    mute = ROWS[format] | {"input": None, "messages": None, "attributes": {"llm.model_name": "x"}}
    found = _read(format, named, mute, 7, ROWS[format])
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
    assert _read(format, row) == []


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
    found = _read(format, *(ROWS[format] | strange for strange in HOSTILE), ROWS[format])
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


@pytest.mark.parametrize("format", sorted(ROWS))
@given(strange=st.dictionaries(st.sampled_from(NAMES), ANY, max_size=5))
@settings(max_examples=100, deadline=None)
def test_any_row_at_all_is_read_passed_over_or_named(format: str, strange: dict[str, Any]) -> None:
    found = _read(format, strange, ROWS[format] | strange)
    assert all(isinstance(one, Imported | Remark | BadLine) for one in found)
    assert msgspec.json.encode(found)


# --- OpenAI ---------------------------------------------------------------------------------------------


def test_a_stored_completion_without_its_messages_says_where_to_find_them() -> None:
    [found] = _read("openai-stored", {k: v for k, v in STORED.items() if k != "messages"})
    assert isinstance(found, BadLine)
    assert "/messages" in found.reason


def test_the_message_list_of_a_stored_completion_may_stand_as_the_api_gives_it() -> None:
    listed = {
        "object": "list",
        "data": [
            {"id": "m1", "role": "user", "content": None, "content_parts": [{"type": "text", "text": "Hi"}]}
        ],
    }
    assert _shown(_one("openai-stored", STORED | {"messages": listed}).interaction) == [("user", "Hi")]


def test_metadata_of_a_stored_completion_says_whose_it_is() -> None:
    found = _one("openai-stored", STORED).interaction
    assert found.agent == "support"
    assert found.metadata["shop"] == "north"


# --- Langfuse -------------------------------------------------------------------------------------------


def test_a_generation_brings_cost_latency_and_its_score() -> None:
    found = _one("langfuse", GENERATION)
    assert found.interaction.usage.cost == 0.002
    assert found.interaction.latency_ms == 250
    assert found.interaction.metadata["task"] == "find"
    [score] = found.feedback
    assert (score.score, score.rater, score.comment) == (0.75, "helpful", "fine")
    assert score.source == Source.VERIFIER


def test_a_row_of_the_blob_storage_export_is_read_too() -> None:
    found = _one("langfuse", ENRICHED).interaction
    assert _shown(found) == BRIEF
    assert (found.error, found.answer, found.model) == ("quota", "", "gpt-x")
    assert found.conversation == found.trace == "t2"
    assert found.at == START


def test_a_downloaded_trace_gives_its_generations_session_and_scores() -> None:
    bare = {k: v for k, v in GENERATION.items() if k not in ("sessionId", "userId", "scores", "traceId")}
    trace = {
        "id": "t1",
        "name": "shop",
        "sessionId": "s9",
        "userId": "u9",
        "observations": [bare, {"id": "x", "type": "SPAN"}],
        "scores": [{"id": "sc2", "name": "ok", "value": 1, "dataType": "BOOLEAN", "stringValue": "True"}],
    }
    turn, remark = _read("langfuse", trace)
    assert isinstance(turn, Imported)
    assert isinstance(remark, Remark)
    assert (turn.interaction.conversation, turn.interaction.end_user) == ("s9", "u9")
    assert remark.feedback.interaction == turn.interaction.id
    assert (remark.feedback.score, remark.feedback.label) == (1.0, None)


@pytest.mark.parametrize(
    ("row", "score", "label", "comment"),
    [
        ({"value": True}, 1.0, None, None),
        ({"value": 0}, 0.0, None, None),
        ({"value": 87, "dataType": "NUMERIC"}, None, "87", None),
        ({"value": -0.5, "comment": "cold"}, None, "-0.5", "cold"),
        ({"value": 1, "data_type": "CATEGORICAL", "string_value": "good"}, 1.0, "good", None),
        ({"value": 0, "data_type": "TEXT", "string_value": "Well said."}, None, None, "Well said."),
    ],
)
def test_a_score_outside_nought_to_one_is_kept_as_a_label(
    row: dict[str, Any], score: float | None, label: str | None, comment: str | None
) -> None:
    given = {"id": "s", "trace_id": "t1", "observation_id": "obs1", "name": "tone", **row}
    [found] = _read("langfuse", given)
    assert isinstance(found, Remark)
    said = found.feedback
    assert (said.score, said.label, said.comment, said.rater) == (score, label, comment, "tone")
    assert said.interaction == _one("langfuse", GENERATION).interaction.id


def test_a_score_on_a_whole_trace_goes_to_its_latest_generation() -> None:
    score = {"id": "s", "traceId": "t1", "name": "ok", "value": 1}
    later = GENERATION | {"id": "obs9", "startTime": "2026-01-05T12:30:00Z", "scores": []}
    first, _, remark = _read("langfuse", score, later, GENERATION)
    assert isinstance(first, Imported)
    assert isinstance(remark, Remark)
    assert remark.feedback.interaction == first.interaction.id
    assert remark.about is None
    [alone] = _read("langfuse", score)
    assert isinstance(alone, Remark)
    assert alone.about == "t1"
    assert alone.feedback.id == remark.feedback.id


# --- Phoenix --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "row",
    [
        SPAN,
        DATAFRAME,
        SPAN | {"span_kind": "INTERNAL", "attributes": OTLP_NAMES},
        SPAN | {"attributes": json.dumps(OTLP_NAMES)},
    ],
    ids=["rest", "dataframe", "numbered", "text"],
)
def test_a_span_is_the_same_in_every_shape(row: dict[str, Any]) -> None:
    found = _one("phoenix", row).interaction
    assert _shown(found) == BRIEF
    assert (found.answer, found.conversation, found.trace, found.model) == ("Here.", "s1", "t3", "gpt-x")
    assert (found.at, found.latency_ms) == (START, 1000)
    assert (found.usage.input_tokens, found.usage.output_tokens) == (12, 3)
    assert found.id == _one("phoenix", SPAN).interaction.id


def test_a_failed_span_tells_what_was_raised() -> None:
    assert _one("phoenix", DATAFRAME).interaction.error == "quota"
    assert _one("phoenix", SPAN).interaction.error is None


def test_a_span_without_messages_is_read_from_its_input_and_output() -> None:
    told = {"input.value": json.dumps({"messages": ASK}), "output.value": "Here."}
    found = _one("phoenix", SPAN | {"attributes": told}).interaction
    assert (_shown(found), found.answer) == (BRIEF, "Here.")


def test_annotations_are_feedback_beside_their_span_or_alone() -> None:
    note = {
        "id": "a1",
        "span_id": "sp1",
        "name": "correct",
        "annotator_kind": "HUMAN",
        "result": {"label": "yes", "score": 1, "explanation": "checked"},
    }
    [beside] = _one("phoenix", SPAN | {"annotations": [note]}).feedback
    [alone] = _read("phoenix", note)
    assert isinstance(alone, Remark)
    assert alone.feedback.id == beside.id
    assert alone.feedback.interaction == beside.interaction
    assert (beside.score, beside.label, beside.comment, beside.rater) == (1.0, "yes", "checked", "correct")


def test_a_page_of_the_dataframes_annotations_is_read_by_its_columns() -> None:
    row = {"span_id": "sp1", "annotation_name": "tone", "result.score": None, "result.label": "warm"}
    [found] = _read("phoenix", row)
    assert isinstance(found, Remark)
    assert (found.feedback.rater, found.feedback.label) == ("tone", "warm")


# --- TensorZero -----------------------------------------------------------------------------------------


def test_an_inference_as_the_database_holds_it_is_the_same_as_from_the_api() -> None:
    stored = INFERENCE | {
        "input": json.dumps(INFERENCE["input"]),
        "output": json.dumps(INFERENCE["output"]),
        "timestamp": "2026-01-05 12:00:00",
    }
    listed = {k: v for k, v in INFERENCE.items() if k != "id"} | {"inference_id": INFERENCE_ID}
    assert _one("tensorzero", stored) == _one("tensorzero", INFERENCE) == _one("tensorzero", listed)


def test_an_inference_without_a_moment_takes_that_of_its_id() -> None:
    found = _one("tensorzero", {k: v for k, v in INFERENCE.items() if k != "timestamp"}).interaction
    assert found.at.timestamp() * 1000 == 0x019B8E2F4400


def test_a_json_functions_raw_output_is_the_answer() -> None:
    output = {"raw": '{"a": 1}', "parsed": {"a": 1}}
    assert _one("tensorzero", INFERENCE | {"output": output}).interaction.answer == '{"a": 1}'


@pytest.mark.parametrize(
    ("row", "score", "said"),
    [
        ({"target_id": INFERENCE_ID, "metric_name": "solved", "value": True}, 1.0, (None, None, None)),
        ({"target_id": INFERENCE_ID, "metric_name": "quality", "value": 0.4}, 0.4, (None, None, None)),
        ({"target_id": INFERENCE_ID, "metric_name": "stars", "value": 4.0}, None, ("4", None, None)),
        (
            {"target_id": INFERENCE_ID, "target_type": "inference", "value": "Nice."},
            None,
            (None, "Nice.", None),
        ),
        (
            {"inference_id": INFERENCE_ID, "value": '[{"type": "text", "text": "There."}]'},
            None,
            (None, None, "There."),
        ),
    ],
    ids=["boolean", "float", "large", "comment", "demonstration"],
)
def test_each_kind_of_feedback_reaches_its_inference(
    row: dict[str, Any], score: float | None, said: tuple[str | None, ...]
) -> None:
    turn, remark = _read("tensorzero", {"id": "f1", "timestamp": "2026-01-06T00:00:00Z", **row}, INFERENCE)
    assert isinstance(turn, Imported)
    assert isinstance(remark, Remark)
    found = remark.feedback
    assert found.interaction == turn.interaction.id
    assert found.score == score
    assert (found.label, found.comment, found.correction) == said
    assert found.source == (Source.USER_CORRECTION if said[2] else Source.VERIFIER)


def test_feedback_on_an_episode_goes_to_its_latest_inference() -> None:
    later = INFERENCE | {"id": "i2", "timestamp": "2026-01-05T13:00:00Z"}
    row = {"id": "f1", "target_id": EPISODE_ID, "metric_name": "solved", "value": False}
    second, _, remark = _read("tensorzero", row, later, INFERENCE)
    assert isinstance(second, Imported)
    assert isinstance(remark, Remark)
    assert remark.feedback.interaction == second.interaction.id


# --- Files ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("zipped", [False, True], ids=["plain", "gz"])
@pytest.mark.parametrize("shape", ["lines", "array", "page", "pretty", "lines of pages"])
def test_a_file_is_read_whatever_shape_it_has(tmp_path: Path, shape: str, zipped: bool) -> None:
    rows = [STORED, STORED | {"id": "chatcmpl-2"}]
    text = {
        "lines": "\n".join(map(json.dumps, rows)) + "\n\n",
        "array": json.dumps(rows),
        "page": json.dumps({"object": "list", "data": rows, "has_more": False}),
        "pretty": json.dumps({"data": rows}, indent=2),
        "lines of pages": "\n".join(json.dumps({"data": [row]}) for row in rows),
    }[shape]
    path = tmp_path / ("export.json.gz" if zipped else "export.json")
    path.write_bytes(gzip.compress(text.encode()) if zipped else text.encode())
    found = _file(path, "openai-stored")
    assert [type(one) for one in found] == [Imported, Imported]


def test_lines_that_are_no_json_are_named_by_their_number(tmp_path: Path) -> None:
    path = tmp_path / "export.jsonl"
    path.write_bytes(b'{"broken\n' + json.dumps(STORED).encode() + b"\n\xff\xfe\xfa\n[1]\n")
    found = _file(path, "openai-stored")
    assert [one.line for one in found if isinstance(one, BadLine)] == [1, 3, 4]
    assert sum(isinstance(one, Imported) for one in found) == 1


def test_an_empty_file_holds_nothing_and_a_torn_one_says_so(tmp_path: Path) -> None:
    empty, torn = tmp_path / "empty.jsonl", tmp_path / "torn.jsonl.gz"
    empty.write_bytes(b"")
    torn.write_bytes(gzip.compress((json.dumps(STORED) + "\n").encode() * 2000)[:-20])
    assert _file(empty, "langfuse") == []
    found = _file(torn, "openai-stored")
    assert isinstance(found[0], Imported)
    assert isinstance(found[-1], BadLine)
    assert "end" in found[-1].reason


def test_nothing_a_file_says_can_nest_too_deep(tmp_path: Path) -> None:
    path = tmp_path / "deep.jsonl"
    path.write_text("[" * 100_000 + "\n" + json.dumps(SPAN) + "\n")
    bad, good = _file(path, "phoenix")
    assert isinstance(bad, BadLine)
    assert isinstance(good, Imported)


def test_half_characters_and_nul_do_not_reach_the_database(tmp_path: Path) -> None:
    path = tmp_path / "export.jsonl"
    line = json.dumps(STORED).replace("Here.", r"H\ud83dere\u0000\u0000 \ud83d\ude00 C:\\u0000.")
    path.write_text(line + "\n")
    [found] = _file(path, "openai-stored")
    assert isinstance(found, Imported)
    assert mend(found.interaction).answer == "H\ufffdere\ufffd\ufffd \U0001f600 C:\\u0000."
