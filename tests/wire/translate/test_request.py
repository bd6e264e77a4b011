"""Is a request of one API the same request in another, and is what cannot be said there refused by name?"""

import json
from collections.abc import Iterable
from typing import Any

import pytest
from tests.wire import cases
from tests.wire.translate.bodies import BODIES, PNG

from upspiral.domain import Message
from upspiral.domain.message import CallPart, Part
from upspiral.errors import InvalidInput
from upspiral.wire.messages import parts_of
from upspiral.wire.translate.apis import APIS, Api
from upspiral.wire.translate.conversation import translate_messages
from upspiral.wire.translate.request import READERS, translate_request

PAIRS = [(source, target) for source in APIS for target in APIS if source != target]


@pytest.mark.parametrize(("source", "target"), PAIRS)
def test_one_request_is_written_as_the_other_api_documents_it(source: Api, target: Api) -> None:
    assert translate_request(BODIES[source], source, target) == BODIES[target]


def _hold(api: Api, message: dict[str, Any]) -> dict[str, Any]:
    return {"model": "m", "input" if api == "responses" else "messages": [message]}


CASES: list[tuple[Api, str, dict[str, Any]]] = [
    *(("chat", name, message) for name, message in cases.CHAT),
    *(("messages", name, message) for name, message in cases.ANTHROPIC),
    *(("responses", name, message) for name, message in cases.RESPONSES),
]
REFUSED = {
    ("chat", "named"): "messages.name",
    ("chat", "recording"): "content: audio",
    ("chat", "document"): "content: file by file id",
    ("chat", "custom tool"): "calls of the type custom",
    ("chat", "old call"): "messages.function_call",
    ("chat", "old result"): "messages of the role function",
    ("chat", "unknown part"): "content of the type hologram",
    ("chat", "unknown field"): "messages.mood",
    ("messages", "picture by id"): "content: image by file id",
    ("messages", "document"): "content.citations",
    ("messages", "document of text"): "content of the type document",
    ("messages", "tool of the host"): "calls of the type server_tool_use",
    ("responses", "picture by id"): "content: image by file id",
    ("responses", "custom tool"): "calls of the type custom_tool_call",
    ("responses", "result of a custom tool"): "messages of the type custom_tool_call_output",
    ("responses", "search"): "calls of the type web_search_call",
    ("responses", "tool of a server"): "calls of the type mcp_call",
    ("responses", "reference"): "content of the type item_reference",
}
"""What no other API can say, and the name under which it is refused."""
ONLY = {
    ("messages", "result with a picture", "chat"): "content: image within the result of a tool",
    ("responses", "document", "chat"): "content: file by URL",
}
"""What one other API cannot say."""


@pytest.mark.parametrize("target", APIS)
@pytest.mark.parametrize(("api", "name", "message"), CASES, ids=[f"{api} {name}" for api, name, _ in CASES])
def test_every_message_goes_there_and_back_or_is_refused_by_name(
    api: Api, name: str, message: dict[str, Any], target: Api
) -> None:
    if api == target:
        return
    body = _hold(api, message)
    lasts = READERS[api](body)[-1].role == "assistant"
    if lasts:  # an answer that is to be continued can be said by messages alone
        body = {**body}
        key = "input" if api == "responses" else "messages"
        body[key] = [*body[key], {"role": "user", "content": "Go on."}]
    refused = REFUSED.get((api, name)) or ONLY.get((api, name, target))
    if refused:
        with pytest.raises(InvalidInput) as error:
            translate_request(body, api, target)
        assert refused in error.value.message
        return
    there = translate_request(body, api, target)
    back = translate_request(there, target, api)
    told = translate_messages(READERS[api](body), target, [])
    assert _express(told) == _express(READERS[target](there)) == _express(READERS[api](back))
    assert _express(told) or name == "empty"


def _express(messages: Iterable[Message]) -> list[Any]:
    """Give what both APIs express: who says what, with which calls and files, however it is parted."""
    return [
        (one.role, one.tool_call_id, _parse(part))
        for one in translate_messages(messages, "messages", [])
        for part in parts_of(one)
    ]


