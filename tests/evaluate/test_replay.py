"""Is a case of a tool agent asked with its tools, answered by what they gave before, and is nothing run?"""

import asyncio
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.conftest import Maker
from tests.curate.night import SUPPORT
from tests.factories import make_version
from tests.server.scripted import ScriptedProvider, whole

from upspiral.curate.tool_messages import record_tool_messages
from upspiral.domain import (
    AgentVersion,
    Dataset,
    Example,
    ExampleKind,
    Message,
    RequestOptions,
    Split,
    ToolCall,
)
from upspiral.domain.ids import DEFAULT_WORKSPACE, AgentVersionId, DatasetId, ExampleId, ModelVersionId
from upspiral.domain.interaction import ToolDefinition
from upspiral.domain.message import CallPart
from upspiral.evaluate import CaseSet, EvaluateSettings, Side, compare
from upspiral.evaluate.answer import answers
from upspiral.evaluate.replay import Replay, score_replay, start_replay, take
from upspiral.providers.base import Completion
from upspiral.providers.openai_compatible import OpenAICompatible
from upspiral.providers.retry import Patience
from upspiral.scorers import Exact
from upspiral.store import Store

SCHEMA = {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]}
WEATHER = ToolDefinition(name="weather", parameters=SCHEMA)
WRITE = ToolDefinition(name="write_file", parameters={"type": "object"})
ASKED = (Message("system", "Be short."), Message("user", "Paris and Rome?"))
PARIS, ROME = ('{"city": "Paris"}', '{"city": "Rome"}')


def _calling(*calls: tuple[str, str]) -> Message:
    parts = tuple(CallPart(name="weather", arguments=arguments, id=name) for name, arguments in calls)
    return Message("assistant", "", parts)


TURN = (
    _calling(("a", PARIS), ("b", ROME)),
    Message("tool", "rain", tool_call_id="b"),
    Message("tool", "sun", tool_call_id="a"),
)


@pytest.fixture
def host() -> Iterator[ScriptedProvider]:
    with ScriptedProvider() as running:
        yield running


def _example(number: int = 0, **more: Any) -> Example:
    given: dict[str, Any] = {
        "id": ExampleId(f"ex_{number}"),
        "workspace": DEFAULT_WORKSPACE,
        "dataset": DatasetId("ds"),
        "interaction": f"int_{number}",
        "conversation": f"c{number}",
        "kind": ExampleKind.REPLAY,
        "split": Split.HELDOUT,
        "messages": (*ASKED, *TURN),
        "options": RequestOptions(api="chat", tools=(WEATHER, WRITE), tool_choice="auto"),
        "answer": "Sun, then rain.",
    }
    return Example(**{**given, **more})


def _version(make: Maker, ident: str = "ver_1") -> AgentVersion:
    return make_version(
        id=AgentVersionId(ident),
        agent=SUPPORT,
        at=make.now,
        model=ModelVersionId("m"),
        instructions="Use tools.",
    )


def _said(*calls: tuple[str, str], answer: str = "", tool: str = "weather") -> Completion:
    made = tuple(ToolCall(name=tool, arguments=arguments, id=name) for name, arguments in calls)
    return Completion(answer=answer, model="m", tool_calls=made)


def _walk(example: Example, *said: Completion) -> Replay:
    replay = start_replay(example)
    for one in said:
        assert not replay.is_over
        replay = take(replay, one)
    return replay


def _value(example: Example, replay: Replay) -> float:
    assert replay.is_over
    return score_replay(example, replay, scorer=Exact()).value


def test_the_case_goes_back_to_the_user_and_its_own_calls_and_answer_agree() -> None:
    example = _example()
    assert start_replay(example).messages == ASKED
    replay = _walk(example, _said(("x", ROME), ("y", PARIS)), _said(answer="Sun, then rain."))
    assert [(one.role, one.content, one.tool_call_id) for one in replay.messages[3:]] == [
        ("tool", "rain", "x"),
        ("tool", "sun", "y"),
    ]
    assert _value(example, replay) == 1.0


