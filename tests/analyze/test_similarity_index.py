"""Finding the texts most like one."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest
import scipy.sparse
from numpy.typing import NDArray

from upspiral.analyze.similarity_index import Likeness, find_greatest

PARCEL = ["Where is my parcel?", "My parcel has not arrived yet.", "Track the parcel I was sent."]
MONEY = ["I want my money back.", "Please refund the broken lamp.", "How do I get a refund?"]
SOIL = ["Which soil suits a lemon tree?", "My lemon tree loses its leaves.", "How often to water lemons?"]
TEXTS = PARCEL + MONEY + SOIL
IDS = [f"t{n}" for n in range(len(TEXTS))]


class Meaning:
    """An embedder that knows three subjects."""

    def __init__(self) -> None:
        self.asked = 0

    def embed(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Count the words of each subject."""
        self.asked += 1
        subjects = (("parcel", "package"), ("refund", "money", "lamp"), ("lemon", "tree", "soil"))
        return np.array(
            [[sum(text.lower().count(word) for word in words) for words in subjects] for text in texts],
            dtype=np.float32,
        )


def test_paraphrases_come_before_texts_on_other_subjects() -> None:
    seen = Likeness(IDS, TEXTS)
    assert {i for i, _ in seen.most_like("The parcel I ordered has not arrived", limit=2)} <= {
        "t0",
        "t1",
        "t2",
    }
    assert seen.most_like("refund for a broken lamp, please", limit=1)[0][0] == "t4"
    assert seen.most_like("the leaves of my lemon tree are falling", limit=1)[0][0] == "t7"


@pytest.mark.parametrize("embedder", [None, Meaning()], ids=["words", "vectors"])
def test_the_same_text_is_wholly_alike(embedder: Meaning | None) -> None:
    found = Likeness(IDS, TEXTS, embedder=embedder).most_like(TEXTS[6], limit=9)
    assert dict(found)["t6"] == pytest.approx(1.0, abs=1e-5)
    assert all(0 < similarity <= 1 for _, similarity in found)
    assert [s for _, s in found] == sorted((s for _, s in found), reverse=True)


def test_nothing_is_like_anything_where_nothing_is() -> None:
    assert Likeness().most_like("Where is it?", limit=5) == []
    assert Likeness([], [], embedder=Meaning()).most_like("Where is it?", limit=5) == []
    seen = Likeness(["a", "b"], ["Where is it?", "?!"])
    assert seen.most_like("", limit=5) == []
    assert seen.most_like("zebra", limit=5) == []
    assert seen.most_like("Where is it?", limit=0) == []


def test_texts_equally_alike_stand_in_the_order_in_which_they_came() -> None:
    seen = Likeness([f"t{n}" for n in range(50)], ["Where is my parcel?", "Refund me."] * 25)
    assert [i for i, _ in seen.most_like("my parcel", limit=7)] == [f"t{n}" for n in range(0, 14, 2)]


def test_adding_bit_by_bit_finds_what_all_at_once_finds() -> None:
    rng = np.random.default_rng(0)
    words = np.array([f"w{n}" for n in range(60)])
    texts = [" ".join(rng.choice(words, 12)) for _ in range(200)]
    ids = [str(n) for n in range(200)]
    grown = Likeness()
    for start in (0, 1, 2, 50, 51):
        end = {0: 1, 1: 2, 2: 50, 50: 51, 51: 200}[start]
        grown.add(ids[start:end], texts[start:end])
        grown.most_like("w1 w2", limit=1)
    whole = Likeness(ids, texts)
    for text in ("w1 w2 w3", texts[77]):
        expected = whole.most_like(text, limit=20)
        assert grown.most_like(text, limit=20) == expected
    assert len(grown) == len(whole) == 200


def test_an_id_that_is_there_already_is_passed_over() -> None:
    seen = Likeness(["a"], ["Where is my parcel?"])
    seen.add(["a", "b"], ["Refund me.", "Where is my parcel now?"])
    assert len(seen) == 2
    assert seen.most_like("Refund me.", limit=5) == []
    assert [i for i, _ in seen.most_like("Where is my parcel?", limit=5)] == ["a", "b"]


def test_a_search_in_the_midst_of_another_ones_first_finds_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    likeness = Likeness(["a", "b"], ["where is my parcel", "how do I pay"], by_letters=True)
    found: list[object] = []
    make = scipy.sparse.csr_matrix

    def search_meanwhile(*given: Any, **named: Any) -> Any:
        if not found:
            found.append(None)
            found[0] = likeness.most_like("my parcel", limit=1)
        return make(*given, **named)

    monkeypatch.setattr(scipy.sparse, "csr_matrix", search_meanwhile)
    assert likeness.most_like("my parcel", limit=1) == found[0]


def test_as_many_ids_as_texts_are_wanted() -> None:
    with pytest.raises(ValueError, match="argument 2"):
        Likeness(["a", "b"], ["one"])


def test_rare_words_weigh_more_than_common_ones() -> None:
    common = [f"Where is the order number {n}" for n in range(30)]
    seen = Likeness([str(n) for n in range(31)], [*common, "The zebra is late"])
    assert seen.most_like("Where is the zebra", limit=1)[0][0] == "30"


def test_an_embedder_finds_what_shares_no_word() -> None:
    meaning = Meaning()
    seen = Likeness(IDS, TEXTS, embedder=meaning)
    assert [i for i, _ in seen.most_like("lost package", limit=3)] == ["t0", "t1", "t2"]
    assert Likeness(IDS, TEXTS).most_like("lost package", limit=3) == []
    assert meaning.asked == 2


def test_an_embedder_that_gives_the_wrong_shape_is_refused() -> None:
    class Short:
        def embed(self, texts: Sequence[str]) -> NDArray[np.float32]:
            return np.ones((1, 3), dtype=np.float32)

    with pytest.raises(ValueError, match="embedder"):
        Likeness(["a", "b"], ["one", "two"], embedder=Short())


@pytest.mark.parametrize("seed", range(20))
def test_the_greatest_of_many_values_are_those_that_sorting_finds(seed: int) -> None:
    """Few different values, so that many are equal, and some that are no likeness at all."""
    rng = np.random.default_rng(seed)
    size, limit = int(rng.integers(1, 5_000)), int(rng.integers(1, 80))
    values = rng.integers(-3, int(rng.integers(1, 400)), size).astype(np.float64)
    places = find_greatest(values, limit)
    least = max(np.sort(values)[::-1][:limit][-1], 1)
    assert places.tolist() == [n for n, one in enumerate(values) if one >= least]
