"""A test by cells is the test of the samples one by one."""

import numpy as np
import pytest
from tests.analyze.recommendations.planted import samples

from upspiral.analyze.recommendations import gather
from upspiral.analyze.recommendations.contingency import cells
from upspiral.analyze.recommendations.holdout import contrasts, holdout_test
from upspiral.stats.contrast import contrast


@pytest.mark.parametrize("certain", [False, True])
@pytest.mark.parametrize("flows", [1, 30, 300, 100_000])
def test_a_test_by_cell_is_the_test_of_the_samples_one_by_one(flows: int, certain: bool) -> None:
    given = samples(flows, flows=flows, certain=certain)
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