def test_calls_one_after_the_other_get_the_same_results() -> None:
    example = _example()
    replay = _walk(example, _said(("x", PARIS)), _said(("y", ROME)), _said(answer="sun then rain"))
    assert _value(example, replay) == 1.0


@pytest.mark.parametrize(
    "said",
    [
        [_said(("x", '{"city": "Oslo"}'))],
        [_said(("x", PARIS), ("y", '{"city": 5}'))],
        [_said(("x", PARIS), tool="wether")],
        [_said(("x", PARIS)), _said(("x", PARIS))],
        [_said(("x", "Paris"))],
        [_said(("x", "{}"), tool="write_file")],
        [_said(("x", PARIS)), _said(answer="Sun, then rain.")],
        [_said(answer="Sun, then rain.")],
        [_said(("x", PARIS), ("y", ROME)), _said(answer="Rain.")],
    ],
    ids=[
        "invented",
        "schema",
        "unknown",
        "twice",
        "text",
        "other tool",
        "too few",
        "none",
        "other answer",
    ],
)
def test_every_planted_fault_is_wrong(said: list[Completion]) -> None:
    example = _example()
    assert _value(example, _walk(example, *said)) < 0.7


def test_of_a_failure_the_answer_alone_counts_and_a_call_that_nobody_made_is_wrong() -> None:
    example = _example(kind=ExampleKind.CORRECTION)
    assert _value(example, _walk(example, _said(("x", PARIS)), _said(answer="sun then rain"))) == 1.0
    assert _value(example, _walk(example, _said(answer="Sun, then rain."))) == 1.0
    assert _value(example, _walk(example, _said(("x", '{"city": "Oslo"}')))) == 0.0


def test_a_case_whose_answer_was_a_call_ends_there_and_the_call_is_scored() -> None:
    example = _example(messages=ASKED, tool_messages=TURN[:1], answer="")
    assert _value(example, _walk(example, _said(("x", PARIS), ("y", ROME)))) == 1.0
    assert _value(example, _walk(example, _said(("x", PARIS)))) < 0.7
    assert _value(example, _walk(example, _said(answer="Sunny!"))) < 0.7


def test_an_earlier_turn_of_the_user_stays_as_it_was() -> None:
    later = (*ASKED, *TURN, Message("assistant", "Sun, then rain."), Message("user", "And Oslo?"))
    example = _example(messages=later, answer="Snow.")
    assert start_replay(example).messages == later
    assert _value(example, _walk(example, _said(answer="snow"))) == 1.0
    assert _value(example, _walk(example, _said(("x", PARIS)))) < 0.7


def test_where_the_tools_were_not_recorded_their_results_stay_before_the_model() -> None:
    example = _example(options=None, messages=ASKED, tool_messages=TURN)
    assert start_replay(example).messages == (*ASKED, *TURN)
    assert _value(example, _walk(example, _said(answer="sun then rain"))) == 1.0


def test_calls_that_an_interaction_records_beside_its_answer_replay_too(make: Maker) -> None:
    calls = (
        ToolCall(name="weather", arguments=PARIS, result="sun"),
        ToolCall(name="weather", arguments=ROME, error="timed out"),
    )
    turn = make.interaction("Paris and Rome?", "Sun.", tool_calls=calls)
    example = _example(messages=turn.messages, tool_messages=record_tool_messages(turn), answer="Sun.")
    replay = _walk(example, _said(("x", PARIS), ("y", ROME)), _said(answer="Sun."))
    assert [one.content for one in replay.messages[-2:]] == ["sun", "timed out"]
    assert _value(example, replay) == 1.0