def _parse(part: Part) -> Any:
    """Read the arguments of a call: messages keeps no blanks in them."""
    return (part.id, part.name, json.loads(part.arguments)) if isinstance(part, CallPart) else part


SETTINGS: list[tuple[Api, Api, dict[str, Any], str]] = [
    ("chat", "messages", {"n": 2}, "n"),
    ("chat", "messages", {"seed": 1}, "seed"),
    ("chat", "responses", {"seed": 1}, "seed"),
    ("chat", "responses", {"stop": ["END"]}, "stop"),
    ("chat", "messages", {"logprobs": True}, "logprobs"),
    ("chat", "messages", {"logprobs": True, "top_logprobs": 3}, "top_logprobs"),
    ("chat", "messages", {"logit_bias": {"1": 5}}, "logit_bias"),
    ("chat", "messages", {"frequency_penalty": 0.5}, "frequency_penalty"),
    ("chat", "responses", {"presence_penalty": 0.5}, "presence_penalty"),
    ("chat", "messages", {"modalities": ["text", "audio"], "audio": {"voice": "a"}}, "modalities, audio"),
    ("chat", "messages", {"prediction": {"type": "content", "content": "x"}}, "prediction"),
    ("chat", "messages", {"web_search_options": {"user_location": {}}}, "web_search_options"),
    ("chat", "messages", {"functions": [{"name": "f"}]}, "functions"),
    ("chat", "messages", {"verbosity": "low"}, "verbosity"),
    ("chat", "messages", {"reasoning_effort": "minimal"}, "reasoning_effort 'minimal'"),
    (
        "chat",
        "messages",
        {"response_format": {"type": "json_object"}},
        "response_format of the type json_object",
    ),
    (
        "chat",
        "messages",
        {"tools": [{"type": "custom", "custom": {"name": "x"}}]},
        "tools of the type custom",
    ),
    ("chat", "messages", {"tool_choice": {"type": "allowed_tools"}}, "tool_choice of the type allowed_tools"),
    ("chat", "messages", {"guided_json": {"type": "object"}}, "guided_json"),
    ("responses", "chat", {"previous_response_id": "resp_1"}, "previous_response_id"),
    ("responses", "chat", {"conversation": "conv_1"}, "conversation"),
    ("responses", "chat", {"background": True}, "background"),
    ("responses", "chat", {"prompt": {"id": "pmpt_1"}}, "prompt"),
    ("responses", "chat", {"truncation": "auto"}, "truncation"),
    ("responses", "chat", {"max_tool_calls": 3}, "max_tool_calls"),
    ("responses", "chat", {"include": ["message.output_text.logprobs"]}, "include"),
    ("responses", "messages", {"tools": [{"type": "web_search"}]}, "tools of the type web_search"),
    ("responses", "chat", {"tools": [{"type": "mcp", "server_label": "x"}]}, "tools of the type mcp"),
    ("messages", "chat", {"top_k": 5}, "top_k"),
    ("messages", "responses", {"stop_sequences": ["END"]}, "stop_sequences"),
    ("messages", "chat", {"thinking": {"type": "enabled", "budget_tokens": 2000}}, "thinking"),
    ("messages", "chat", {"mcp_servers": [{"name": "x"}]}, "mcp_servers"),
    ("messages", "chat", {"container": "c"}, "container"),
    ("messages", "chat", {"context_management": {"edits": [1]}}, "context_management"),
    ("messages", "chat", {"output_config": {"effort": "max"}}, "output_config.effort 'max'"),
    (
        "messages",
        "chat",
        {"tools": [{"type": "web_search_20250305", "name": "web_search"}]},
        "tools of the type web_search_20250305",
    ),
    (
        "messages",
        "responses",
        {"tools": [{"name": "f", "input_schema": {"type": "object"}, "input_examples": [{}]}]},
        "tools.input_examples",
    ),
]


