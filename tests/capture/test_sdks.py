"""What arrives of a small application from each real SDK? Its own requests, recorded once, are read again.

The application asks for the weather with one tool; `scripts/sdks/record.py` records it, once with a model
that answers and once with one that its host refuses. docs/reference/sdks.md says the same in words.
"""

import base64
import json
import re
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from msgspec import Struct

from upspiral.capture.otlp import FoldedSpans, decode, fold
from upspiral.domain import Interaction
from upspiral.domain.ids import DEFAULT_WORKSPACE, WorkspaceId

KEPT = Path(__file__).parent / "sdks"
PAGE = Path(__file__).parents[2] / "docs" / "reference" / "sdks.md"
NOW = datetime(2027, 1, 1, tzinfo=UTC)
QUESTION, ANSWER = "What is the weather in Oslo?", "It is 7 degrees in Oslo."
GPT, CLAUDE, GEMINI = "gpt-x-2026", "claude-x-2026", "gemini-x"
REFUSED = "-refused"


class Arrives(Struct, frozen=True, kw_only=True):
    """What an SDK tells beyond what was said and what was called; False or None for what it leaves out."""

    agent: str
    model: str = GPT
    calls: int = 2
    failures: int = 1
    """Interactions for the one call that the host refuses."""
    tools: bool = True
    """The definitions of the tools, with their parameters."""
    sampling: tuple[str, float] | None = ("temperature", 0.5)
    cached: bool = True
    conversation: str | None = None
    """None where it is the trace or made by the SDK."""
    user: str | None = None
    content: bool = True
    """What was asked and answered."""
    call_id: str | None = "call_1"
    result: str | None = None
    """What the tool gave back, joined to its call."""


TALK: dict[str, Any] = {"conversation": "talk", "user": "anna"}
LIMIT = ("max_tokens", 100)
ADK_RESULT = '{"id":"call_1","name":"get_weather","response":{"result":"7 degrees"}}'
SDKS = {
    "openinference": Arrives(agent="shop", **TALK),
    "openllmetry": Arrives(agent="shop"),
    "langfuse": Arrives(agent="helper", **TALK),
    "langsmith": Arrives(agent="helper", **TALK),
    "openai_v2": Arrives(agent="shop", tools=False, cached=False, content=False),
    "litellm": Arrives(agent="shop", cached=False, user="anna", call_id=None),
    "langgraph_openinference": Arrives(agent="shop", conversation="talk"),
    "langgraph_openllmetry": Arrives(agent="LangGraph", conversation="talk"),
    "pydantic_ai": Arrives(agent="helper", sampling=None, result="7 degrees"),
    "openai_agents": Arrives(
        agent="helper", model="gpt-x", tools=False, sampling=None, cached=False, result="7 degrees"
    ),
    "mlflow": Arrives(agent="helper", **TALK),
    "strands": Arrives(agent="helper", model="gpt-x", tools=False, sampling=None, result="7 degrees", **TALK),
    "google_adk": Arrives(
        agent="helper", model=GEMINI, sampling=None, conversation="talk", result='{"result": "7 degrees"}'
    ),
    "google_adk_openinference": Arrives(agent="helper", model=GEMINI, calls=1, result=ADK_RESULT, **TALK),
    "anthropic_sdk": Arrives(agent="shop", model=CLAUDE, tools=False, sampling=LIMIT),
    "anthropic_openinference": Arrives(agent="shop", model=CLAUDE, sampling=LIMIT, **TALK),
    "anthropic_openllmetry": Arrives(agent="shop", model=CLAUDE, sampling=LIMIT, failures=2),
    "ai_sdk": Arrives(agent="helper", result="7 degrees", **TALK),
}


def read_recorded(name: str) -> list[dict[str, Any]]:
    sent: list[dict[str, Any]] = json.loads((KEPT / f"{name}.json").read_text())
    return sent


def fold_recorded(name: str) -> FoldedSpans:
    """Read everything that an SDK has sent to a path of traces."""
    spans = [
        span
        for one in read_recorded(name)
        if one["path"].endswith("/traces")
        for span in decode(base64.b64decode(one["body"]), content_type=one["content_type"])
    ]
    return fold(spans, workspace=WorkspaceId(DEFAULT_WORKSPACE), now=NOW)


def check_arrived(calls: Sequence[Interaction], expected: Arrives) -> None:
    """Hold what became of a talk against a row of the table."""
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
        tools = one.options.tools if one.options else ()
        told = [tool.name for tool in tools if tool.parameters]
        assert told == (["get_weather"] if expected.tools else [])
        sampling = one.options.sampling if one.options else {}
        drawn = [(name, sampling[name]) for name in ("temperature", "max_tokens") if name in sampling]
        assert drawn == [expected.sampling][: bool(expected.sampling)]
        assert one.trainable == expected.content


def check_what_was_said(calls: Sequence[Interaction], expected: Arrives) -> None:
    first, last = calls[0], calls[-1]
    assert {one.question for one in calls} == {QUESTION}
    assert last.answer == ANSWER
    assert [one.role for one in last.messages] == ["system", "user", "assistant", "tool"]
    assert "7 degrees" in last.messages[-1].content
    (asked,) = first.tool_calls
    assert (asked.name, json.loads(asked.arguments)) == ("get_weather", {"city": "Oslo"})
    assert (asked.id, asked.result) == (expected.call_id, expected.result)


@pytest.mark.parametrize("name", SDKS)
def test_what_a_real_sdk_sends_arrives_as_the_table_says(name: str) -> None:
    found = fold_recorded(name)
    assert found.rejected == {}
    check_arrived(sorted(found.interactions, key=lambda one: one.at), SDKS[name])


@pytest.mark.parametrize("name", SDKS)
def test_a_call_that_the_host_refuses_arrives_with_its_error(name: str) -> None:
    found, expected = fold_recorded(name + REFUSED), SDKS[name]
    assert found.rejected == {}
    assert len(found.interactions) == expected.failures
    told = max((one.error or "" for one in found.interactions), key=len)
    assert ("No such model." in told) == (name != "anthropic_sdk")
    for one in found.interactions:
        assert one.error
        assert (one.agent, one.model.endswith("refused"), one.answer) == (expected.agent, True, "")


def test_every_recording_is_a_row_of_the_table_and_of_the_page() -> None:
    recorded = {file.stem for file in KEPT.glob("*.json")}
    assert recorded == {name + end for name in SDKS for end in ("", REFUSED)}
    rows = re.findall(r"^\| `[^|]+<!-- (\w+) -->", PAGE.read_text(encoding="utf-8"), re.MULTILINE)
    assert sorted(rows) == sorted(SDKS)


MACHINE = re.compile(rb"/(?:work|root|home|tmp|Users)/|site-packages")


def test_no_recording_tells_of_the_machine_on_which_it_was_made() -> None:
    for file in KEPT.glob("*.json"):
        for one in read_recorded(file.stem):
            assert not MACHINE.search(base64.b64decode(one["body"]))
