"""Slices whose rate differs, against planted truth."""

import time

import numpy as np
import pytest
from numpy.typing import NDArray

from upspiral.stats.beam import BeamWidth
from upspiral.stats.proportions import wilson
from upspiral.stats.subgroups import Search, Subgroup, discover

Table = dict[str, list[str | float | int | bool | None]]


def _table(rng: np.random.Generator, n: int, features: int = 8) -> Table:
    return {f"f{j}": rng.choice(list("abcd"), n).tolist() for j in range(features)}


def _found(table: Table, hit: NDArray[np.bool_], rng: np.random.Generator, **how: object) -> list[Subgroup]:
    explored = (rng.random(len(hit)) < 0.5).tolist()
    search = Search(width=BeamWidth(**how))  # type: ignore[arg-type]
    return list(discover(table, hit.tolist(), explored=explored, how=search).found)


@pytest.mark.long
def test_where_nothing_differs_hardly_anything_is_reported() -> None:
    rng = np.random.default_rng(1)
    table, hit = _table(rng, 600), rng.random(600) < 0.3
    false = sum(bool(_found(table, rng.permutation(hit), rng)) for _ in range(100))
    assert wilson(false, 100).low <= 0.1
    assert false <= 16


def test_a_planted_pair_of_conditions_is_found_and_told_once() -> None:
    rng = np.random.default_rng(2)
    exact = told = 0
    for _ in range(15):
        table = _table(rng, 4_000)
        inside = np.array(
            [a == "a" and b in ("a", "b") for a, b in zip(table["f0"], table["f1"], strict=True)]
        )
        table["f1"] = [value in ("a", "b") for value in table["f1"]]
        found = _found(table, rng.random(4_000) < 0.15 + 0.3 * inside, rng)
        told += len(found)
        exact += any(s.conditions == (("f0", "a"), ("f1", "yes")) and s.higher for s in found)
    assert exact >= 13
    assert told <= 25


def test_a_slice_that_does_better_is_found_as_such() -> None:
    rng = np.random.default_rng(3)
    table = _table(rng, 4_000)
    inside = np.array([value == "c" for value in table["f5"]])
    found = _found(table, rng.random(4_000) < 0.5 - 0.2 * inside, rng)
    assert [(s.conditions, s.higher) for s in found] == [((("f5", "c"),), False)]
    assert found[0].difference.low < -0.2 < found[0].difference.high
    assert found[0].rows.sum() == inside.sum()


def test_two_slices_of_their_own_are_both_told_and_a_copy_of_one_is_not() -> None:
    rng = np.random.default_rng(4)
    table = _table(rng, 6_000)
    table["copy"] = [v if rng.random() < 0.9 else "z" for v in table["f0"]]
    one, two = (np.array([v == "a" for v in table[name]]) for name in ("f0", "f3"))
    found = _found(table, rng.random(6_000) < 0.1 + 0.2 * one + 0.2 * two, rng)
    assert {s.conditions for s in found} == {(("f0", "a"),), (("f3", "a"),)}


def test_eight_thousand_rows_of_twenty_features_take_seconds_and_not_minutes() -> None:
    rng = np.random.default_rng(5)
    table = _table(rng, 8_000, 16)
    table |= {f"x{j}": rng.normal(size=8_000).tolist() for j in range(4)}
    hit, begun = rng.random(8_000) < 0.2, time.thread_time()
    _found(table, hit, rng, tested=500)
    assert time.thread_time() - begun < 10  # of CPU; a third of one where nothing else runs


def test_rows_of_one_group_do_not_count_as_many() -> None:
    rng = np.random.default_rng(6)
    false = 0
    for _ in range(60):
        tasks = np.arange(80).repeat(12)
        hit = rng.random(len(tasks)) < rng.choice([0.1, 0.9], 80)[tasks]
        table: Table = {"kind": rng.choice(list("abcd"), 80)[tasks].tolist()}
        explored = (tasks % 2 == 0).tolist()
        groups = [str(task) for task in tasks]
        false += bool(discover(table, hit.tolist(), explored=explored, groups=groups).found)
    assert false <= 12
