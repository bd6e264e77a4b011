"""Is a recorded request asked again with its tools, whatever API it came by, and with nothing that is run?"""

from typing import Any

import pytest

from upspiral.wire.options import read_options
from upspiral.wire.translate.apis import Api
from upspiral.wire.translate.recorded import is_run_by_host, repeat_options

SCHEMA = {"type": "object", "properties": {"q": {"type": "string"}}}
FORM = {"type": "object", "properties": {"a": {"type": "string"}}}
CHAT_TOOL = {"type": "function", "function": {"name": "find", "description": "Finds.", "parameters": SCHEMA}}
REQUESTS: dict[Api, dict[str, Any]] = {
    "chat": {
        "tools": [CHAT_TOOL],
        "tool_choice": {"type": "function", "function": {"name": "find"}},
        "response_format": {"type": "json_schema", "json_schema": {"name": "answer", "schema": FORM}},
        "parallel_tool_calls": False,
    },
    "responses": {
        "tools": [{"type": "function", "name": "find", "description": "Finds.", "parameters": SCHEMA}],
        "tool_choice": {"type": "function", "name": "find"},
        "text": {"format": {"type": "json_schema", "name": "answer", "schema": FORM}},
        "parallel_tool_calls": False,
    },
    "messages": {
        "tools": [{"name": "find", "description": "Finds.", "input_schema": SCHEMA}],
        "tool_choice": {"type": "tool", "name": "find", "disable_parallel_tool_use": True},
        "output_config": {"format": {"type": "json_schema", "schema": FORM}},
    },
}


@pytest.mark.parametrize("api", REQUESTS)
def test_tools_choice_and_form_are_the_same_from_every_api(api: Api) -> None:
    told = {"model": "m", "temperature": 1, "max_tokens": 9, "seed": 4, **REQUESTS[api]}
    written = repeat_options(read_options(told, api))
    (tool,) = written["tools"]
    assert {name: tool["function"][name] for name in ("name", "description", "parameters")} == CHAT_TOOL[
        "function"
    ]
    assert written["tool_choice"] == {"type": "function", "function": {"name": "find"}}
    assert written["response_format"]["json_schema"]["schema"] == FORM
    assert written["parallel_tool_calls"] is False
    assert not {"temperature", "max_tokens", "seed", "model"} & written.keys()


@pytest.mark.parametrize(
    ("api", "body"),
    [
        ("responses", {"tools": [{"type": "web_search"}]}),
        ("responses", {"tools": [{"type": "mcp", "server_url": "https://x"}]}),
        ("responses", {"tools": [{"type": "code_interpreter", "container": {"type": "auto"}}]}),
        ("messages", {"tools": [{"type": "web_search_20250305", "name": "web_search"}]}),
        ("messages", {"tools": [{"type": "code_execution_20250522", "name": "code_execution"}]}),
        ("messages", {"mcp_servers": [{"type": "url", "url": "https://x", "name": "x"}]}),
        ("chat", {"web_search_options": {}}),
        ("chat", {"tools": [{"type": "openrouter:web_search"}]}),
    ],
)
def test_what_a_host_would_run_is_known_and_never_asked_for(api: Api, body: dict[str, Any]) -> None:
    options = read_options({"model": "m", **body}, api)
    assert is_run_by_host(options)
    assert repeat_options(options) == {}


def test_a_request_without_any_of_this_adds_nothing() -> None:
    assert repeat_options(None) == {}
    assert repeat_options(read_options({"model": "m", "temperature": 0}, "chat")) == {}
    assert not is_run_by_host(read_options({"model": "m", **REQUESTS["messages"]}, "messages"))
