"""What a request says besides its messages."""

from typing import Any

import pytest

from upspiral.domain.interaction import ToolDefinition
from upspiral.wire.options import read_options, read_tool

SCHEMA = {"type": "object", "properties": {"q": {"type": "string"}}}
TOOL = ToolDefinition(name="look", description="Looks.", parameters=SCHEMA)


@pytest.mark.parametrize(
    "given",
    [
        {"type": "function", "function": {"name": "look", "description": "Looks.", "parameters": SCHEMA}},
        {"type": "function", "name": "look", "description": "Looks.", "parameters": SCHEMA},
        {"name": "look", "description": "Looks.", "input_schema": SCHEMA},
    ],
)
def test_a_tool_is_the_same_in_every_apis_shape(given: dict[str, Any]) -> None:
    assert read_tool(given) == TOOL


def test_a_request_of_nothing_but_messages_has_no_options() -> None:
    assert read_options({"model": "m", "messages": [], "stream": True}, "chat") is None


def test_sampling_tools_and_the_form_of_the_answer_are_kept() -> None:
    form = {"type": "json_object"}
    body = {
        "messages": [],
        "temperature": 0,
        "max_tokens": 5,
        "tools": [{"name": "look"}],
        "response_format": form,
    }
    found = read_options(body, "chat")
    assert found is not None
    assert found.sampling == {"temperature": 0, "max_tokens": 5}
    assert ([tool.name for tool in found.tools], found.response_format) == (["look"], form)


def test_what_no_field_of_ours_holds_is_kept_as_it_came() -> None:
    found = read_options({"messages": [], "provider": {"order": ["x"]}}, "chat")
    assert found is not None
    assert found.extra == {"provider": {"order": ["x"]}}
