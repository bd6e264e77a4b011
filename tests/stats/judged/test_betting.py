"""A gambler against coins whose mean is known."""

import numpy as np

from upspiral.stats.judged.betting import Bounds, log_capital


def test_a_mean_at_the_limit_makes_nobody_rich_however_often_one_looks() -> None:
    rng = np.random.default_rng(0)
    rich = 0
    for _ in range(1000):
        values = rng.choice([1.0, -0.25], size=100, p=[0.2, 0.8])
        rich += log_capital(values, 0.0, bounds=Bounds(-1, 1), alpha=0.05).max() >= np.log(20)
    assert rich <= 70


def test_a_rare_and_large_loss_is_never_forgotten() -> None:
    rng = np.random.default_rng(1)
    rich = 0
    for _ in range(1000):
        values = rng.choice([0.05, -0.95], size=60, p=[0.95, 0.05])  # most samples show nothing but gains
        rich += log_capital(values, 0.0, bounds=Bounds(-1, 1), alpha=0.05).max() >= np.log(20)
    assert rich <= 70


def test_the_worst_value_leaves_something() -> None:
    capital = log_capital(np.full(50, -3.0), 0.0, bounds=Bounds(-3, 3), alpha=1e-9)
    assert np.isfinite(capital).all()
