"""Whoever labels cannot tell by the place whose answer it is, and what is kept does not depend on it."""

import pytest

from upspiral.domain.judgment.blinding import flips, to_better


def test_about_half_of_the_pairs_are_turned_around_for_each_person() -> None:
    for rater in ("anna", "ben"):
        turned = sum(flips(f"pair_{n}", rater) for n in range(1000))
        assert 430 < turned < 570


def test_two_people_see_different_orders_and_each_always_the_same() -> None:
    pairs = [f"pair_{n}" for n in range(200)]
    assert [flips(pair, "anna") for pair in pairs] == [flips(pair, "anna") for pair in pairs]
    assert [flips(pair, "anna") for pair in pairs] != [flips(pair, "ben") for pair in pairs]


@pytest.mark.parametrize("flipped", [True, False])
def test_the_two_answers_are_never_taken_for_each_other(flipped: bool) -> None:
    said = {to_better(key, flipped=flipped) for key in ("first", "second")}
    assert said == {"candidate", "incumbent"}
    assert to_better("tie", flipped=flipped) == "tie"
