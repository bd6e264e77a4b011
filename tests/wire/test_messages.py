"""One tolerant reader of messages."""

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from upspiral.domain import Message
from upspiral.domain.message import OtherPart, TextPart
from upspiral.wire.messages import is_message, parts_of, read_message, read_messages

HI = (Message("user", "Hi"),)
NAMES = ("role", "content", "parts", "messages", "message", "type", "function", "tool_calls", "text", "name")
ANY = st.recursive(
    st.none()
    | st.integers()
    | st.text(max_size=5)
    | st.sampled_from(("text", "tool_use", "tool_result", "user")),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(NAMES), inner, max_size=4),
    max_leaves=10,
)


@pytest.mark.parametrize(
    "given",
    [
        "Hi",
        {"role": "user", "content": "Hi"},
        [{"role": "user", "content": "Hi"}],
        {"messages": [{"role": "user", "content": "Hi"}]},
        json.dumps([{"role": "human", "parts": [{"type": "text", "content": "Hi"}]}]),
    ],
)
def test_a_question_is_the_same_in_every_usual_shape(given: object) -> None:
    assert read_messages(given) == HI


@pytest.mark.parametrize(
    ("role", "ours"), [("human", "user"), ("ai", "assistant"), ("model", "assistant"), ("function", "tool")]
)
def test_roles_of_other_frameworks_are_ours(role: str, ours: str) -> None:
    [found] = read_message({"role": role, "content": "Hi"})
    assert found.role == ours


@pytest.mark.long
@settings(max_examples=300, deadline=None)
@given(ANY)
def test_whatever_comes_is_read_as_some_messages(value: object) -> None:
    assert all(isinstance(one, Message) for one in read_messages(value))


@pytest.mark.parametrize("kind", [[], ["text"], {}, {"a": 1}, 7], ids=repr)
def test_a_type_that_is_no_text_is_a_type_that_nobody_knows(kind: object) -> None:
    [found] = read_messages([{"role": "user", "content": [{"type": kind, "text": "Hi"}]}])
    assert found.parts == (OtherPart({"type": kind, "text": "Hi"}),)


def test_a_message_is_told_from_one_of_its_parts() -> None:
    assert is_message({"role": "user", "content": "Hi"})
    assert not is_message({"type": "text", "text": "Hi"})
    assert parts_of(Message("user", "Hi")) == (TextPart("Hi"),)
