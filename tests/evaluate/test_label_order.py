"""People label a random part of the pairs, in which each slice has its share."""

from random import Random

from upspiral.domain import Pair
from upspiral.domain.ids import ExampleId
from upspiral.domain.judgment import pair_id
from upspiral.evaluate.label_order import order_pairs


def _pair(n: int, slice_: str, *, new: str = "new", old: str = "old", judged: bool = True) -> Pair:
    return Pair(
        example=ExampleId(f"ex{n}"),
        conversation=f"c{n}",
        slice=slice_,
        candidate=1.0,
        incumbent=0.0,
        candidate_answer=new,
        incumbent_answer=old,
        key=pair_id(f"question {n}", new, old) if judged else None,
    )


def test_every_beginning_holds_each_slice_by_its_share() -> None:
    pairs = [_pair(n, "small" if n < 20 else "large") for n in range(100)]
    ordered = [pair.slice for pair in order_pairs(pairs)]
    assert all(abs(ordered[:n].count("small") - n / 5) <= 1 for n in range(1, 101))


def test_the_order_does_not_depend_on_how_the_pairs_came_or_on_verdicts() -> None:
    pairs = [_pair(n, f"slice {n % 3}") for n in range(60)]
    mixed = pairs.copy()
    Random(1).shuffle(mixed)
    assert order_pairs(mixed) == order_pairs(pairs)
    assert [pair.example for pair in order_pairs(pairs)] != [pair.example for pair in pairs]


def test_pairs_that_nobody_can_prefer_one_of_or_that_were_not_judged_are_left_out() -> None:
    pairs = [_pair(0, "a"), _pair(1, "a", new="same", old=" same "), _pair(2, "a", judged=False)]
    assert [pair.example for pair in order_pairs(pairs)] == ["ex0"]
