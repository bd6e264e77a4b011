"""Of many findings few false ones are reported."""

import numpy as np

from upspiral.stats.discovery import benjamini_hochberg


def test_where_nothing_is_true_hardly_anything_is_reported() -> None:
    rng = np.random.default_rng(0)
    runs = [any(benjamini_hochberg(rng.random(50).tolist(), 0.1)) for _ in range(500)]
    assert np.mean(runs) <= 0.14


def test_of_what_is_reported_about_as_many_are_false_as_is_allowed() -> None:
    rng = np.random.default_rng(1)
    shares = []
    for _ in range(200):
        p_values = np.concatenate([rng.random(60), rng.random(40) * 0.002])
        told = np.array(benjamini_hochberg(p_values.tolist(), 0.1))
        assert told[60:].mean() > 0.9
        shares.append(told[:60].sum() / told.sum())
    assert np.mean(shares) <= 0.1


def test_none_of_none_and_the_order_does_not_matter() -> None:
    assert benjamini_hochberg([]) == []
    p_values = [0.001, 0.8, 0.02, 0.03]
    assert benjamini_hochberg(p_values[::-1]) == benjamini_hochberg(p_values)[::-1]
