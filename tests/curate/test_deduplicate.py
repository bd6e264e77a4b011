"""Questions that are nearly the same are found, and no others."""

from itertools import combinations

from hypothesis import given, settings
from hypothesis import strategies as st

from upspiral.curate.deduplicate import jaccard, near_duplicates, normalise_question, shingles
from upspiral.domain import Message

WORDS = st.lists(
    st.sampled_from(["parcel", "late", "refund", "card", "lost", "where", "my"]), min_size=2, max_size=7
)


@settings(max_examples=40, deadline=None, derandomize=True)
@given(st.lists(WORDS.map(" ".join), min_size=2, max_size=25))
def test_the_pairs_are_those_that_comparing_each_with_each_finds(texts: list[str]) -> None:
    cut = [shingles(text) for text in texts]
    pairs = combinations(range(len(texts)), 2)
    exact = {(i, j) for i, j in pairs if texts[i] == texts[j] or jaccard(cut[i], cut[j]) >= 0.8}
    found = set(near_duplicates(texts, threshold=0.8))
    assert found <= exact
    firsts = {(texts.index(text), j) for j, text in enumerate(texts) if texts.index(text) < j}
    assert firsts <= found


def test_a_word_more_makes_a_near_duplicate_and_another_question_does_not() -> None:
    texts = ["where is my parcel that i ordered", "where is my parcel that i ordered now", "cancel it"]
    assert near_duplicates(texts, threshold=0.7) == [(0, 1)]


def test_only_what_the_user_said_counts_without_case_and_spacing() -> None:
    asked = [Message("system", "Be kind."), Message("user", "Where's  my PARCEL?"), Message("assistant", "x")]
    assert normalise_question(asked) == normalise_question([Message("user", "where's my parcel?")])
