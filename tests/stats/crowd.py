"""Votes of raters with planted accuracies."""

from collections.abc import Sequence

import numpy as np

from upspiral.stats.raters import (
    Ballots,
)


def cast_ballots(
    right: Sequence[float], *, items: int, each: int, seed: int = 0, goods: float = 0.75
) -> tuple[Ballots, np.ndarray]:
    """Let raters who are right with these chances judge `each` random items; give the truth too."""
    rng = np.random.default_rng(seed)
    truth = (rng.random(items) < goods).astype(float)
    item = np.concatenate([rng.choice(items, each, replace=False) for _ in right])
    rater = np.repeat(np.arange(len(right)), each)
    hit = rng.random(len(item)) < np.array(right)[rater]
    good = np.where(hit, truth[item], 1 - truth[item])
    none = np.full(items, np.nan)
    return Ballots(rater, item, good, np.zeros(items, dtype=np.int64), none, raters=len(right)), truth
