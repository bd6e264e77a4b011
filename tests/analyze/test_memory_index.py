"""The nearest verified answers: not all alike, not too long, and always the same."""

from collections.abc import Sequence
from random import Random

import numpy as np
import pytest
from numpy.typing import NDArray
from tests.conftest import START

from upspiral.analyze.memory_index import Candidate, MemoryIndex, choose_diverse, mark_letters
from upspiral.domain import ExampleKind
from upspiral.domain.ids import DEFAULT_WORKSPACE, AgentId, InteractionId, MemoryId, MemoryItemId
from upspiral.domain.prompting import Memory, MemoryItem
from upspiral.domain.prompting.memory import estimate_tokens

SAID = {
    "Where is my parcel?": "It comes tomorrow.",
    "Where is my parcel now?": "It is in Bonn.",
    "where's my parcel": "Look into your mail.",
    "My parcel is broken": "We send another one.",
    "How do I return a lamp?": "Within 30 days.",
    "Do you ship to Norway?": "Yes.",
}


def _memory(**more: object) -> Memory:
    fields = {
        "id": MemoryId("mem"), "workspace": DEFAULT_WORKSPACE, "agent": AgentId("support"), "at": START,
        "sha256": "", "size": 0,
    }  # fmt: skip
    return Memory(**{**fields, **more})  # type: ignore[arg-type]


def _items(said: dict[str, str]) -> list[MemoryItem]:
    return [
        MemoryItem(
            id=MemoryItemId(f"mi_{n:03}"), workspace=DEFAULT_WORKSPACE, memory=MemoryId("mem"),
            interaction=InteractionId(f"int_{n}"), conversation=f"c{n}", question=question, answer=answer,
            kind=ExampleKind.CORRECTION,
        )
        for n, (question, answer) in enumerate(said.items())
    ]  # fmt: skip


def test_the_nearest_question_stands_last_next_to_the_one_that_is_asked() -> None:
    found = MemoryIndex(_memory(max_shown=3), _items(SAID)).retrieve("How can I return this lamp?")
    assert found[-1].answer == "Within 30 days."
    assert len(found) <= 3


def test_of_two_that_are_about_as_near_the_one_unlike_those_taken_is_taken() -> None:
    first, same, other = _items(
        {"Where is my parcel?": "a", "Where is my parcel!": "b", "Lost in the post": "c"}
    )
    near = [
        Candidate(item, similarity, mark_letters(item.question))
        for item, similarity in ((first, 0.9), (same, 0.85), (other, 0.7))
    ]
    assert [one.item.id for one in choose_diverse(near, limit=2, max_tokens=500)] == [first.id, other.id]
    assert len(choose_diverse(near, limit=3, max_tokens=500)) == 3


def test_what_would_be_too_long_is_passed_over() -> None:
    long = {"Where is my parcel?": "It comes. " * 200, "Where is that parcel?": "In Bonn."}
    found = MemoryIndex(_memory(max_tokens=60), _items(long)).retrieve("Where is my parcel?")
    assert [one.answer for one in found] == ["In Bonn."]
    assert sum(estimate_tokens(one.question) + estimate_tokens(one.answer) for one in found) <= 60


def test_nothing_is_shown_for_a_question_that_is_like_none() -> None:
    assert MemoryIndex(_memory(), _items(SAID)).retrieve("zzz qqq") == ()
    assert MemoryIndex(_memory(), []).retrieve("Where is my parcel?") == ()


def test_others_take_the_place_of_what_may_not_be_shown() -> None:
    index = MemoryIndex(_memory(), _items({f"Where is my parcel number {n}?": str(n) for n in range(40)}))
    asked = "Where is my parcel number 7?"
    first = {one.id for one in index.retrieve(asked)}
    tested = index.retrieve(asked, apart_from="c7")
    assert len(tested) == 5
    assert "c7" not in {one.conversation for one in tested}
    index.forget(first)
    later = {one.id for one in index.retrieve(asked)}
    assert len(first) == len(later) == 5
    assert first.isdisjoint(later)


@pytest.mark.parametrize(
    ("asked", "wanted"),
    [
        ("我的包裹在哪里", "包裹"),
        ("荷物はどこですか", "荷物"),
        ("Где моя посылка?", "посылка"),
        ("मेरा पार्सल कहाँ है", "पार्सल"),
        ("أين طردي الآن", "طردي"),
    ],
)
def test_questions_of_every_script_find_theirs(asked: str, wanted: str) -> None:
    said = {
        "包裹还没有到": "包裹", "退款要多久": "退款", "荷物が届きません": "荷物", "返品したい": "返品",
        "Посылка не пришла": "посылка", "Как вернуть деньги": "деньги", "पार्सल नहीं आया": "पार्सल",
        "पैसे वापस चाहिए": "पैसे", "لم يصل طردي": "طردي", "أريد استرداد المال": "المال",
    }  # fmt: skip
    assert MemoryIndex(_memory(max_shown=1), _items(said)).retrieve(asked)[0].answer == wanted


@pytest.mark.long
def test_the_same_question_always_finds_the_same_though_rows_are_many() -> None:
    rng, words = Random(1), [f"word{n}" for n in range(400)]
    said = {" ".join(rng.sample(words, 6)): str(n) for n in range(3_000)}
    one, other = (MemoryIndex(_memory(), _items(said)) for _ in range(2))
    asked = [" ".join(rng.sample(words, 6)) for _ in range(20)]
    assert [one.retrieve(text) for text in asked] == [other.retrieve(text) for text in asked]


class Meaning:
    """An embedder that knows two subjects."""

    def embed(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Count the words of each subject."""
        subjects = (("parcel", "package"), ("lamp", "light"))
        return np.array(
            [[sum(w in t.lower() for w in words) for words in subjects] for t in texts], np.float32
        )


def test_an_embedder_finds_what_has_no_word_in_common() -> None:
    found = MemoryIndex(_memory(max_shown=1), _items(SAID), embedder=Meaning()).retrieve("A broken light")
    assert found[0].answer == "Within 30 days."
