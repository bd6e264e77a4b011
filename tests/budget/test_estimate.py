"""What a call can take at most is never less than what it takes."""

import pytest

from upspiral.budget.estimate import DEFAULT_OUTPUT_TOKENS, FILE_TOKENS, bound_answer, bound_usage
from upspiral.domain import Message
from upspiral.domain.message import FilePart, TextPart
from upspiral.providers.base import ChatRequest, Completion


@pytest.mark.parametrize("text", ["Where is it?", "Где он? 在哪里 🔑🔑", "x" * 50_000, ""])
def test_a_text_has_at_most_as_many_tokens_as_bytes(text: str) -> None:
    bound = bound_usage(ChatRequest((Message("user", text),), max_tokens=1))
    assert len(text.encode()) <= bound.input_tokens <= len(text.encode()) + 50


@pytest.mark.parametrize("name", ["max_tokens", "max_completion_tokens", "max_output_tokens"])
def test_the_longest_answer_is_that_of_the_request_wherever_it_says_so(name: str) -> None:
    assert bound_usage(ChatRequest((), options={name: 64.0})).output_tokens == 64
    assert bound_usage(ChatRequest((), options={name: 64, "n": 3})).output_tokens == 192
    assert bound_usage(ChatRequest(())).output_tokens == DEFAULT_OUTPUT_TOKENS


def test_tools_count_and_the_bytes_of_a_picture_do_not() -> None:
    tools = [{"type": "function", "function": {"name": "look_up", "description": "d" * 1000}}]
    assert bound_usage(ChatRequest((), options={"tools": tools})).input_tokens > 1000
    picture = FilePart(media="image", data="A" * 1_000_000)
    shown = Message("user", "See", parts=(TextPart("See"), picture))
    assert FILE_TOKENS < bound_usage(ChatRequest((shown,))).input_tokens < FILE_TOKENS + 100
    inline = [{"role": "user", "content": [{"image_url": {"url": "data:image/png;base64," + "A" * 10**6}}]}]
    found = bound_usage(ChatRequest((), options={"messages": inline})).input_tokens
    assert FILE_TOKENS < found < FILE_TOKENS + 100


def test_an_answer_without_usage_counts_by_its_bytes_and_within_what_was_reserved() -> None:
    asked = ChatRequest((Message("user", "Where?"),), max_tokens=20)
    assert bound_answer(asked, Completion("Here.", "m")).output_tokens == 5
    assert bound_answer(asked, Completion("x" * 500, "m")).output_tokens == 20
