"""Are rows of no known format answered with what was seen, the nearest format and a mapping to try?"""

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from upspiral.capture.formats import detect_format, suggest_command
from upspiral.capture.formats.chat_jsonl import Imported, parse
from upspiral.capture.formats.detect.suggest import suggest
from upspiral.domain.ids import DEFAULT_WORKSPACE, WorkspaceId

NOW = datetime(2026, 1, 5, tzinfo=UTC)
TALK = [{"role": "user", "content": "Where is it?"}]
SAID = [*TALK, {"role": "assistant", "content": "Here it is."}]
ROWS: dict[str, dict[str, Any]] = {
    "other names": {"utterance": "Where is it?", "bot_reply": "Here it is.", "csat": 4},
    "another language": {
        "frage": "Where is it?",
        "antwort_text": "Here it is.",
        "wann": "2026-01-04",
    },
    "another script": {"質問": "Where is it?", "回答": "Here it is."},
    "an id and a name before": {"ref": "a-1", "who": "anna", "said": "Where is it?", "told": "Here it is."},
    "the answer first": {"response_text": "Here it is.", "user_question": "Where is it?"},
    "nested": {"data": {"in": {"user_query": "Where is it?"}, "out": {"final_answer": "Here it is."}}},
    "a talk by another name": {"turns": SAID},
    "a talk within": {"payload": {"chat": SAID}, "n": 3},
    "a talk of other words": {
        "dialog": [
            {"speaker": "customer", "text": "Where is it?"},
            {"speaker": "agent", "text": "Here it is."},
        ]
    },
    "a talk and its answer": {"req": {"history": TALK}, "res": "Here it is."},
}


def read(row: dict[str, Any], mapping: tuple[str, ...]) -> Imported:
    (found,) = parse(
        [json.dumps(row)],
        mapping={ours: path for ours, _, path in (one.partition("=") for one in mapping)},
        agent="shop",
        workspace=WorkspaceId(DEFAULT_WORKSPACE),
        now=NOW,
    )
    assert isinstance(found, Imported)
    return found


@pytest.mark.parametrize("name", ROWS)
def test_the_mapping_that_is_suggested_reads_question_and_answer(name: str) -> None:
    row = ROWS[name]
    assert detect_format([row]) is None
    told = read(row, suggest([row]).mapping).interaction
    assert (told.question, told.answer) == ("Where is it?", "Here it is.")


def test_ratings_and_moments_are_mapped_where_their_values_can_be_read() -> None:
    assert "rating=csat" in suggest([ROWS["other names"]]).mapping
    assert "at=wann" in suggest([ROWS["another language"]]).mapping
    assert not [one for one in suggest([{**ROWS["other names"], "csat": 87}]).mapping if "csat" in one]


def test_the_nearest_format_is_the_one_that_shares_most_fields() -> None:
    assert suggest([{"traceId": "t", "startTime": "x", "endTime": "y"}]).nearest == "langfuse"
    assert suggest([{"vars": {"q": "x"}, "assert": [], "prompt": "y"}]).nearest == "promptfoo"
    assert suggest([{"a": 1}]).nearest == ""


def test_rows_that_no_mapping_reads_are_answered_with_how_to_name_fields() -> None:
    assert suggest_command("x y.jsonl", [{"a": 1, "b": 2}, "text", None]).startswith("Give --format")
    assert suggest_command("x y.jsonl", [ROWS["other names"]]).startswith(
        "Try: upspiral import 'x y.jsonl' --map question=utterance --map answer=bot_reply"
    )


def test_what_was_seen_is_named_with_its_kind_and_dots() -> None:
    seen = suggest([{"a": {"b": "x", "c": 1.5}, "d": [{}], "e": True}]).seen
    assert seen == ("a.b (text)", "a.c (number)", "d (list of objects)", "e (true or false)")
