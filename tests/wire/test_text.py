"""The words of a message follow from its parts."""

import pytest

from upspiral.domain.message import CallPart, FilePart, Part, ReasoningPart, RefusalPart, TextPart
from upspiral.wire.text import FILE_WORDS, answer_text, flatten, reasoning

THOUGHT, WORDS, REFUSED = ReasoningPart("Hm."), TextPart("By noon."), RefusalPart("I cannot.")


@pytest.mark.parametrize("media", sorted(FILE_WORDS))
def test_a_file_is_a_word_in_brackets(media: str) -> None:
    assert flatten([WORDS, FilePart(media=media, url="https://x/a")]) == f"By noon.\n{FILE_WORDS[media]}"


def test_a_call_is_told_with_its_arguments_and_a_thought_is_left_out() -> None:
    assert flatten([THOUGHT, WORDS, CallPart(name="look", arguments="{}")]) == "By noon.\n[called look({})]"


@pytest.mark.parametrize(
    ("parts", "answer"),
    [([THOUGHT, WORDS, REFUSED], "By noon."), ([REFUSED], "I cannot."), ([THOUGHT], ""), ([], "")],
)
def test_an_answer_is_its_words_or_else_its_refusal(parts: list[Part], answer: str) -> None:
    assert answer_text(parts) == answer


def test_thoughts_are_told_apart_from_the_words() -> None:
    assert reasoning([THOUGHT, WORDS]) == "Hm."
    assert reasoning([WORDS]) == ""
