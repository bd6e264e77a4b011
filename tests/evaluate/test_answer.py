"""Are the held-out cases answered whatever the model refuses, and is a refusal of all of them no evidence?"""

import asyncio
from collections.abc import Iterator
from typing import Any

import pytest
from msgspec import structs
from tests.conftest import Maker
from tests.factories import make_example, make_version
from tests.server.scripted import ScriptedProvider, as_json, whole

from upspiral.domain import AgentVersion, Example, ExampleKind
from upspiral.domain.ids import (
    DEFAULT_WORKSPACE,
    AgentId,
    AgentVersionId,
    ExampleId,
    InteractionId,
    MemoryId,
    MemoryItemId,
    ModelVersionId,
)
from upspiral.domain.prompting import MemoryItem
from upspiral.errors import Rejected
from upspiral.evaluate.answer import answers
from upspiral.providers.openai_compatible import OpenAICompatible
from upspiral.providers.retry import Patience


@pytest.fixture
def host() -> Iterator[ScriptedProvider]:
    with ScriptedProvider() as running:
        yield running


def _version(make: Maker) -> AgentVersion:
    return make_version(
        id=AgentVersionId("ver_1"), agent=AgentId("a"), at=make.now, model=ModelVersionId("model_1")
    )


def _example(make: Maker) -> Example:
    return make_example(id=ExampleId(f"ex_{make.tick().isoformat()}"), kind=ExampleKind.REPLAY)


def _ask(host: ScriptedProvider, make: Maker, examples: list[Example]) -> list[str | None]:
    model = OpenAICompatible("m", host.url, "gpt", patience=Patience(1))
    found = asyncio.run(answers(_version(make), model, examples, max_tokens=50, concurrency=4))
    return [None if one is None else one.answer for one in found]


def _refusing(body: dict[str, Any]) -> Any:
    for name in ("temperature", "max_tokens"):
        if name in body:
            error = {"message": f"Unsupported parameter: '{name}'", "param": name}
            return as_json({"error": error}, 400)
    return whole({"content": "ok"})


def test_what_the_model_refuses_costs_no_case_and_no_call_after_the_first_case(
    host: ScriptedProvider, make: Maker
) -> None:
    host.script = _refusing
    examples = [_example(make) for _ in range(6)]
    assert _ask(host, make, examples) == ["ok"] * 6
    assert len(host.bodies) == 2 + 6


def test_a_refusal_of_every_case_is_an_error_that_names_what_was_refused(
    host: ScriptedProvider, make: Maker
) -> None:
    host.script = lambda _body: as_json({"error": {"message": "No access to 'reasoning_level'."}}, 400)
    with pytest.raises(Rejected, match="reasoning_level"):
        _ask(host, make, [_example(make) for _ in range(3)])


def test_a_case_that_alone_is_refused_is_left_out(host: ScriptedProvider, make: Maker) -> None:
    def answer(_body: dict[str, Any]) -> Any:
        flagged = as_json({"error": {"message": "This prompt was flagged."}}, 400)
        return flagged if len(host.bodies) == 2 else whole({"content": "ok"})

    host.script = answer
    assert sorted(map(str, _ask(host, make, [_example(make) for _ in range(3)]))) == ["None", "ok", "ok"]


def test_a_held_out_case_is_shown_what_a_user_would_be_but_nothing_of_its_own_conversation(
    host: ScriptedProvider, make: Maker
) -> None:
    item = MemoryItem(
        id=MemoryItemId("mi_1"),
        workspace=DEFAULT_WORKSPACE,
        memory=MemoryId("mem_1"),
        interaction=InteractionId("int_0"),
        conversation="c",
        question="Where is mine?",
        answer="There.",
        kind=ExampleKind.CORRECTION,
    )

    def recall(version: AgentVersion, question: str, *, apart_from: str | None = None) -> list[MemoryItem]:
        return [item] if (version.memory, apart_from) == (item.memory, "other") else []

    host.script = lambda body: whole({"content": str(len(body["messages"]))})
    version = structs.replace(_version(make), memory=item.memory)
    examples = [_example(make), structs.replace(_example(make), conversation="other")]
    model = OpenAICompatible("m", host.url, "gpt", patience=Patience(1))
    found = asyncio.run(answers(version, model, examples, max_tokens=50, concurrency=4, recall=recall))
    assert [one.answer for one in found if one] == ["1", "3"]
