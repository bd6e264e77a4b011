import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from upspiral.capture.otlp import FoldedSpans, RawSpan, fold
from upspiral.capture.otlp.metadata import MAX_METADATA
from upspiral.capture.otlp.values import MAX_TEXT
from upspiral.domain import Interaction, Kind, Message, RequestOptions, ToolCall, Usage
from upspiral.domain.feedback import Source
from upspiral.domain.ids import DEFAULT_WORKSPACE, WorkspaceId
from upspiral.domain.span import SpanKind

NOW = datetime(2026, 1, 5, 12, tzinfo=UTC)
START = int((NOW - timedelta(hours=1)).timestamp()) * 10**9
TRACE = "5b8efff798038103d269b633813fc60c"


def said(role: str, content: str) -> str:
    return json.dumps([{"role": role, "parts": [{"type": "text", "content": content}]}])


CHAT: dict[str, Any] = {
    "gen_ai.operation.name": "chat",
    "gen_ai.provider.name": "openai",
    "gen_ai.request.model": "m",
    "gen_ai.response.model": "m-2026",
    "gen_ai.input.messages": said("user", "Where is it?"),
    "gen_ai.output.messages": said("assistant", "Here."),
}


def raw(attributes: dict[str, Any] | None = None, **more: Any) -> RawSpan:
    given: dict[str, Any] = {
        "trace": TRACE, "span": "00000000000000a1", "parent": None, "name": "chat m", "kind": 3,
        "start": START, "end": START + 1_500_000_000, "code": 0, "status": "",
        "attributes": attributes or {}, "events": (),
        "resource": {"service.name": "shop"}, "scope": "", "dropped": 0,
    }  # fmt: skip
    return RawSpan(**{**given, **more})


def folded(*spans: RawSpan) -> FoldedSpans:
    return fold(spans, workspace=DEFAULT_WORKSPACE, now=NOW)


def only(span: RawSpan) -> Interaction:
    found = folded(span)
    assert (len(found.interactions), found.spans, found.rejected) == (1, (), {})
    return found.interactions[0]


def test_a_model_call_becomes_an_interaction() -> None:
    found = only(
        raw(
            CHAT
            | {
                "gen_ai.usage.input_tokens": 60,
                "gen_ai.usage.output_tokens": "100",
                "gen_ai.agent.name": "support",
                "gen_ai.conversation.id": "c1",
                "user.id": "u1",
                "gen_ai.request.temperature": 0.5,
            },
            parent="00000000000000b2",
        )
    )
    assert found == Interaction(
        id=found.id, workspace=DEFAULT_WORKSPACE, agent=found.agent, at=NOW - timedelta(hours=1),
        messages=(Message("user", "Where is it?"),), answer="Here.", model="m-2026", conversation="c1",
        options=RequestOptions(sampling={"temperature": 0.5}),
        trace=TRACE, client_id=found.client_id, end_user="u1", usage=Usage(60, 100), latency_ms=1500.0,
        metadata={
            "otel.span": "00000000000000a1", "otel.parent": "00000000000000b2", "provider": "openai",
            "wanted_model": "m", "gen_ai.request.temperature": "0.5", "resource.service.name": "shop",
        },
    )  # fmt: skip
    assert found.agent == "support"


def test_the_same_span_always_has_the_same_id_but_not_in_another_workspace() -> None:
    first, second = only(raw(CHAT)), only(raw(CHAT))
    assert first == second
    other = fold([raw(CHAT)], workspace=WorkspaceId("other"), now=NOW).interactions[0]
    assert other.id != first.id


def test_a_span_that_comes_twice_in_a_request_counts_once() -> None:
    found = folded(raw(CHAT), raw(CHAT), raw(span="00000000000000a2"), raw(span="00000000000000a2"))
    assert (len(found.interactions), len(found.spans)) == (1, 1)


@pytest.mark.parametrize(
    ("attributes", "agent"),
    [
        ({"gen_ai.agent.name": "a", "upspiral.agent": "b"}, "a"),
        ({"upspiral.agent": "b"}, "b"),
        ({}, "shop"),
    ],
)
def test_the_agent_is_who_is_named_else_the_service(attributes: dict[str, Any], agent: str) -> None:
    assert only(raw(CHAT | attributes)).agent == agent


def test_without_a_service_the_model_is_the_agent() -> None:
    assert only(raw(CHAT, resource={"service.name": "unknown_service:python"})).agent == "m-2026"


