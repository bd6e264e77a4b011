"""Samples counted by cell, against the same samples one by one."""

from datetime import timedelta

import numpy as np
import pytest
from tests.conftest import START

from upspiral.analyze.features import table
from upspiral.analyze.recommendations import Sample, gather
from upspiral.analyze.recommendations.contingency import cells, cells_of
from upspiral.analyze.recommendations.holdout import contrasts, holdout_test
from upspiral.domain.ids import AgentId, InteractionId
from upspiral.stats.beam import BeamWidth, candidates
from upspiral.stats.contrast import contrast
from upspiral.stats.items import Items, itemise

SEEDS = range(12)


def _samples(seed: int, *, flows: int, certain: bool = False) -> list[Sample]:
    """Random ones with texts, few and many numbers, gaps, and workflows of any size."""
    rng = np.random.default_rng(seed)
    made = []
    for k in range(900):
        agent, kind = str(rng.choice(["ann", "bob", "cy"])), str(rng.choice(["plan", "budget"]))
        says = {
            "channel": str(rng.choice(list("abcd"))),
            "few": f"{rng.integers(3)}",
            "many": f"{rng.random():.3f}",
        }
        good = agent == "ann" if certain else rng.random() < (0.8 if agent == "ann" else 0.5)
        made.append(
            Sample(
                id=InteractionId(f"int_{k}"),
                agent=AgentId(agent),
                type=kind,
                workflow=f"flow {rng.integers(flows)}",
                confidence=None,
                approved=bool(good),
                settled=START + timedelta(minutes=k),
                features={"agent": agent, "type": kind}
                | {f"content {key}": text for key, text in says.items() if rng.random() < 0.9},
            )
        )
    return made


@pytest.mark.parametrize("seed", SEEDS)
def test_conditions_are_those_of_the_samples_one_by_one(seed: int) -> None:
    given = _samples(seed, flows=300)
    found = cells(gather(given), least=10)
    rows = itemise(table([s.features for s in given]), least=10)
    place = {name: k for k, name in enumerate(rows.names)}
    assert set(found.names) == set(place)
    for name, member in zip(found.names, found.member, strict=True):
        assert (member[found.of] == rows.rows[place[name]]).all()


@pytest.mark.parametrize("certain", [False, True])
@pytest.mark.parametrize("flows", [1, 30, 300, 100_000])
def test_a_test_by_cell_is_the_test_of_the_samples_one_by_one(flows: int, certain: bool) -> None:
    given = _samples(flows, flows=flows, certain=certain)
    seen = gather(given)
    found = cells(seen, least=10)
    among = np.random.default_rng(0).random(len(given)) < 0.7
    approved = seen.approved == 1
    ideas = [(name,) for name in found.names] + [found.names[:1] + found.names[-1:], found.names[:2]]
    inside = found.inside(ideas)
    higher = [k % 2 == 0 for k in range(len(ideas))]
    got = contrasts(holdout_test(found, approved, seen.flow, among), inside, higher)
    groups = np.unique(seen.flow[among], return_inverse=True)[1]
    for row, up, one in zip(inside, higher, got, strict=True):
        wanted = contrast(row[found.of][among], approved[among], higher=up, groups=groups)
        assert (one.n, one.hits, one.rest_n, one.rest_hits) == (
            *(wanted.n, wanted.hits, wanted.rest_n, wanted.rest_hits),
        )
        assert one.effect == pytest.approx(wanted.effect, rel=1e-9)
        assert one.p_value == pytest.approx(wanted.p_value, rel=1e-6)
        assert one.z == pytest.approx(wanted.z, rel=1e-6)


@pytest.mark.parametrize("seed", SEEDS)
def test_a_search_over_cells_finds_what_a_search_over_samples_finds(seed: int) -> None:
    seen = gather(_samples(seed, flows=300))
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
    seen = gather(_samples(1, flows=300))
    names = [("content many", "> 0.999"), ("content many", "≤ 0.5"), ("agent", "nobody"), ("agent", "ann")]
    found = cells_of(seen, names)
    for name, row in zip(names, found.inside([(name,) for name in names]), strict=True):
        assert (row[found.of] == seen.meet([name])).all()
    assert not found.inside([(("agent", "nobody"),)]).any()
    assert 0 < found.inside([(names[1],)])[0] @ found.count(np.ones(len(seen), dtype=np.bool_)) < len(seen)
