"""Test sets and results of promptfoo."""

from pathlib import Path
from typing import Any

import pytest
from tests.capture.formats.rows_of_sets import imported

from upspiral.capture.formats import BadLine, rows
from upspiral.domain import Source

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


@pytest.mark.parametrize("text", ["a: [", "vars: {a: !!python/object:os.system {}}"])
def test_yaml_that_cannot_be_read_is_told(tmp_path: Path, text: str) -> None:
    file = tmp_path / "a.yaml"
    file.write_text(text)
    ((_, found),) = rows(file)
    assert isinstance(found, BadLine)
    assert "YAML" in found.reason
