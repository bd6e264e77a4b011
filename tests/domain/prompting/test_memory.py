"""A memory is frozen: its hash and ids follow from what it holds."""

from msgspec import structs
from tests.conftest import START

from upspiral.domain import ExampleKind
from upspiral.domain.ids import DEFAULT_WORKSPACE, AgentId, InteractionId, MemoryId, MemoryItemId
from upspiral.domain.prompting import Memory, MemoryItem
from upspiral.domain.prompting.memory import estimate_tokens, freeze_memory

EMPTY = Memory(
    id=MemoryId(""), workspace=DEFAULT_WORKSPACE, agent=AgentId("support"), at=START, sha256="", size=0
)


def _item(n: int, answer: str = "Yes.") -> MemoryItem:
    return MemoryItem(
        id=MemoryItemId(""),
        workspace=DEFAULT_WORKSPACE,
        memory=MemoryId(""),
        interaction=InteractionId(f"int_{n}"),
        conversation=f"c{n}",
        question=f"Question {n}?",
        answer=answer,
        kind=ExampleKind.CORRECTION,
    )


def test_the_same_answers_in_any_order_are_the_same_memory() -> None:
    one, items = freeze_memory(EMPTY, [_item(1), _item(2), _item(1)])
    other, _ = freeze_memory(EMPTY, [_item(2), _item(1)])
    assert (one.id, one.sha256, one.size) == (other.id, other.sha256, 2)
    assert {item.memory for item in items} == {one.id}


def test_another_answer_or_another_way_to_choose_is_another_memory() -> None:
    plain, _ = freeze_memory(EMPTY, [_item(1)])
    others = [
        freeze_memory(EMPTY, [_item(1, "No.")])[0],
        freeze_memory(structs.replace(EMPTY, max_shown=3), [_item(1)])[0],
        freeze_memory(structs.replace(EMPTY, max_tokens=50), [_item(1)])[0],
        freeze_memory(structs.replace(EMPTY, by="embedding:m"), [_item(1)])[0],
        freeze_memory(structs.replace(EMPTY, agent=AgentId("sales")), [_item(1)])[0],
    ]
    assert len({plain.id, *(one.id for one in others)}) == 6


def test_an_item_keeps_its_id_in_every_memory_that_holds_it() -> None:
    _, first = freeze_memory(EMPTY, [_item(1)])
    _, second = freeze_memory(EMPTY, [_item(1), _item(2)])
    assert first[0].id in {item.id for item in second}
    assert first[0].memory != second[0].memory


def test_text_of_every_script_is_counted() -> None:
    assert estimate_tokens("包裹在哪里" * 20) > estimate_tokens("wo ist es" * 10) > 20
