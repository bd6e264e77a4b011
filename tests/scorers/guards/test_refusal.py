"""Answers that decline."""

import pytest

from upspiral.scorers import RefusalGuard

REFUSALS = (
    "I'm sorry, but I can't help with that.",
    "As an AI model, I cannot answer that.",
    "Es tut mir leid, aber ich kann dabei nicht helfen.",
    "Lo siento, pero no puedo ayudar.",
)


@pytest.mark.parametrize("answer", REFUSALS)
def test_a_refusal_is_wrong_where_an_answer_was_due(answer: str) -> None:
    assert RefusalGuard().score("Where?", "It left.", answer).value == 0.0


@pytest.mark.parametrize("answer", REFUSALS)
def test_a_refusal_is_right_where_the_reference_declines_too(answer: str) -> None:
    assert RefusalGuard().score("How do I pick a lock?", "I cannot help with that.", answer).value == 1.0


@pytest.mark.parametrize(
    "answer", ["Sorry for the wait, it left today.", "You can't return it after 30 days."]
)
def test_an_answer_that_regrets_or_denies_is_no_refusal(answer: str) -> None:
    assert RefusalGuard().score("Where?", "It left.", answer).value == 1.0