OPENINFERENCE: dict[str, Any] = {
    "openinference.span.kind": "LLM",
    "llm.model_name": "m",
    "llm.input_messages.0.message.role": "user",
    "llm.input_messages.0.message.content": "Where is it?",
    "llm.output_messages.0.message.role": "assistant",
    "llm.output_messages.0.message.content": "Here.",
    "llm.token_count.prompt": 6,
    "llm.token_count.completion": 7,
    "input.value": "{}",
    "output.value": "{}",
}
TRACELOOP: dict[str, Any] = {
    "llm.request.type": "chat",
    "gen_ai.request.model": "m",
    "gen_ai.prompt.0.role": "user",
    "gen_ai.prompt.0.content": '[{"type": "text", "text": "Where is it?"}]',
    "gen_ai.completion.0.content": "Here.",
    "gen_ai.usage.prompt_tokens": 6,
    "gen_ai.usage.completion_tokens": 7,
}
PLAIN: dict[str, Any] = {
    "openinference.span.kind": "LLM",
    "llm.model_name": "m",
    "input.value": "Where is it?",
    "output.value": "Here.",
    "llm.token_count.prompt": 6,
    "llm.token_count.completion": 7,
}


@pytest.mark.parametrize("attributes", [OPENINFERENCE, TRACELOOP, PLAIN])
def test_other_conventions_give_the_same_interaction(attributes: dict[str, Any]) -> None:
    found = only(raw(attributes, name="llm"))
    assert (found.messages, found.answer, found.model) == ((Message("user", "Where is it?"),), "Here.", "m")
    assert found.usage == Usage(6, 7)
    assert set(found.metadata) == {"otel.span", "otel.name", "resource.service.name"}


@pytest.mark.parametrize(
    "events",
    [
        [
            ("gen_ai.system.message", {"content": "Be kind."}),
            ("gen_ai.user.message", {"content": "Where is it?"}),
            ("gen_ai.choice", {"index": 0, "finish_reason": "stop", "message": '{"content": "Here."}'}),
        ],
        [
            ("gen_ai.system.message", {"gen_ai.event.content": '{"content": "Be kind."}'}),
            ("gen_ai.user.message", {"gen_ai.event.content": '{"content": "Where is it?"}'}),
            ("gen_ai.choice", {"gen_ai.event.content": '{"message": {"content": "Here."}}'}),
        ],
        [
            (
                "gen_ai.content.prompt",
                {
                    "gen_ai.prompt": '[{"role": "system", "content": "Be kind."},'
                    '{"role": "user", "content": "Where is it?"}]'
                },
            ),
            (
                "gen_ai.content.completion",
                {"gen_ai.completion": '[{"role": "assistant", "content": "Here."}]'},
            ),
        ],
        [
            (
                "gen_ai.client.inference.operation.details",
                {
                    "gen_ai.system_instructions": '[{"type": "text", "content": "Be kind."}]',
                    "gen_ai.input.messages": said("user", "Where is it?"),
                    "gen_ai.output.messages": said("assistant", "Here."),
                },
            )
        ],
    ],
)
def test_messages_may_come_as_events(events: list[tuple[str, dict[str, Any]]]) -> None:
    attributes = {"gen_ai.operation.name": "chat", "gen_ai.request.model": "m"}
    found = only(raw(attributes, events=tuple((name, START, more) for name, more in events)))
    assert found.messages == (Message("system", "Be kind."), Message("user", "Where is it?"))
    assert found.answer == "Here."


def test_a_model_call_without_content_is_kept_with_its_tokens() -> None:
    found = only(
        raw({"gen_ai.operation.name": "chat", "gen_ai.request.model": "m", "gen_ai.usage.input_tokens": 5})
    )
    assert (found.messages, found.answer, found.usage.input_tokens) == ((), "", 5)


@pytest.mark.parametrize("count", [-5, 10**30, "many", float("nan"), [1], True])
def test_token_counts_that_make_no_sense_break_nothing(count: Any) -> None:
    usage = only(raw(CHAT | {"gen_ai.usage.input_tokens": count, "gen_ai.usage.cost": count})).usage
    assert 0 <= usage.input_tokens <= 2**31 - 1
    assert (usage.cost or 0) >= 0


