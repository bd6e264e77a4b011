"""What arrives of a small application from each real SDK? Its own requests, recorded once, are read again.

The application asks for the weather with one tool; `scripts/record_sdks.py` records. The table in
docs/reference/sdks.md says the same in words.
"""

import base64
import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from msgspec import Struct

from upspiral.capture.otlp import FoldedSpans, decode, fold
from upspiral.domain import Interaction
from upspiral.domain.ids import DEFAULT_WORKSPACE, WorkspaceId

KEPT = Path(__file__).parent / "sdks"
NOW = datetime(2027, 1, 1, tzinfo=UTC)
QUESTION, ANSWER = "What is the weather in Oslo?", "It is 7 degrees in Oslo."


class Arrives(Struct, frozen=True, kw_only=True):
    """What an SDK tells, beyond what was said and which tool was called; False for what it leaves out."""

    agent: str
    model: str = "gpt-x-2026"
    calls: int = 2
    tools: bool = True
    """The definitions of the tools."""
    sampling: bool = True
    cached: bool = True
    conversation: str | None = None
    """None where it is the trace or made by the SDK."""
    user: str | None = None
    content: bool = True
    """What was asked and answered."""
    result: bool = False
    """What the tool gave back, joined to its call."""


SDKS = {
    "openinference": Arrives(agent="shop", conversation="talk", user="anna"),
    "openllmetry": Arrives(agent="shop"),
    "langfuse": Arrives(agent="helper", conversation="talk", user="anna"),
    "langsmith": Arrives(agent="helper", conversation="talk", user="anna"),
    "openai_v2": Arrives(agent="shop", tools=False, cached=False, content=False),
    "litellm": Arrives(agent="shop", calls=1, tools=False, cached=False),
    "langgraph_openinference": Arrives(agent="shop", conversation="talk"),
    "langgraph_openllmetry": Arrives(agent="LangGraph", conversation="talk"),
    "pydantic_ai": Arrives(agent="helper", sampling=False, result=True),
    "openai_agents": Arrives(
        agent="helper", model="gpt-x", tools=False, sampling=False, cached=False, result=True
    ),
}


def fold_recorded(name: str) -> FoldedSpans:
    """Read everything that an SDK has sent to a path of traces."""
    sent: list[dict[str, Any]] = json.loads((KEPT / f"{name}.json").read_text())
    spans = [
        span
        for one in sent
        if one["path"].endswith("/traces")
        for span in decode(base64.b64decode(one["body"]), content_type=one["content_type"])
    ]
    return fold(spans, workspace=WorkspaceId(DEFAULT_WORKSPACE), now=NOW)


def check_what_was_said(calls: list[Interaction], expected: Arrives) -> None:
    first, last = calls[0], calls[-1]
    assert {one.question for one in calls} == {QUESTION}
    assert last.answer == ANSWER
    if expected.calls == 2:
        assert [one.role for one in last.messages] == ["system", "user", "assistant", "tool"]
        (asked,) = first.tool_calls
        assert (asked.name, json.loads(asked.arguments)) == ("get_weather", {"city": "Oslo"})
        assert (asked.id, asked.result == "7 degrees") == ("call_1", expected.result)


@pytest.mark.parametrize("name", SDKS)
def test_what_a_real_sdk_sends_arrives_as_the_table_says(name: str) -> None:
    expected, found = SDKS[name], fold_recorded(name)
    assert found.rejected == {}
    calls = sorted(found.interactions, key=lambda one: one.at)
    assert len(calls) == expected.calls
    if expected.content:
        check_what_was_said(calls, expected)
    for one in calls:
        assert (one.agent, one.model, one.error) == (expected.agent, expected.model, None)
        assert (one.usage.input_tokens, one.usage.output_tokens) == (20, 8)
        assert one.usage.cache_read_tokens == (4 if expected.cached else 0)
        assert one.end_user == expected.user
        if expected.conversation:
            assert one.conversation == expected.conversation
        options = one.options
        told = [tool.name for tool in options.tools] if options else []
        assert told == (["get_weather"] if expected.tools else [])
        sampling = options.sampling if options else {}
        assert sampling.get("temperature") == (0.5 if expected.sampling else None)
        assert one.trainable == expected.content


def test_every_recording_stands_in_the_table() -> None:
    assert {file.stem for file in KEPT.glob("*.json")} == set(SDKS)
