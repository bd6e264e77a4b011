"""Each tool is tried so that it changes nothing, and what it answers is judged by its kind."""

import asyncio
from typing import Any

import pytest

pytest.importorskip("mcp")

from mcp.types import CallToolResult, TextContent, Tool, ToolAnnotations

from upspiral.cli.checks import tools
from upspiral.cli.checks.tools import NOBODY, make_arguments


def _tool(*required: str, only_reads: bool = True, name: str = "get_agent") -> Tool:
    return Tool(
        name=name,
        input_schema={"type": "object", "required": list(required)},
        annotations=ToolAnnotations(read_only_hint=only_reads),
    )


class Answering:
    """A client whose tools answer as a test says."""

    def __init__(self, text: str, *, is_error: bool = False) -> None:
        self.answer = CallToolResult(content=[TextContent(type="text", text=text)], is_error=is_error)

    async def call_tool(self, name: str, arguments: dict[str, Any]) -> CallToolResult:
        self.called = name, arguments
        return self.answer


def _check(client: Any, tool: Tool) -> tuple[bool, str]:
    found = asyncio.run(tools._check(client, tool))
    assert found.what == f"tool {tool.name}"
    return found.ok, found.detail


def test_every_required_argument_names_nobody() -> None:
    assert make_arguments(_tool("agent", "version")) == {"agent": NOBODY, "version": NOBODY}
    assert make_arguments(_tool()) == {}
    assert make_arguments(_tool(name="give_feedback")) == {"interaction": NOBODY, "thumbs": "up"}


def test_a_tool_that_reads_is_well_when_it_answers_or_finds_nobody() -> None:
    assert _check(Answering("{}"), _tool()) == (True, "answers")
    refused = Answering('{"code":"not_found"}', is_error=True)
    assert _check(refused, _tool("agent"))[0]
    assert refused.called == ("get_agent", {"agent": NOBODY})


def test_a_tool_that_changes_something_for_nobody_is_broken() -> None:
    ok, detail = _check(Answering("{}"), _tool("agent", only_reads=False))
    assert not ok
    assert NOBODY in detail


def test_another_error_is_shown_and_cut() -> None:
    ok, detail = _check(Answering("internal " * 100, is_error=True), _tool())
    assert not ok
    assert len(detail) == 300


def test_an_answer_of_another_type_than_was_promised_is_broken() -> None:
    class Failing:
        async def call_tool(self, _name: str, _arguments: dict[str, Any]) -> CallToolResult:
            raise TypeError("no structured content")

    assert _check(Failing(), _tool()) == (False, "TypeError: no structured content")
