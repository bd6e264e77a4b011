"""Counting cells gives what counting samples one by one gives."""

import numpy as np
import pytest
from tests.analyze.recommendations.planted import samples

from upspiral.analyze.features import table
from upspiral.analyze.recommendations import gather
from upspiral.analyze.recommendations.contingency import cells, cells_of
from upspiral.stats.beam import BeamWidth, candidates
from upspiral.stats.items import Items, itemise

SEEDS = range(12)


@pytest.mark.parametrize("seed", SEEDS)
def test_conditions_are_those_of_the_samples_one_by_one(seed: int) -> None:
    given = samples(seed, flows=300)
    found = cells(gather(given), least=10)
    rows = itemise(table([s.features for s in given]), least=10)
    place = {name: k for k, name in enumerate(rows.names)}
    assert set(found.names) == set(place)
    for name, member in zip(found.names, found.member, strict=True):
        assert (member[found.of] == rows.rows[place[name]]).all()


@pytest.mark.parametrize("seed", SEEDS)
def test_a_search_over_cells_finds_what_a_search_over_samples_finds(seed: int) -> None:
    seen = gather(samples(seed, flows=300))
    found = cells(seen, least=10)
    approved = seen.approved == 1
    everything = np.ones(len(seen), dtype=np.bool_)
    width = BeamWidth(min_size=10)
    rows = Items(found.names, found.feature, found.member[:, found.of])
    items = Items(found.names, found.feature, found.member)
    size, hits = found.count(everything), found.count(approved)
    by_cell = candidates(items, hits, size > 0, width, size=size)
    assert by_cell == candidates(rows, approved, everything, width)


def test_named_conditions_cut_cells_however_few_meet_them() -> None:
    seen = gather(samples(1, flows=300))
    names = [("content many", "> 0.999"), ("content many", "≤ 0.5"), ("agent", "nobody"), ("agent", "ann")]
    found = cells_of(seen, names)
    for name, row in zip(names, found.inside([(name,) for name in names]), strict=True):
        assert (row[found.of] == seen.meet([name])).all()
    assert not found.inside([(("agent", "nobody"),)]).any()
    assert 0 < found.inside([(names[1],)])[0] @ found.count(np.ones(len(seen), dtype=np.bool_)) < len(seen)