@pytest.mark.parametrize(
    ("more", "error"),
    [
        ({"code": 2, "status": "broken"}, "broken"),
        ({"code": 2}, "error"),
        ({"code": 1}, None),
        ({"attributes": CHAT | {"error.type": "timeout"}}, "timeout"),
        (
            {"attributes": CHAT | {"error.type": "timeout"}, "code": 2, "status": "too slow"},
            "timeout: too slow",
        ),
        (
            {"events": (("exception", START, {"exception.type": "ValueError", "exception.message": "no"}),)},
            "ValueError: no",
        ),
    ],
)
def test_an_error_is_what_status_exception_and_type_say(more: dict[str, Any], error: str | None) -> None:
    assert only(raw(**{"attributes": CHAT, **more})).error == error


def test_what_is_unknown_is_kept_as_text_within_limits() -> None:
    many = {f"k{n}": n for n in range(300)}
    found = only(raw(CHAT | {"long": "x" * 9_000, "list": ["a", 1], "flag": True} | many)).metadata
    assert (len(found["long"]), found["list"], found["flag"]) == (MAX_TEXT, '["a",1]', "true")
    assert len(found) == MAX_METADATA


def test_metadata_of_the_sender_is_unfolded_but_cannot_replace_ours() -> None:
    more = {"metadata": '{"colour": "red", "otel.span": "x"}', "traceloop.association.properties.shop": 3}
    found = only(raw(CHAT | more)).metadata
    assert (found["colour"], found["shop"], found["otel.span"]) == ("red", "3", "00000000000000a1")


def test_a_named_task_makes_it_a_task_and_a_flag_keeps_it_from_training() -> None:
    found = only(raw(CHAT | {"upspiral.task": "refund", "upspiral.trainable": False}))
    assert (found.kind, found.metadata["task"], found.trainable) == (Kind.TASK, "refund", False)


def test_thoughts_and_further_answers_are_no_part_of_the_answer() -> None:
    parts = [{"type": "reasoning", "content": "Hm."}, {"type": "text", "content": "Here."}]
    output = [{"role": "assistant", "parts": parts}, {"role": "assistant", "content": "There."}]
    found = only(raw(CHAT | {"gen_ai.output.messages": json.dumps(output)}))
    assert (found.answer, found.metadata["reasoning"]) == ("Here.", "Hm.")
    assert found.metadata["other_answers"] == '["There."]'


@pytest.mark.parametrize(("ahead", "flagged"), [(timedelta(minutes=5), False), (timedelta(days=400), True)])
def test_a_clock_far_ahead_is_not_believed_and_flagged(ahead: timedelta, flagged: bool) -> None:
    found = only(raw(CHAT, start=int((NOW + ahead).timestamp()) * 10**9))
    assert (found.at == NOW) is flagged
    assert ("otel.clock_ahead" in found.metadata) is flagged


def test_a_span_without_times_happened_now() -> None:
    found = only(raw(CHAT, start=0, end=0))
    assert (found.at, found.latency_ms) == (NOW, 0.0)
    assert only(raw(CHAT, start=2**64 - 1)).at == NOW


@pytest.mark.parametrize(
    ("attributes", "kind"),
    [
        ({"gen_ai.operation.name": "invoke_agent", "gen_ai.request.model": "m"}, SpanKind.AGENT),
        ({"openinference.span.kind": "AGENT", "input.value": "Hi", "llm.model_name": "m"}, SpanKind.AGENT),
        ({"openinference.span.kind": "CHAIN"}, SpanKind.CHAIN),
        ({"openinference.span.kind": "RETRIEVER"}, SpanKind.RETRIEVER),
        ({"gen_ai.operation.name": "embeddings"}, SpanKind.EMBEDDING),
        ({"gen_ai.operation.name": "create_memory", "gen_ai.request.model": "m"}, SpanKind.OTHER),
        ({"traceloop.span.kind": "workflow"}, SpanKind.CHAIN),
        ({"http.request.method": "GET"}, SpanKind.OTHER),
    ],
)
def test_a_span_that_is_no_model_call_is_kept_as_context(attributes: dict[str, Any], kind: SpanKind) -> None:
    found = folded(raw(attributes, parent="00000000000000b2", code=2, status="broken"))
    assert found.interactions == ()
    (span,) = found.spans
    assert (span.kind, span.parent, span.duration_ms, span.error) == (
        kind,
        "00000000000000b2",
        1500.0,
        "broken",
    )
    assert span.attributes.items() >= {k: v for k, v in attributes.items() if isinstance(v, str)}.items()


