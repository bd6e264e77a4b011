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
    return _fold({"gen_ai.input.messages": json.dumps([message])})


def _fold(attributes: dict[str, Any], *events: tuple[str, int, Any]) -> tuple[Message, ...]:
    given: Any = {"gen_ai.operation.name": "chat", "gen_ai.request.model": "m", **attributes}
    span = RawSpan(
        trace="1" * 32,
        span="2" * 16,
        parent=None,
        name="chat m",
        kind=3,
        start=1_767_571_200_000_000_000,
        end=1_767_571_201_000_000_000,
        attributes=given,
        events=events,
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


OPENINFERENCE_CANNOT = (
    *("custom tool", "old call", "refusal", "refusal part", "reasoning", "unknown part", "unknown field"),
)
OPENLLMETRY_CANNOT = (*OPENINFERENCE_CANNOT, "named", "old result")
EVENTS_CANNOT = ("old call", "refusal part", "unknown part", "unknown field")
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


WHOLE = ("gen_ai.prompt", "langfuse.observation.input", "input.value")
"""Attributes that carry messages as they are, in JSON."""


@pytest.mark.parametrize("name", WHOLE)
@pytest.mark.parametrize(("api", "message"), TABLE)
def test_messages_in_json_are_read_alike_by_every_name(name: str, api: str, message: dict[str, Any]) -> None:
    expected = msgspec.to_builtins(_by_gateway(api, message))
    assert msgspec.to_builtins(_fold({name: json.dumps([message])})) == expected


def _fields(message: dict[str, Any]) -> dict[str, Any]:
    """Give the fields of a message as attributes hold them: texts, and JSON of anything else."""
    named = ("role", "content", "name", "tool_call_id")
    return {n: _to_text(message[n]) for n in named if message.get(n) is not None}


def _to_text(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value)


def _as_openinference(message: dict[str, Any]) -> tuple[Message, ...]:
    before = "llm.input_messages.0.message."
    given = {before + name: value for name, value in _fields(message).items()}
    for place, call in enumerate(message.get("tool_calls") or ()):
        told = call.get("function") or {}
        place_of = f"{before}tool_calls.{place}.tool_call."
        given |= {f"{place_of}id": call["id"]} | {f"{place_of}function.{n}": told[n] for n in told}
    return _fold(given)


def _as_openllmetry(message: dict[str, Any]) -> tuple[Message, ...]:
    before = "gen_ai.prompt.0."
    given = {before + name: value for name, value in _fields(message).items() if name != "name"}
    for place, call in enumerate(message.get("tool_calls") or ()):
        told = {"id": call["id"], **(call.get("function") or {})}
        given |= {f"{before}tool_calls.{place}.{name}": value for name, value in told.items()}
    return _fold(given)


def _as_event(message: dict[str, Any]) -> tuple[Message, ...]:
    role = {"developer": "system", "function": "tool"}.get(message["role"], message["role"])
    told = {name: _to_text(value) for name, value in message.items() if value is not None}
    return _fold({}, (f"gen_ai.{role}.message", 1, told))


FIELD_BY_FIELD = {
    "OpenInference": (_as_openinference, OPENINFERENCE_CANNOT),
    "OpenLLMetry": (_as_openllmetry, OPENLLMETRY_CANNOT),
    "events up to OpenTelemetry 1.36": (_as_event, EVENTS_CANNOT),
}
"""Carriers that take a message apart, and the messages that they have no place for."""


@pytest.mark.parametrize("name", FIELD_BY_FIELD)
def test_messages_taken_apart_are_read_alike_in_all_that_the_carrier_can_express(name: str) -> None:
    carry, cannot = FIELD_BY_FIELD[name]
    differ = {
        case
        for case, one in CHAT
        if msgspec.to_builtins(carry(one)) != msgspec.to_builtins(_by_gateway("chat", one))
    }
    assert differ == set(cannot)


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
