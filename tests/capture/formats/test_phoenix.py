"""Exports of Phoenix."""

import json
from typing import Any

import pytest
from tests.capture.formats.exported import (
    ASK,
    BRIEF,
    DATAFRAME,
    OTLP_NAMES,
    SPAN,
    one,
    read,
    shown,
)
from tests.conftest import START

from upspiral.capture.formats import Remark


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
    found = one("phoenix", row).interaction
    assert shown(found) == BRIEF
    assert (found.answer, found.conversation, found.trace, found.model) == ("Here.", "s1", "t3", "gpt-x")
    assert (found.at, found.latency_ms) == (START, 1000)
    assert (found.usage.input_tokens, found.usage.output_tokens) == (12, 3)
    assert found.id == one("phoenix", SPAN).interaction.id


def test_a_failed_span_tells_what_was_raised() -> None:
    assert one("phoenix", DATAFRAME).interaction.error == "quota"
    assert one("phoenix", SPAN).interaction.error is None


def test_a_span_without_messages_is_read_from_its_input_and_output() -> None:
    told = {"input.value": json.dumps({"messages": ASK}), "output.value": "Here."}
    found = one("phoenix", SPAN | {"attributes": told}).interaction
    assert (shown(found), found.answer) == (BRIEF, "Here.")


def test_annotations_are_feedback_beside_their_span_or_alone() -> None:
    note = {
        "id": "a1",
        "span_id": "sp1",
        "name": "correct",
        "annotator_kind": "HUMAN",
        "result": {"label": "yes", "score": 1, "explanation": "checked"},
    }
    [beside] = one("phoenix", SPAN | {"annotations": [note]}).feedback
    [alone] = read("phoenix", note)
    assert isinstance(alone, Remark)
    assert alone.feedback.id == beside.id
    assert alone.feedback.interaction == beside.interaction
    assert (beside.score, beside.label, beside.comment, beside.rater) == (1.0, "yes", "checked", "correct")


def test_a_page_of_the_dataframes_annotations_is_read_by_its_columns() -> None:
    row = {"span_id": "sp1", "annotation_name": "tone", "result.score": None, "result.label": "warm"}
    [found] = read("phoenix", row)
    assert isinstance(found, Remark)
    assert (found.feedback.rater, found.feedback.label) == ("tone", "warm")
