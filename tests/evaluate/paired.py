"""Pairs with planted wins and losses."""

from collections.abc import Sequence

from upspiral.domain import Pair
from upspiral.domain.ids import ExampleId

Row = tuple[bool | None, bool | None, str]


def make_pairs(rows: Sequence[Row]) -> list[Pair]:
    return [
        Pair(
            example=ExampleId(f"ex{n}"),
            conversation=f"c{n}",
            slice=name,
            candidate=None if new is None else float(new),
            incumbent=None if old is None else float(old),
            candidate_answer="",
            incumbent_answer="",
            went_well=name.startswith("good"),
        )
        for n, (new, old, name) in enumerate(rows)
    ]