def test_the_host_is_asked_with_the_tools_and_the_results_and_no_file_is_written(
    host: ScriptedProvider, make: Maker, tmp_path: Path
) -> None:
    target = tmp_path / "report.txt"
    arguments = json.dumps({"path": str(target), "text": "x"})
    called = Message("assistant", "", (CallPart(name="write_file", arguments=arguments, id="w"),))
    example = _example(
        messages=(*ASKED, called, Message("tool", "written", tool_call_id="w")), answer="It is written."
    )

    def answer(body: dict[str, Any]) -> Any:
        if body["messages"][-1]["role"] == "tool":
            return whole({"content": "It is written."})
        function = {"name": "write_file", "arguments": arguments}
        return whole({"content": None, "tool_calls": [{"id": "n", "type": "function", "function": function}]})

    host.script = answer
    model = OpenAICompatible("m", host.url, "gpt", patience=Patience(1))
    (replay,) = asyncio.run(answers(_version(make), model, [example], max_tokens=9, concurrency=2))
    assert replay is not None
    assert _value(example, replay) == 1.0
    assert not target.exists()
    first, second = host.bodies
    assert [one["function"]["name"] for one in first["tools"]] == ["weather", "write_file"]
    assert first["tools"][0]["function"]["parameters"] == SCHEMA
    assert [one["role"] for one in first["messages"]] == ["system", "system", "user"]
    assert second["messages"][-1] == {"role": "tool", "content": "written", "tool_call_id": "n"}
    assert second["messages"][-2]["tool_calls"][0]["id"] == "n"
    assert second["tools"] == first["tools"]
    keys = [one["idempotency-key"] for one in host.headers]
    assert len(set(keys)) == 2


def test_a_model_that_had_to_call_a_tool_may_answer_once_it_has(host: ScriptedProvider, make: Maker) -> None:
    options = RequestOptions(api="chat", tools=(WEATHER,), tool_choice="required")
    example = _example(options=options)

    def answer(body: dict[str, Any]) -> Any:
        if body["tool_choice"] != "required":
            return whole({"content": "Sun, then rain."})
        arguments = ROME if body["messages"][-1]["role"] == "tool" else PARIS
        call = {"id": "n", "type": "function", "function": {"name": "weather", "arguments": arguments}}
        return whole({"content": None, "tool_calls": [call]})

    host.script = answer
    model = OpenAICompatible("m", host.url, "gpt", patience=Patience(1))
    (replay,) = asyncio.run(answers(_version(make), model, [example], max_tokens=9, concurrency=1))
    assert replay is not None
    assert _value(example, replay) == 1.0
    assert [body["tool_choice"] for body in host.bodies] == ["required", "required", "auto"]


def test_a_candidate_that_makes_up_what_it_should_look_up_loses_the_comparison(
    host: ScriptedProvider, make: Maker, any_store: Store
) -> None:
    cases = [_example(n) for n in range(12)]
    any_store.examples.insert_ignore(*cases)
    dataset = Dataset(
        id=DatasetId("ds"),
        workspace=DEFAULT_WORKSPACE,
        agent=SUPPORT,
        at=make.now,
        sha256="",
        train=0,
        heldout=len(cases),
    )
    any_store.datasets.add(dataset)
    assert any_store.examples.of(DEFAULT_WORKSPACE, dataset.id, Split.HELDOUT)[0] == cases[0]

    def answer(body: dict[str, Any]) -> Any:
        if body["model"] == "inventor" or body["messages"][-1]["role"] == "tool":
            return whole({"content": "Sun, then rain."})
        calls = [
            {"id": name, "type": "function", "function": {"name": "weather", "arguments": arguments}}
            for name, arguments in (("1", ROME), ("2", PARIS))
        ]
        return whole({"content": None, "tool_calls": calls})

    host.script = answer
    models = [OpenAICompatible(name, host.url, name, patience=Patience(1)) for name in ("inventor", "agent")]
    report = asyncio.run(
        compare(
            any_store,
            candidate=Side(_version(make, "ver_2"), models[0]),
            incumbent=Side(_version(make, "ver_1"), models[1]),
            cases=CaseSet(dataset),
            scorer=Exact(),
            cycle=None,
            settings=EvaluateSettings(),
            now=make.now,
        )
    )
    assert (report.overall.wins, report.overall.losses) == (0, 12)
    assert report.overall.incumbent_rate == 1.0
