"""A year of nights on one budget."""

import numpy as np
import pytest

from upspiral.stats.ledger import lord_alpha
from upspiral.stats.proportions import wilson


@pytest.mark.long
def test_a_year_of_useless_candidates_promotes_one_in_at_most_five_percent_of_years() -> None:
    rng = np.random.default_rng(0)
    fooled = 0
    for _ in range(1000):
        history: list[bool] = []
        for p_value in rng.random(365):
            history.append(bool(p_value <= lord_alpha(history)))
            if history[-1]:
                break
        fooled += any(history)
    assert wilson(fooled, 1000).low <= 0.05


def test_all_that_is_ever_spent_without_a_promotion_is_at_most_alpha() -> None:
    assert sum(lord_alpha([False] * night) for night in range(2000)) <= 0.05


def test_a_promotion_earns_level_back() -> None:
    barren = lord_alpha([False] * 20)
    fruitful = lord_alpha([False] * 10 + [True] + [False] * 4 + [True] + [False] * 4)
    assert fruitful > barren