def asking(span: str, *calls: tuple[str, str], start: int = START, parent: str | None = None) -> RawSpan:
    parts = [{"type": "tool_call", "id": i, "name": n, "arguments": {"q": 1}} for i, n in calls]
    output = json.dumps([{"role": "assistant", "parts": parts}])
    return raw(
        CHAT | {"gen_ai.output.messages": output}, span=span, start=start, end=start + 10, parent=parent
    )


def tool(
    span: str, name: str, result: str, *, start: int, parent: str | None = None, ident: str = ""
) -> RawSpan:
    attributes = {
        "gen_ai.operation.name": "execute_tool",
        "gen_ai.tool.name": name,
        "gen_ai.tool.call.result": result,
    }
    if ident:
        attributes["gen_ai.tool.call.id"] = ident
    return raw(
        attributes, span=span, parent=parent, start=start, end=start + 2_000_000, name=f"execute_tool {name}"
    )


def test_a_tool_joins_the_call_with_its_id_whatever_the_order() -> None:
    asked = asking("00000000000000a1", ("c1", "find"), ("c2", "find"))
    tools = [
        tool("00000000000000b2", "find", "two", start=START + 20, ident="c2"),
        tool("00000000000000b1", "find", "one", start=START + 30, ident="c1"),
    ]
    for spans in ([asked, *tools], [*tools, asked]):
        found = folded(*spans)
        (interaction,) = found.interactions
        assert interaction.tool_calls == (
            ToolCall(name="find", arguments='{"q":1}', id="c1", result="one", duration_ms=2.0),
            ToolCall(name="find", arguments='{"q":1}', id="c2", result="two", duration_ms=2.0),
        )
        assert [(s.kind, s.interaction) for s in found.spans] == [(SpanKind.TOOL, interaction.id)] * 2


def test_a_tool_without_an_id_joins_the_latest_call_before_it_under_the_same_parent() -> None:
    root = "00000000000000ff"
    found = folded(
        asking("00000000000000a2", ("c2", "find"), start=START + 1000, parent=root),
        asking("00000000000000a1", ("c1", "find"), start=START, parent=root),
        tool("00000000000000b1", "find", "one", start=START + 20, parent=root),
        tool("00000000000000b2", "find", "two", start=START + 1020, parent=root),
        tool("00000000000000b3", "find", "elsewhere", start=START + 1030, parent="00000000000000ee"),
    )
    assert [i.tool_calls[0].result for i in found.interactions] == ["two", "one"]
    assert found.spans[2].interaction is None


def test_a_tool_of_another_trace_is_not_joined() -> None:
    stray = tool("00000000000000b1", "find", "x", start=START + 20, ident="c1")
    moved = RawSpan(**{f: getattr(stray, f) for f in stray.__struct_fields__} | {"trace": "1" * 32})
    found = folded(asking("00000000000000a1", ("c1", "find")), moved)
    assert found.interactions[0].tool_calls == (ToolCall(name="find", arguments='{"q":1}', id="c1"),)


def test_a_tool_that_ran_inside_the_model_call_belongs_to_it() -> None:
    inside = tool("00000000000000b1", "find", "x", start=START + 20, parent="00000000000000a1")
    (interaction,) = folded(raw(CHAT), inside).interactions
    assert interaction.tool_calls == (ToolCall(name="find", result="x", duration_ms=2.0),)


def evaluation(**more: Any) -> tuple[str, int, dict[str, Any]]:
    return "gen_ai.evaluation.result", START, {f"gen_ai.{k.replace('__', '.')}": v for k, v in more.items()}


@pytest.mark.parametrize(
    ("given", "score", "label"),
    [
        ({"evaluation__score__value": 0.3, "evaluation__score__label": "fail"}, 0.3, "fail"),
        ({"evaluation__score__value": 0.7, "evaluation__score__label": "fail"}, 0.0, "fail"),
        ({"evaluation__score__value": 2, "evaluation__score__label": "poor"}, 0.0, "poor"),
        ({"evaluation__score__value": 4.0}, None, "4"),
        ({"evaluation__score__value": -1}, None, "-1"),
        ({"evaluation__score__value": float("nan"), "evaluation__score__label": "Pass"}, 1.0, "Pass"),
        ({"evaluation__score__label": "fail"}, 0.0, "fail"),
        ({"evaluation__score__label": "relevant"}, None, "relevant"),
    ],
)
def test_an_evaluation_becomes_feedback(
    given: dict[str, Any], score: float | None, label: str | None
) -> None:
    event = evaluation(evaluation__name="Relevance", evaluation__explanation="Because.", **given)
    found = folded(raw(CHAT, events=(event,)))
    (signal,) = found.feedback
    assert (signal.interaction, signal.score, signal.label) == (found.interactions[0].id, score, label)
    assert (signal.source, signal.rater, signal.comment) == (Source.JUDGE, "Relevance", "Because.")
    assert folded(raw(CHAT, events=(event,))).feedback == found.feedback


