"""What a teacher says is handled as what it is: an answer, a thought, a refusal, half a text."""

import pytest
from tests.curate.teaching import GOOD, said

from upspiral.curate.teacher_answer import read_answer
from upspiral.domain import ToolCall

THOUGHT = [
    f"<think>\nThe rule is clear.\n</think>\n\n{GOOD}",
    f"<THINKING>Hm.</THINKING>{GOOD}",
    f"<reasoning>One.</reasoning>\n<think>Two.</think> {GOOD}",
    f"The rule is clear.\n</think>\n{GOOD}",
    f"<think></think>{GOOD}",
]

WITHOUT = [
    ("<think>I am still thinking about", {"finish_reason": "length"}, "cut off at curate.max_tokens"),
    ("<think>I am still thinking about", {}, "thoughts without an answer"),
    ("<think>Done.</think>", {}, "thoughts without an answer"),
    ("", {"thoughts": "Hm."}, "thoughts without an answer"),
    ("", {}, "empty answer"),
    ("", {"tool_calls": (ToolCall(name="look"),)}, "tool call instead of an answer"),
    ("Vouchers can", {"finish_reason": "length"}, "cut off at curate.max_tokens"),
    ("Vouchers can", {"finish_reason": "max_tokens"}, "cut off at curate.max_tokens"),
    ("No.", {"refused": True}, "refusal"),
    ("", {"finish_reason": "content_filter"}, "refusal"),
    ("I'm sorry, but I can't help with that request.", {}, "refusal"),
    ("I\u2019m sorry, I cannot assist with that.", {}, "refusal"),
    ("Sorry, I can't provide that.", {}, "refusal"),
    ("As an AI language model, I am unable to answer this.", {}, "refusal"),
    ("I won't be able to help.", {}, None),
    ("Es tut mir leid, aber dabei kann ich Ihnen nicht helfen.", {}, "refusal"),
    ("Je suis désolé, mais je ne peux pas vous aider.", {}, "refusal"),
    ("Lo siento, pero no puedo ayudar con eso.", {}, "refusal"),
    ("<think>Should I?</think>I cannot help with that.", {}, "refusal"),
]


@pytest.mark.parametrize("sent", THOUGHT)
def test_the_thoughts_of_a_reasoning_model_are_not_taught(sent: str) -> None:
    assert read_answer(said(sent)).text == GOOD


@pytest.mark.parametrize(("sent", "more", "why"), WITHOUT)
def test_what_is_no_answer_is_dropped_with_its_reason(
    sent: str, more: dict[str, object], why: str | None
) -> None:
    assert read_answer(said(sent, **more)).unusable == why


@pytest.mark.parametrize(
    "answer",
    [
        "I'm sorry, the shop is closed on Sundays.",
        "We cannot pay out vouchers.",
        "You can't provide a second code.",
        "Use the <think> element? There is none in HTML.",
        "Write <b>bold</b> and <analysis>this</analysis> into the form.",
        "I'm sorry to hear that! Send it back and we pay the postage.",
    ],
)
def test_apologies_and_tags_in_real_answers_are_taught_as_they_are(answer: str) -> None:
    assert read_answer(said(answer)).text == answer
