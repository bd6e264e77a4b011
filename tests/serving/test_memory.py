"""What a memory holds stands before the request in every API, and is written down with it."""

import asyncio
from typing import Any

import pytest
from tests.conftest import START
from tests.serving.house import House

from upspiral.domain import ExampleKind
from upspiral.domain.ids import DEFAULT_WORKSPACE, AgentId, InteractionId, MemoryId, MemoryItemId
from upspiral.domain.prompting import Memory, MemoryItem
from upspiral.domain.prompting.memory import freeze_memory
from upspiral.testing import FakeProvider

pytestmark = pytest.mark.anyio
QUESTION, ANSWER = "Can I return the lamp?", "Within 30 days."
ASKED = "May I return this lamp?"
TALK = [
    {"role": "user", "content": "Hello"},
    {"role": "assistant", "content": "Yes?"},
    {"role": "user", "content": ASKED},
]
RECALLED = [("user", QUESTION), ("assistant", ANSWER)]


async def _remember(house: House, name: str = "support", says: str = "Yes.") -> FakeProvider:
    """Make an agent whose live version has a memory of one answer."""
    provider = await house.agent(name, says)
    store = house.app.runtime.store
    empty = Memory(
        id=MemoryId(""), workspace=DEFAULT_WORKSPACE, agent=AgentId(name), at=START, sha256="", size=0
    )
    item = MemoryItem(
        id=MemoryItemId(""),
        workspace=DEFAULT_WORKSPACE,
        memory=MemoryId(""),
        interaction=InteractionId("int_1"),
        conversation="c1",
        end_user="anna",
        question=QUESTION,
        answer=ANSWER,
        kind=ExampleKind.CORRECTION,
    )
    memory, items = freeze_memory(empty, [item])
    store.memories.add(memory)
    store.memory_items.add(*items)
    body = {"memory": memory.id, "instructions": "Be kind."}
    made = await house.api.post(f"/api/v1/agents/{name}/versions", json=body)
    assert made.status_code == 201, made.text
    assert made.json()["memory"] == memory.id
    store.agents.advance(store.agents.get(DEFAULT_WORKSPACE, name), live=made.json()["id"])
    return provider


def _turns(listed: list[dict[str, Any]]) -> list[tuple[str, str]]:
    return [(one["role"], one["content"]) for one in listed]


@pytest.mark.parametrize("stream", [False, True])
async def test_chat_completions_show_what_is_retrieved_right_before_the_last_question(
    house: House, stream: bool
) -> None:
    provider = await _remember(house)
    body = {"model": "support", "messages": TALK, "stream": stream}
    said = await house.api.post("/v1/chat/completions", json=body)
    assert said.status_code == 200, said.text
    sent = provider.bodies[-1]
    assert _turns(sent["messages"]) == [("system", "Be kind."), *_turns(TALK[:2]), *RECALLED, ("user", ASKED)]
    kept = house.kept()["support"]
    assert len(kept.shown) == 1
    assert QUESTION not in str(kept.messages)


async def test_the_shown_ids_are_part_of_an_interaction_as_rest_gives_it(house: House) -> None:
    await _remember(house)
    ident, _ = await house.said("support", messages=TALK)
    told = (await house.api.get(f"/api/v1/interactions/{ident}")).json()["interaction"]
    assert told["shown"] == list(house.kept()["support"].shown)


async def test_responses_show_it_in_their_input(house: House) -> None:
    provider = await _remember(house)
    said = await house.api.post("/v1/responses", json={"model": "support", "input": ASKED})
    assert said.status_code == 200, said.text
    assert _turns(provider.bodies[-1]["input"]) == [*RECALLED, ("user", ASKED)]
    assert provider.bodies[-1]["instructions"] == "Be kind."


async def test_messages_never_part_a_call_of_a_tool_from_its_result(house: House) -> None:
    provider = await _remember(house)
    called = [
        {"role": "user", "content": ASKED},
        {"role": "assistant", "content": [{"type": "tool_use", "id": "t", "name": "find", "input": {}}]},
        {
            "role": "user",
            "content": [
                {"type": "tool_result", "tool_use_id": "t", "content": "30"},
                {"type": "text", "text": "May I return this lamp now?"},
            ],
        },
    ]
    body = {"model": "support", "max_tokens": 50, "messages": called}
    said = await house.api.post("/v1/messages", json=body)
    assert said.status_code == 200, said.text
    sent = provider.bodies[-1]
    assert _turns(sent["messages"][:2]) == RECALLED
    assert sent["messages"][2:] == called
    assert sent["system"] == "Be kind."


async def test_embeddings_are_of_what_the_caller_sent_alone(house: House) -> None:
    provider = await _remember(house)
    await house.api.post("/v1/embeddings", json={"model": "support", "input": ASKED})
    assert provider.bodies[-1]["input"] == ASKED


async def test_what_is_erased_is_gone_from_the_next_prompt(house: House) -> None:
    provider = await _remember(house)
    await house.said("support", messages=TALK)
    assert QUESTION in str(provider.bodies[-1])
    gone = await house.api.post("/api/v1/erasures", json={"end_user": "anna"})
    assert gone.status_code < 300, gone.text
    version = next(iter(await asyncio.to_thread(house.app.runtime.store.agents.all, DEFAULT_WORKSPACE))).live
    assert gone.json()["versions"] == [version]
    ident, _ = await house.said("support", messages=TALK)
    assert QUESTION not in str(provider.bodies[-1])
    assert house.app.runtime.store.interactions.get(DEFAULT_WORKSPACE, ident).shown == ()
