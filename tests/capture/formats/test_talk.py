"""Messages and answers in the shapes in which tools export them."""

from typing import Any

import pytest

from upspiral.capture.formats.talk import answer, messages
from upspiral.domain import Message

HI = (Message("user", "Hi"),)


@pytest.mark.parametrize(
    "given",
    [
        "Hi",
        {"messages": [{"role": "user", "content": "Hi"}]},
        [{"role": "user", "content": "Hi"}],
        {"question": "Hi"},
        {"input": "Hi"},
    ],
)
def test_a_question_is_found_wherever_it_stands(given: Any) -> None:
    assert messages(given) == HI


@pytest.mark.parametrize("given", [None, "", [], {}])
def test_where_nothing_was_asked_it_is_said(given: Any) -> None:
    with pytest.raises(ValueError, match=r"\w"):
        messages(given)


@pytest.mark.parametrize(
    "given",
    [
        "Hello.",
        {"role": "assistant", "content": "Hello."},
        [{"role": "assistant", "content": "Hello."}],
        {"choices": [{"message": {"role": "assistant", "content": "Hello."}}]},
        {"completion": "Hello."},
    ],
)
def test_an_answer_is_found_wherever_it_stands(given: Any) -> None:
    assert answer(given).text == "Hello."