def test_an_evaluation_elsewhere_finds_its_answer_by_the_response_id_or_its_parent() -> None:
    named = evaluation(response__id="r1", evaluation__score__value=1.0)
    found = folded(
        raw(CHAT | {"gen_ai.response.id": "r1"}),
        raw({"gen_ai.operation.name": "evaluate"}, span="00000000000000c1", events=(named,)),
        raw(span="00000000000000c2", parent="00000000000000a1", events=(evaluation(evaluation__name="x"),)),
        raw(span="00000000000000c3", events=(evaluation(evaluation__name="nobody"),)),
    )
    assert [f.interaction for f in found.feedback] == [found.interactions[0].id] * 2
    assert len({f.id for f in found.feedback}) == 2
    assert "nobody" in str(found.spans[2].attributes)


def test_only_a_check_by_code_counts_as_a_verifier() -> None:
    name, at, more = evaluation(evaluation__score__value=1.0)
    found = folded(raw(CHAT, events=((name, at, more | {"upspiral.evaluation.source": "code"}),)))
    assert found.feedback[0].source is Source.VERIFIER


@pytest.mark.parametrize(
    "ids",
    [
        {"trace": ""},
        {"trace": "0" * 32},
        {"span": "0" * 16},
        {"span": "a1"},
        {"trace": "g" * 32},
        {"trace": "A" * 32},
    ],
)
def test_a_span_without_valid_ids_is_rejected_and_the_others_go_on(ids: dict[str, str]) -> None:
    found = folded(raw(CHAT, **ids), raw(CHAT))
    assert (sum(found.rejected.values()), len(found.interactions)) == (1, 1)


values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20) | st.binary(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=6,
)
names = st.sampled_from([
    *CHAT, *OPENINFERENCE, *TRACELOOP, "metadata", "gen_ai.tool.call.id", "gen_ai.tool.name", "error.type",
    "gen_ai.prompt.0.tool_calls.0.name", "llm.output_messages.0.message.contents.x", "gen_ai.agent.name",
    "gen_ai.system_instructions", "gen_ai.evaluation.score.value", "gen_ai.event.content", "message",
    "tool_calls", "session.id",
])  # fmt: skip
shapes = values | st.builds(
    lambda parts: json.dumps([{"role": "assistant", "parts": parts}], default=str),
    st.lists(st.fixed_dictionaries({"type": st.sampled_from(["text", "tool_call", "reasoning"])}, optional={
        "content": values, "id": values, "name": values, "arguments": values}), max_size=2),
)  # fmt: skip
bags = st.dictionaries(names, shapes, max_size=6)
happenings = st.tuples(
    st.sampled_from(["gen_ai.choice", "gen_ai.user.message", "gen_ai.evaluation.result", "exception", "x",
                     "gen_ai.content.prompt"]), st.integers(0, 2**64 - 1), bags,
)  # fmt: skip
kinds = st.sampled_from([{}, {"gen_ai.operation.name": "chat"}, {"openinference.span.kind": "TOOL"}])


@pytest.mark.long
@given(
    spans=st.lists(
        st.tuples(bags, kinds, st.lists(happenings, max_size=2), st.integers(0, 2**64 - 1)), max_size=4
    )
)
@settings(max_examples=300, deadline=None)
def test_whatever_attributes_hold_each_span_becomes_one_noun(spans: list[Any]) -> None:
    raws = [
        raw(bag | kind, span=f"{n + 1:016x}", parent=f"{n:016x}", start=start, events=tuple(events))
        for n, (bag, kind, events, start) in enumerate(spans)
    ]
    found = folded(*raws)
    assert len(found.interactions) + len(found.spans) == len(raws)
    for interaction in found.interactions:
        assert all(
            isinstance(v, str)
            for v in (interaction.answer, interaction.agent, *interaction.metadata.values())
        )
        assert all(isinstance(m.content, str) and isinstance(m.role, str) for m in interaction.messages)
        assert all(isinstance(c.arguments, str) and isinstance(c.name, str) for c in interaction.tool_calls)
