"""Reading what people test their applications with: promptfoo's files and OpenAI's Evals."""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from upspiral.capture.formats import BadLine, Imported, ImportRequest, Remark, rows
from upspiral.capture.formats.detect import detect_format
from upspiral.domain import Source
from upspiral.domain.ids import DEFAULT_WORKSPACE, WorkspaceId
from upspiral.plugin_kinds import IMPORTER

NOW = datetime(2026, 1, 5, 12, tzinfo=UTC)
SHOP = """
description: Shop
prompts:
  - 'You are kind. Answer {{question}}'
providers: [openai:gpt-x]
defaultTest:
  assert:
    - type: llm-rubric
      value: is polite
tests:
  - description: parcel
    vars: {question: "Where is it?"}
    assert:
      - {type: equals, value: "On its way."}
  - vars: {question: "Who are you?"}
"""
RESULTS: dict[str, Any] = {
    "evalId": "e",
    "results": {
        "results": [
            {
                "prompt": {"raw": '[{"role": "user", "content": "Where is it?"}]', "label": "p"},
                "vars": {"question": "Where is it?"},
                "provider": {"id": "openai:gpt-x"},
                "response": {"output": "On its way.", "tokenUsage": {"prompt": 9, "completion": 4}},
                "success": True,
                "score": 0.75,
                "latencyMs": 120,
            },
            {"vars": {"question": "Who?"}, "error": "quota", "success": False, "score": 0},
        ]
    },
}
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


def read(*given: Any) -> tuple[str, list[Imported | Remark | BadLine]]:
    name = detect_format(given)
    assert name
    request = ImportRequest(workspace=WorkspaceId(DEFAULT_WORKSPACE), now=NOW)
    return name, list(IMPORTER.get(name)().read([json.dumps(row) for row in given], request))


def imported(*given: Any, name: str) -> list[Imported]:
    told, found = read(*given)
    assert told == name
    good = [one for one in found if isinstance(one, Imported)]
    assert len(good) == len(found), found
    return good


def test_a_test_set_of_promptfoo_in_yaml_gives_questions_with_their_right_answers(tmp_path: Path) -> None:
    file = tmp_path / "promptfooconfig.yaml"
    file.write_text(SHOP)
    parcel, who = imported(*(row for _, row in rows(file)), name="promptfoo")
    assert parcel.interaction.question == "You are kind. Answer Where is it?"
    assert [(one.source, one.correction) for one in parcel.feedback] == [
        (Source.USER_CORRECTION, "On its way.")
    ]
    assert parcel.interaction.metadata["description"] == "parcel"
    assert "is polite" in parcel.interaction.metadata["assert"]
    assert (who.interaction.question, who.feedback) == ("You are kind. Answer Who are you?", ())


def test_a_list_of_tests_alone_is_read_too(tmp_path: Path) -> None:
    file = tmp_path / "tests.yml"
    file.write_text('- vars: {topic: cats}\n- vars: {question: "Why?", tone: kind}\n')
    found = imported(*(row for _, row in rows(file)), name="promptfoo")
    assert [one.interaction.question for one in found] == ["cats", "Why?"]


def test_results_of_promptfoo_are_answers_with_scores() -> None:
    good, bad = imported(RESULTS, name="promptfoo")
    one = good.interaction
    assert (one.question, one.answer, one.model) == ("Where is it?", "On its way.", "gpt-x")
    assert (one.usage.input_tokens, one.usage.output_tokens, one.latency_ms) == (9, 4, 120.0)
    assert [said.score for said in good.feedback] == [0.75]
    assert bad.interaction.error == "quota"


def test_values_that_stand_in_a_prompt_of_json_keep_it_json() -> None:
    prompt = '[{"role": "user", "content": "Say {{text}}"}]'
    row = {"prompts": [prompt], "tests": [{"vars": {"text": 'a "quoted"\nline'}}]}
    (one,) = imported(row, name="promptfoo")
    assert one.interaction.question == 'Say a "quoted"\nline'


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


@pytest.mark.parametrize("text", ["a: [", "vars: {a: !!python/object:os.system {}}"])
def test_yaml_that_cannot_be_read_is_told(tmp_path: Path, text: str) -> None:
    file = tmp_path / "a.yaml"
    file.write_text(text)
    ((_, found),) = rows(file)
    assert isinstance(found, BadLine)
    assert "YAML" in found.reason


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