@pytest.mark.parametrize(("source", "target", "more", "named"), SETTINGS)
def test_a_setting_that_the_other_api_lacks_is_refused_by_name(
    source: Api, target: Api, more: dict[str, Any], named: str
) -> None:
    with pytest.raises(InvalidInput) as error:
        translate_request({**_hold(source, {"role": "user", "content": "Hi"}), **more}, source, target)
    assert named in error.value.message
    assert "Leave it out" in error.value.hint


SILENT: list[tuple[Api, dict[str, Any]]] = [
    ("chat", {"n": 1, "logprobs": False, "top_logprobs": 0, "frequency_penalty": 0, "presence_penalty": 0.0}),
    ("chat", {"stop": None, "logit_bias": {}, "modalities": ["text"], "response_format": {"type": "text"}}),
    ("chat", {"service_tier": "auto", "prompt_cache_key": "k", "safety_identifier": "s", "store": False}),
    ("chat", {"stream_options": {"include_usage": True}}),
    ("responses", {"truncation": "disabled", "background": False, "include": [], "store": True}),
    ("responses", {"text": {"format": {"type": "text"}}, "reasoning": {"summary": "auto"}}),
    ("responses", {"metadata": {"order": "7"}, "include": ["reasoning.encrypted_content"]}),
    ("messages", {"thinking": {"type": "disabled"}, "service_tier": "auto", "stop_sequences": []}),
]


@pytest.mark.parametrize(("source", "more"), SILENT)
@pytest.mark.parametrize("target", APIS)
def test_a_setting_that_changes_no_answer_is_no_reason_to_refuse(
    source: Api, target: Api, more: dict[str, Any]
) -> None:
    if source != target:
        translated = translate_request(
            {**_hold(source, {"role": "user", "content": "Hi"}), **more}, source, target
        )
        assert translated["model"] == "m"


def test_all_that_is_refused_is_named_at_once() -> None:
    body = {**_hold("chat", {"role": "user", "content": "Hi"}), "n": 2, "seed": 1}
    with pytest.raises(InvalidInput, match="n, seed cannot be translated from chat completions to messages"):
        translate_request(body, "chat", "messages")


def test_a_document_goes_to_each_api_that_takes_it() -> None:
    data = "data:application/pdf;base64,JVBERi0="
    part = {"type": "file", "file": {"filename": "a.pdf", "file_data": data}}
    body = _hold("chat", {"role": "user", "content": [part]})
    [asked] = translate_request(body, "chat", "messages")["messages"]
    source = {"type": "base64", "media_type": "application/pdf", "data": "JVBERi0="}
    assert asked["content"] == [{"type": "document", "source": source, "title": "a.pdf"}]
    [item] = translate_request(body, "chat", "responses")["input"]
    assert item["content"] == [{"type": "input_file", "filename": "a.pdf", "file_data": data}]


def test_the_result_of_a_tool_that_failed_says_so_in_words() -> None:
    result = {"type": "tool_result", "tool_use_id": "t", "content": "gone", "is_error": True}
    body = _hold("messages", {"role": "user", "content": [result]})
    [message] = translate_request(body, "messages", "chat")["messages"]
    assert message == {"role": "tool", "tool_call_id": "t", "content": "Error: gone"}


def test_instructions_that_come_later_are_put_first_for_messages() -> None:
    talk = [
        {"role": "user", "content": "Hi"},
        {"role": "developer", "content": "Be short."},
        {"role": "user", "content": "So?"},
    ]
    asked = translate_request({"model": "m", "messages": talk}, "chat", "messages")
    assert asked["system"] == "Be short."
    assert [one["content"] for one in asked["messages"]] == ["Hi", "So?"]


def test_an_answer_that_is_to_be_continued_is_refused() -> None:
    talk = [{"role": "user", "content": "Hi"}, {"role": "assistant", "content": "{"}]
    with pytest.raises(InvalidInput, match="a last message of the assistant"):
        translate_request({"model": "m", "max_tokens": 5, "messages": talk}, "messages", "chat")


def test_a_limit_of_tokens_is_added_where_the_api_requires_one() -> None:
    asked = translate_request(_hold("chat", {"role": "user", "content": PNG}), "chat", "messages")
    assert asked["max_tokens"] == 4096
