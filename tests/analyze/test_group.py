"""Grouping texts by likeness."""

from upspiral.analyze.group import group


def test_texts_without_a_telling_word_belong_to_no_group() -> None:
    failing = ["hello thanks hello", "thanks hello thanks"] * 6 + [f"parcel lost {n % 2}" for n in range(12)]
    fine = ["hello thanks hello", "thanks hello thanks"] * 12
    texts = [*failing, *fine]
    looked = [n < len(failing) for n in range(len(texts))]
    found = group(texts, looked, against=[not one for one in looked], min_size=2, likeness=0.3)
    assert set(found.labels[:12]) == {-1}
    assert len(set(found.labels[12:24])) == 1
    assert "parcel" in " ".join(found.terms[found.labels[12]])


def test_nothing_in_common_is_no_group() -> None:
    found = group(["alpha", "beta", "gamma"], [True] * 3, against=[False] * 3, min_size=2, likeness=0.3)
    assert set(found.labels) == {-1}
