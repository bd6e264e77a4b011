"""Exports of TensorZero."""

import json
from typing import Any

import pytest
from tests.capture.formats.exported import (
    EPISODE_ID,
    INFERENCE,
    INFERENCE_ID,
    one,
    read,
)

from upspiral.capture.formats import Imported, Remark
from upspiral.domain import Source


def test_an_inference_as_the_database_holds_it_is_the_same_as_from_the_api() -> None:
    stored = INFERENCE | {
        "input": json.dumps(INFERENCE["input"]),
        "output": json.dumps(INFERENCE["output"]),
        "timestamp": "2026-01-05 12:00:00",
    }
    listed = {k: v for k, v in INFERENCE.items() if k != "id"} | {"inference_id": INFERENCE_ID}
    assert one("tensorzero", stored) == one("tensorzero", INFERENCE) == one("tensorzero", listed)


def test_an_inference_without_a_moment_takes_that_of_its_id() -> None:
    found = one("tensorzero", {k: v for k, v in INFERENCE.items() if k != "timestamp"}).interaction
    assert found.at.timestamp() * 1000 == 0x019B8E2F4400


def test_a_json_functions_raw_output_is_the_answer() -> None:
    output = {"raw": '{"a": 1}', "parsed": {"a": 1}}
    assert one("tensorzero", INFERENCE | {"output": output}).interaction.answer == '{"a": 1}'


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
    turn, remark = read("tensorzero", {"id": "f1", "timestamp": "2026-01-06T00:00:00Z", **row}, INFERENCE)
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
    second, _, remark = read("tensorzero", row, later, INFERENCE)
    assert isinstance(second, Imported)
    assert isinstance(remark, Remark)
    assert remark.feedback.interaction == second.interaction.id
