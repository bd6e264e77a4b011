"""Which answer stands first tells nothing, and what a person presses means the same answer either way."""

import pytest

from upspiral.domain.judgment.blinding import flips, to_better


def test_each_person_sees_about_half_of_the_pairs_flipped_and_others_than_the_next() -> None:
    seen = {rater: [flips(f"pair_{n}", rater) for n in range(1000)] for rater in ("anna", "ben")}
    for rater in seen.values():
        assert 430 < sum(rater) < 570
    assert 430 < sum(a == b for a, b in zip(seen["anna"], seen["ben"], strict=True)) < 570


def test_a_pair_is_shown_in_the_same_order_again() -> None:
    assert [flips(f"pair_{n}", "anna") for n in range(50)] == [flips(f"pair_{n}", "anna") for n in range(50)]


@pytest.mark.parametrize("flipped", [False, True])
def test_the_answer_that_a_person_saw_and_preferred_is_the_one_that_is_kept(flipped: bool) -> None:
    shown = ["candidate", "incumbent"]
    first, second = shown[::-1] if flipped else shown
    assert to_better("first", flipped=flipped) == first
    assert to_better("second", flipped=flipped) == second
    assert to_better("tie", flipped=flipped) == "tie"
