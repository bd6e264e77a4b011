"""Do the spans that SDKs really send become what they tell of?"""

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from upspiral.capture.late_tools import join_tools
from upspiral.capture.otlp import FoldedSpans, fold
from upspiral.capture.otlp.decode import RawSpan, to_nanoseconds
from upspiral.capture.record import record
from upspiral.domain.ids import DEFAULT_WORKSPACE, WorkspaceId
from upspiral.store import Store

NOW = datetime(2026, 1, 5, 12, tzinfo=UTC)
START = int(NOW.timestamp()) * 10**9
TRACE = "1" * 32
CHAT: dict[str, Any] = {"gen_ai.operation.name": "chat", "gen_ai.request.model": "m"}
HI = json.dumps([{"role": "user", "content": "Hi"}])
SAID = CHAT | {"gen_ai.input.messages": HI, "gen_ai.output.messages": json.dumps([{"content": "Hello"}])}


def span(attributes: dict[str, Any], ident: str = "a1", **more: Any) -> RawSpan:
    fields: dict[str, Any] = {
        "trace": TRACE,
        "span": ident.zfill(16),
        "parent": None,
        "name": "chat m",
        "kind": 3,
        "start": START,
        "end": START + 10**9,
        "code": 0,
        "status": "",
        "events": (),
        "resource": {"service.name": "shop"},
        "scope": "",
        "dropped": 0,
    }
    return RawSpan(attributes=attributes, **{**fields, **more})


def folded(*spans: RawSpan) -> FoldedSpans:
    return fold(spans, workspace=WorkspaceId(DEFAULT_WORKSPACE), now=NOW)


LANGFUSE = {
    "langfuse.observation.type": "generation",
    "langfuse.observation.model.name": "m",
    "langfuse.observation.input": HI,
    "langfuse.observation.output": json.dumps({"role": "assistant", "content": "Hello"}),
    "langfuse.observation.usage_details": json.dumps({"input": 3, "input_cached_tokens": 4, "output": 2}),
    "langfuse.observation.cost_details": json.dumps({"input": 0.1, "output": 0.2, "total": 0.3}),
    "langfuse.observation.model.parameters": json.dumps({"temperature": 0.5}),
    "langfuse.trace.name": "helper",
    "session.id": "s",
    "user.id": "u",
}
AI_SDK = {
    "ai.operationId": "ai.generateText.doGenerate",
    "ai.model.id": "m",
    "ai.prompt.messages": json.dumps([{"role": "user", "content": [{"type": "text", "text": "Hi"}]}]),
    "ai.response.text": "Hello",
    "ai.usage.promptTokens": 7,
    "ai.usage.completionTokens": 2,
    "ai.telemetry.functionId": "helper",
    "ai.telemetry.metadata.sessionId": "s",
    "ai.telemetry.metadata.userId": "u",
}
LANGSMITH = SAID | {
    "langsmith.trace.name": "helper",
    "langsmith.metadata.session_id": "s",
    "langsmith.metadata.user_id": "u",
    "gen_ai.usage.input_tokens": 7,
    "gen_ai.usage.output_tokens": 2,
}


@pytest.mark.parametrize("sent", [LANGFUSE, AI_SDK, LANGSMITH], ids=["Langfuse", "AI SDK", "LangSmith"])
def test_a_call_of_each_sdk_is_one_interaction_with_all_of_it(sent: dict[str, Any]) -> None:
    (one,) = folded(span(sent)).interactions
    assert [(m.role, m.content) for m in one.messages] == [("user", "Hi")]
    assert (one.answer, one.model, one.agent) == ("Hello", "m", "helper")
    assert (one.conversation, one.end_user) == ("s", "u")
    assert (one.usage.input_tokens, one.usage.output_tokens) == (7, 2)


def test_costs_cached_tokens_and_sampling_of_langfuse_are_kept() -> None:
    (one,) = folded(span(LANGFUSE)).interactions
    assert (one.usage.cost, one.usage.cache_read_tokens) == (0.3, 4)
    assert one.options is not None
    assert one.options.sampling == {"temperature": 0.5}


def test_tools_that_the_ai_sdk_calls_are_kept() -> None:
    calls = json.dumps([{"toolCallId": "c", "toolName": "look", "input": {"q": 1}}])
    (one,) = folded(span(AI_SDK | {"ai.response.toolCalls": calls})).interactions
    assert [(c.name, c.arguments, c.id) for c in one.tool_calls] == [("look", '{"q":1}', "c")]


