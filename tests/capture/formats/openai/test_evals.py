"""Data, runs and logs of OpenAI evals."""

from datetime import UTC, datetime
from typing import Any

import pytest
from tests.capture.formats.rows_of_sets import imported, read

from upspiral.capture.formats import Imported, Remark

ITEM = {
    "object": "eval.run.output_item",
    "id": "o1",
    "run_id": "r",
    "created_at": 1767614400,
    "datasource_item": {"item": {"question": "2+2?", "ground_truth": "4"}},
    "sample": {
        "input": [{"role": "user", "content": "2+2?"}],
        "output": [{"role": "assistant", "content": "5"}],
        "model": "gpt-x",
        "usage": {"prompt_tokens": 9, "completion_tokens": 1},
    },
    "results": [{"name": "exact", "passed": False, "score": 0.0}],
}

SAMPLING = {
    "run_id": "r",
    "event_id": 1,
    "sample_id": "s.1",
    "type": "sampling",
    "data": {"prompt": [{"role": "user", "content": "2+2?"}], "sampled": ["4"]},
    "created_at": "2026-01-05 12:00:00+00:00",
}

MATCH = SAMPLING | {"event_id": 2, "type": "match", "data": {"correct": True, "expected": "4"}}


@pytest.mark.parametrize(
    "row",
    [
        {"input": [{"role": "user", "content": "2+2?"}], "ideal": "4"},
        {"input": "2+2?", "ideal": ["4", "four"]},
        {"item": {"question": "2+2?", "ground_truth": "4"}},
        {"item": {"input": "2+2?", "expected": 4}, "sample": {}},
    ],
)
def test_data_of_evals_gives_questions_with_their_right_answers(row: dict[str, Any]) -> None:
    (one,) = imported(row, name="openai-evals")
    assert one.interaction.question == "2+2?"
    assert [said.correction for said in one.feedback] == ["4"]


def test_results_of_a_run_of_evals_are_answers_with_scores() -> None:
    (one,) = imported(ITEM, name="openai-evals")
    assert (one.interaction.question, one.interaction.answer) == ("2+2?", "5")
    assert one.interaction.model == "gpt-x"
    assert one.interaction.at == datetime(2026, 1, 5, 12, tzinfo=UTC)
    assert {said.rater: (said.score, said.correction) for said in one.feedback if said.score is not None} == {
        "exact": (0.0, None)
    }
    assert [said.correction for said in one.feedback if said.correction] == ["4"]
    assert {said.interaction for said in one.feedback} == {one.interaction.id}


def test_a_log_of_evals_joins_what_was_sampled_with_how_good_it_was() -> None:
    name, (sampled, judged) = read(SAMPLING, MATCH)
    assert name == "openai-evals"
    assert isinstance(sampled, Imported)
    assert isinstance(judged, Remark)
    assert (sampled.interaction.question, sampled.interaction.answer) == ("2+2?", "4")
    assert (judged.feedback.interaction, judged.feedback.score) == (sampled.interaction.id, 1.0)


def test_tools_of_a_file_for_fine_tuning_are_kept() -> None:
    tool = {"type": "function", "function": {"name": "look", "parameters": {"type": "object"}}}
    call = {"id": "c", "type": "function", "function": {"name": "look", "arguments": "{}"}}
    row = {
        "messages": [{"role": "user", "content": "Hi"}, {"role": "assistant", "tool_calls": [call]}],
        "tools": [tool],
        "parallel_tool_calls": False,
    }
    (one,) = imported(row, name="chat-jsonl")
    assert one.interaction.options is not None
    assert [made.name for made in one.interaction.options.tools] == ["look"]
    assert [made.name for made in one.interaction.tool_calls] == ["look"]
