"""A search finds the slices that were planted, and looks only where it may."""

import numpy as np

from upspiral.stats.beam import BeamWidth, candidates
from upspiral.stats.items import itemise


def _named(found: list[tuple[tuple[int, ...], bool]], names: tuple[tuple[str, str], ...]) -> list[object]:
    return [({names[number] for number in numbers}, higher) for numbers, higher in found]


def test_a_planted_pair_stands_first_with_its_direction() -> None:
    rng = np.random.default_rng(0)
    table = {name: rng.choice(list("abc"), 3_000).tolist() for name in ("x", "y", "z")}
    inside = (np.array(table["x"]) == "a") & (np.array(table["y"]) == "b")
    items = itemise(table, least=30)
    hit = rng.random(3_000) < 0.2 + 0.6 * inside
    found = candidates(items, hit, np.ones(3_000, bool), BeamWidth())
    assert _named(found, items.names)[0] == ({("x", "a"), ("y", "b")}, True)


def test_rows_that_may_not_be_looked_at_change_nothing() -> None:
    rng = np.random.default_rng(1)
    table = {"x": rng.choice(list("ab"), 1_000).tolist()}
    items, explored = itemise(table, least=30), np.arange(1_000) < 500
    hit = rng.random(1_000) < 0.3
    other = np.where(explored, hit, ~hit)
    assert candidates(items, hit, explored, BeamWidth()) == candidates(items, other, explored, BeamWidth())


def test_a_slice_smaller_than_allowed_is_not_given() -> None:
    rows = np.arange(400)
    table = {"x": ["rare" if row < 20 else "usual" for row in rows]}
    items = itemise(table, least=1)
    found = candidates(items, rows < 20, np.ones(400, bool), BeamWidth(min_size=30))
    assert not any(("x", "rare") in {items.names[n] for n in numbers} for numbers, _ in found)
