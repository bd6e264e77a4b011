"""One message is one stored request, by whichever way it comes in."""

import json
from datetime import UTC, datetime
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.wire.cases import ANTHROPIC, CHAT, GENAI, RESPONSES

from upspiral.capture.formats import talk
from upspiral.capture.otlp import fold
from upspiral.capture.otlp.decode import RawSpan
from upspiral.client.wire import messages as read_by_client
from upspiral.domain import Message
from upspiral.domain.ids import WorkspaceId
from upspiral.wire import anthropic, openai_chat, openai_responses
from upspiral.wire.messages import read_message, read_messages

NOW = datetime(2026, 1, 5, tzinfo=UTC)


def _by_otlp(message: dict[str, Any]) -> tuple[Message, ...]:
    given: Any = {"gen_ai.operation.name": "chat", "gen_ai.request.model": "m"}
    given["gen_ai.input.messages"] = json.dumps([message])
    span = RawSpan(
        trace="1" * 32,
        span="2" * 16,
        parent=None,
        name="chat m",
        kind=3,
        start=1_767_571_200_000_000_000,
        end=1_767_571_201_000_000_000,
        attributes=given,
        events=(),
        resource={},
        scope="",
        status="",
        code=0,
        dropped=0,
    )
    (found,) = fold([span], workspace=WorkspaceId("w"), now=NOW).interactions
    return found.messages


def _by_gateway(name: str, message: dict[str, Any]) -> tuple[Message, ...]:
    if name == "responses":
        return openai_responses.read_messages({"input": [message]})
    read = anthropic.read_messages if name == "messages" else openai_chat.read_messages
    return read({"messages": [message]})


TABLE = [
    *(pytest.param("chat", one, id=f"chat {name}") for name, one in CHAT),
    *(pytest.param("messages", one, id=f"messages {name}") for name, one in ANTHROPIC),
    *(pytest.param("responses", one, id=f"responses {n}") for n, one in RESPONSES if n != "reference"),
    *(pytest.param("chat", one, id=f"OpenTelemetry {name}") for name, one in GENAI),
]
"""All but the reference to an item that the host keeps, which no other way in can carry."""


@pytest.mark.parametrize(("api", "message"), TABLE)
def test_one_message_gives_one_stored_request_by_every_way_in(api: str, message: dict[str, Any]) -> None:
    assert len(TABLE) >= 60
    expected = msgspec.to_builtins(_by_gateway(api, message))
    assert msgspec.to_builtins(read_by_client([message])) == expected
    assert msgspec.to_builtins(talk.messages([message])) == expected
    assert msgspec.to_builtins(talk.messages(json.dumps([message]))) == expected
    assert msgspec.to_builtins(_by_otlp(message)) == expected


TEXT = st.text(max_size=30).filter(bool)

JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | TEXT,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXT, inner, max_size=3),
    max_leaves=8,
)

PARTS = st.one_of(
    st.builds(lambda text: {"type": "text", "text": text}, TEXT),
    st.builds(lambda url: {"type": "image_url", "image_url": {"url": f"https://{url}"}}, st.uuids().map(str)),
    st.builds(lambda value: {"type": "hologram", "beam": value}, JSON.filter(lambda one: one is not None)),
)


@given(st.lists(PARTS, min_size=2, max_size=5), st.dictionaries(st.sampled_from(["mood", "tags"]), TEXT))
def test_any_parts_with_any_text_are_read_alike_and_written_again(
    parts: list[dict[str, Any]], more: dict[str, str]
) -> None:
    message = {"role": "user", "content": parts, **more}
    read = openai_chat.read_messages({"messages": [message]})
    assert read == read_by_client([message]) == talk.messages([message])
    assert openai_chat.write_messages(read) == [message]
    assert msgspec.json.decode(msgspec.json.encode(read), type=tuple[Message, ...]) == read


@given(JSON)
def test_whatever_stands_for_a_message_is_read_without_an_error(value: Any) -> None:
    assert all(isinstance(one, Message) for one in read_messages(value))
    assert all(isinstance(one, Message) for one in read_message(value))
