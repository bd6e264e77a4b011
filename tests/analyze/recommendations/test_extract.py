"""Which features of a recommendation are kept, and how numbers are cut."""

import numpy as np
from msgspec import structs
from tests.analyze.recommendations.swarm import HERE, USUAL, recommends
from tests.conftest import START

from upspiral.analyze.recommendations import (
    predict,
)
from upspiral.analyze.recommendations.cache import HOUR, window
from upspiral.analyze.recommendations.categories import patterns
from upspiral.analyze.recommendations.extract import extract_features
from upspiral.domain.learning import (
    Category,
)


def test_free_text_is_not_kept_and_a_number_is_cut_where_it_tells() -> None:
    rng = np.random.default_rng(15)
    budgets = rng.integers(1, 100_000, 6_000)
    said = [f'{{"budget": {n}, "why": "because {k}"}}' for k, n in enumerate(budgets.tolist())]
    given = [
        structs.replace(
            recommends(f"ann {k % 3}", text, f"w{k}"),
            status="success" if n < 25_000 or rng.random() < 0.5 else "failure",
            settled=START,
        )
        for k, (text, n) in enumerate(zip(said, budgets.tolist(), strict=True))
    ]
    readings = extract_features(given, settings=USUAL)
    assert "content why" not in readings.features
    seen = window(readings, since=START - HOUR, until=START, most=10_000)
    found = [p for p in patterns(seen, workspace=HERE, settings=USUAL) if p.distinct]
    cheap = next(p for p in found if p.category == Category.SUCCESS_INDICATOR)
    ((name, limit),) = cheap.conditions
    assert name == "content budget"
    assert limit.startswith("≤ ")
    assert predict(found, {name: "12"}) is True
    assert predict(found, {name: "90000"}) is False
