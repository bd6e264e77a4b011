"""Exports of Langfuse."""

from typing import Any

import pytest
from tests.capture.formats.exported import BRIEF, ENRICHED, GENERATION, one, read, shown
from tests.conftest import START

from upspiral.capture.formats import Imported, Remark
from upspiral.domain import Source


def test_a_generation_brings_cost_latency_and_its_score() -> None:
    found = one("langfuse", GENERATION)
    assert found.interaction.usage.cost == 0.002
    assert found.interaction.latency_ms == 250
    assert found.interaction.metadata["task"] == "find"
    [score] = found.feedback
    assert (score.score, score.rater, score.comment) == (0.75, "helpful", "fine")
    assert score.source == Source.VERIFIER


def test_a_row_of_the_blob_storage_export_is_read_too() -> None:
    found = one("langfuse", ENRICHED).interaction
    assert shown(found) == BRIEF
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
    turn, remark = read("langfuse", trace)
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
    [found] = read("langfuse", given)
    assert isinstance(found, Remark)
    said = found.feedback
    assert (said.score, said.label, said.comment, said.rater) == (score, label, comment, "tone")
    assert said.interaction == one("langfuse", GENERATION).interaction.id


def test_a_score_on_a_whole_trace_goes_to_its_latest_generation() -> None:
    score = {"id": "s", "traceId": "t1", "name": "ok", "value": 1}
    later = GENERATION | {"id": "obs9", "startTime": "2026-01-05T12:30:00Z", "scores": []}
    first, _, remark = read("langfuse", score, later, GENERATION)
    assert isinstance(first, Imported)
    assert isinstance(remark, Remark)
    assert remark.feedback.interaction == first.interaction.id
    assert remark.about is None
    [alone] = read("langfuse", score)
    assert isinstance(alone, Remark)
    assert alone.about == "t1"
    assert alone.feedback.id == remark.feedback.id
