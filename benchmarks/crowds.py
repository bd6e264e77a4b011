"""Do learned weights come near the truth in crowds that err together, as public ones do?

`python benchmarks/crowds.py` prints a Markdown table: share of items right, by the majority, by plain
Dawid-Skene, and by the weighted mean vote. Ground truth is planted, raters never see it.
"""

import argparse
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from upspiral.capture.rater_model import RaterModel, Vote
from upspiral.stats.raters import Ballots, dawid_skene

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]
Crowd = tuple[Bools, Bools, Bools]
"""Votes, shape (raters, items); who voted, of the same shape; and which items are good."""


def _chance(odds: Floats) -> Floats:
    return np.asarray(1 / (1 + np.exp(-odds)))


def two_species(rng: np.random.Generator) -> Crowd:
    """39 raters judge 108 items; each errs in an own way, and good items are overlooked by half."""
    truth, skill = rng.random(108) < 0.45, rng.normal(0, 1.2, (39, 2)) * np.array([1.0, 0.8])
    odds = np.where(truth, -0.05 + skill[:, 1:], 1.5 + skill[:, :1]) - rng.normal(0, 0.9, 108)
    right = rng.random(odds.shape) < _chance(odds)
    return np.where(right, truth, ~truth), np.ones(right.shape, dtype=np.bool_), truth


def experts(rng: np.random.Generator) -> Crowd:
    """Ten of 53 raters are right in .88 and agree; the others, in .62, mistake a third of the items."""
    truth, trap, seen = rng.random(180) < 0.5, rng.random(180) < 0.33, rng.random(180) < 0.88
    odds = np.where(trap, -0.85, 1.27) + rng.normal(0, 0.3, 180) + rng.normal(0, 0.4, (53, 1))
    right = rng.random(odds.shape) < _chance(odds)
    right[:10] = np.where(rng.random((10, 180)) < 0.8, seen, rng.random((10, 180)) < 0.88)
    return np.where(right, truth, ~truth), np.ones(right.shape, dtype=np.bool_), truth


def of_four(rng: np.random.Generator, word: int) -> Crowd:
    """Say of 1,500 items, 8 votes each, whether they are of one of four ordered kinds; most are lenient."""
    kind, raters = rng.choice(4, 1500, p=[0.56, 0.18, 0.11, 0.15]), 400
    seen = kind + rng.normal(0, 0.45, 1500) + rng.normal(-0.55, 0.45, (raters, 1))
    said = np.round(seen + (0.35 + 0.5 * rng.random((raters, 1))) * rng.normal(size=seen.shape)).clip(0, 3)
    said[rng.random(raters) < 0.12] = 0
    busy = rng.pareto(1.1, raters) + 0.3
    rank = (rng.exponential(size=seen.shape) / busy[:, None]).argsort(axis=0).argsort(axis=0)
    return said == word, rank < 8, kind == word


def sentiment(rng: np.random.Generator) -> Crowd:
    """83 raters, 1,000 items of differing difficulty, 5 votes each; more than half overlook good ones."""
    truth, own = rng.random(1000) < 0.49, rng.normal(0, 0.7, (83, 2))
    odds = np.where(truth, -0.15 + own[:, 1:], 2.0 + own[:, :1]) - rng.normal(0, 1.3, 1000)
    right = rng.random(odds.shape) < _chance(odds)
    busy = rng.pareto(1.5, 83) + 0.3
    rank = (rng.exponential(size=odds.shape) / busy[:, None]).argsort(axis=0).argsort(axis=0)
    return np.where(right, truth, ~truth), rank < 5, truth


CROWDS: dict[str, Callable[[np.random.Generator], Crowd]] = {
    "two species, all judge all": two_species,
    "experts among a misconception": experts,
    "four ordered kinds: the first": lambda rng: of_four(rng, 0),
    "four ordered kinds: the second": lambda rng: of_four(rng, 1),
    "four ordered kinds: the third": lambda rng: of_four(rng, 2),
    "four ordered kinds: the last": lambda rng: of_four(rng, 3),
    "sentiment, 5 votes an item": sentiment,
}


def measured(crowd: Crowd) -> tuple[float, float, float]:
    """Give the share right by majority, by Dawid-Skene, and weighted; a draw is half right."""
    votes, given, truth = crowd
    rater, item = np.nonzero(given)
    good = votes[rater, item]
    learner = RaterModel()
    columns = zip(rater.tolist(), item.tolist(), good.tolist(), strict=True)
    learner.update(Vote(f"{r:04}", f"{i:05}", said) for r, i, said in columns)
    weight = np.ones((len(votes), 2))
    for name, value in learner.weights().items():
        weight[int(name)] = value.bad, value.good
    each, n = weight[rater, good.astype(int)], len(truth)
    weighed = np.bincount(item, each * good, n) / np.maximum(np.bincount(item, each, n), 1e-9)
    group, none = np.zeros(n, dtype=np.int64), np.full(n, np.nan)
    ballots = Ballots(rater, item, good.astype(float), group, none, raters=len(votes))
    plain = np.bincount(item, good, n) / np.maximum(np.bincount(item, minlength=n), 1)
    by_em = dawid_skene(ballots, np.ones(len(votes))).truth
    shares = [np.where(s == 0.5, 0.5, (s > 0.5) == truth).mean() for s in (plain, by_em, weighed)]
    return float(shares[0]), float(shares[1]), float(shares[2])


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=20)
    runs = parser.parse_args().runs
    print("| crowd | majority | Dawid-Skene | weighted |\n|---|---:|---:|---:|")
    for name, draw in CROWDS.items():
        found = np.mean([measured(draw(np.random.default_rng(500 + seed))) for seed in range(runs)], axis=0)
        print(f"| {name} | {found[0]:.1%} | {found[1]:.1%} | {found[2]:.1%} |", flush=True)


if __name__ == "__main__":
    main()