def test_messages_of_bedrock_without_types_are_read() -> None:
    asked = ("gen_ai.user.message", START, {"content": json.dumps([{"text": "Weather?"}])})
    use = {"toolUse": {"toolUseId": "t", "name": "get_weather", "input": {"city": "Oslo"}}}
    said = ("gen_ai.choice", START, {"message": json.dumps([{"text": "Looking."}, use])})
    (one,) = folded(span(CHAT, events=(asked, said))).interactions
    assert (one.messages[0].content, one.answer) == ("Weather?", "Looking.")
    assert [c.name for c in one.tool_calls] == ["get_weather"]


def test_a_call_learns_agent_conversation_and_user_from_the_nearest_span_around_it() -> None:
    far = span({"gen_ai.operation.name": "invoke_agent", "gen_ai.agent.name": "far", "user.id": "u"}, "f1")
    near = span({"gen_ai.agent.name": "near", "gen_ai.conversation.id": "c"}, "b1", parent="f1".zfill(16))
    (one,) = folded(span(SAID, parent="b1".zfill(16)), near, far).interactions
    assert (one.agent, one.conversation, one.end_user) == ("near", "c", "u")


def test_what_the_gateway_recorded_is_not_recorded_again() -> None:
    found = folded(span(SAID | {"gen_ai.response.id": "int_019b76daa800629f6fbed82c07cd"}))
    assert (found.interactions, len(found.spans)) == ((), 1)


def test_one_call_that_two_instruments_tell_of_is_one_interaction() -> None:
    less = span(CHAT | {"gen_ai.response.id": "r1"}, "a1")
    more = span(SAID | {"gen_ai.response.id": "r1"}, "a2")
    for order in ((less, more), (more, less)):
        (one,) = folded(*order).interactions
        assert one.answer == "Hello"


def test_a_call_without_content_cannot_teach_and_says_why() -> None:
    (one,) = folded(span(CHAT | {"gen_ai.usage.input_tokens": 3})).interactions
    assert (one.trainable, one.metadata["content"]) == (False, "not captured")


@pytest.mark.parametrize("reasons", ["length", '["content_filter"]', ["max_tokens"]])
def test_an_answer_that_was_cut_cannot_teach_and_says_why(reasons: Any) -> None:
    (one,) = folded(span(SAID | {"gen_ai.response.finish_reasons": reasons})).interactions
    assert (one.trainable, one.metadata["finish_reason"] in str(reasons)) == (False, True)


@pytest.mark.parametrize("unit", [1, 10**3, 10**6, 10**9])
def test_times_in_any_unit_are_taken_for_what_they_are(unit: int) -> None:
    assert to_nanoseconds(START // unit) // 10**9 == START // 10**9


@pytest.mark.parametrize("error", [None, "it broke"])
def test_a_tool_that_ends_a_request_later_is_joined_and_its_failure_counted(
    any_store: Store, error: str | None
) -> None:
    any_store.workspaces.ensure(DEFAULT_WORKSPACE, NOW)
    call = {"type": "tool_call", "id": "c1", "name": "look", "arguments": {}}
    asked = span(CHAT | {"gen_ai.output.messages": json.dumps([{"role": "assistant", "parts": [call]}])})
    record(any_store, *folded(asked).interactions, now=NOW)
    tool = {"gen_ai.operation.name": "execute_tool", "gen_ai.tool.name": "look", "gen_ai.tool.call.id": "c1"}
    failed = {"code": 2, "status": error} if error else {}
    late = folded(span(tool | {"gen_ai.tool.call.result": "3 degrees"}, "b1", **failed)).late
    assert join_tools(any_store, DEFAULT_WORKSPACE, late) == 1
    assert join_tools(any_store, DEFAULT_WORKSPACE, late) == 0  # sent again, it changes nothing
    (kept,) = any_store.interactions.latest(DEFAULT_WORKSPACE)
    (done,) = kept.tool_calls
    assert (done.result, done.error, done.duration_ms) == ("3 degrees", error, 1000.0)
    (counted,) = any_store.tool_rollups.sums(DEFAULT_WORKSPACE, "tool", None)
    assert (counted["calls"], counted["errors"]) == (1, int(error is not None))


def test_a_recommendation_named_on_a_span_is_what_the_last_model_call_within_it_said() -> None:
    named = {"upspiral.recommendation.type": "budget", "upspiral.recommendation.confidence": 0.8}
    around = span({"gen_ai.operation.name": "invoke_agent", **named}, "f1")
    first = span(SAID, "b1", parent="f1".zfill(16))
    last = span(SAID, "b2", parent="f1".zfill(16), start=START + 1)
    noted = [one.metadata for one in folded(around, last, first).interactions]
    assert [one.get("recommendation") for one in noted] == ["budget", None]
    assert noted[0]["confidence"] == "0.8"


def test_a_recommendation_named_on_the_model_call_itself_is_its_own() -> None:
    (one,) = folded(span(SAID | {"upspiral.recommendation.type": "budget"})).interactions
    assert one.metadata["recommendation"] == "budget"
