"""How often does a judge let a dud out, and how many labels does a gain need?

`python benchmarks/judged_pairs.py` simulates comparisons of two versions by a judge who agrees with people on
about three of four pairs, errs by position, length or self-preference, and is corrected by labels of people.
It prints in which share of them the candidate is shown to be better at the level of a first night.
"""

import argparse

import numpy as np
from numpy.typing import NDArray

from upspiral.stats.judged.corrected import Labeled
from upspiral.stats.judged.gain import gain_p_value
from upspiral.stats.ledger import lord_alpha
from upspiral.stats.paired import mcnemar_exact
from upspiral.stats.proportions import wilson

Floats = NDArray[np.float64]
LABELS = (60, 300, 1000)
ERRORS = ("none", "position", "length", "self-preference")
BIAS = 0.10


def simulate(rng: np.random.Generator, pairs: int, gain: float, error: str) -> tuple[Floats, Floats]:
    """Draw what people say of every pair, and what the judge says."""
    labels = rng.choice([1.0, 0.0, -1.0], size=pairs, p=[0.3 + gain / 2, 0.4, 0.3 - gain / 2])
    noise = rng.choice([1.0, 0.0, -1.0], size=pairs, p=[0.3, 0.4, 0.3])
    verdicts = np.where(rng.random(pairs) < 0.6, labels, noise)
    if error == "position":  # both orders undo it: the pair becomes a tie
        return labels, np.where(rng.random(pairs) < BIAS, 0.0, verdicts)
    if error == "length":  # the candidate is longer where people like it less
        longer = rng.random(pairs) < np.where(labels > 0, 0.3, 0.6)
        return labels, np.where(longer & (rng.random(pairs) < BIAS / 0.45), 1.0, verdicts)
    if error == "self-preference":
        return labels, np.where(rng.random(pairs) < BIAS, 1.0, verdicts)
    return labels, verdicts


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--pairs", type=int, default=2000)
    parser.add_argument("--draws", type=int, default=1000)
    given = parser.parse_args()
    alpha = lord_alpha([])
    rng = np.random.default_rng(0)
    print(f"{given.pairs:,} pairs, {given.draws:,} draws, level {alpha:.4f}, errors of {BIAS:.0%}\n")
    labeled = " | ".join(f"{n:,} labels" for n in LABELS)
    print(f"| true gain | error of the judge | raw verdicts, exact test | {labeled} |")
    print("|---:|---|---:|" + "---:|" * len(LABELS))
    for gain in (0.0, 0.05, 0.10, 0.20, 0.35):
        for error in ERRORS if gain == 0 else ("none", "length"):
            shown = np.zeros(1 + len(LABELS), int)
            for _ in range(given.draws):
                y, f = simulate(rng, given.pairs, gain, error)
                shown[0] += mcnemar_exact(int((f > 0).sum()), int((f < 0).sum())) <= alpha
                for place, n in enumerate(LABELS, start=1):
                    few = Labeled(y[:n].tolist(), f[:n].tolist())
                    shown[place] += gain_p_value(few, f[n:].tolist(), alpha=alpha) <= alpha
            limits = [wilson(int(k), given.draws) for k in shown]
            cells = [
                f"{k / given.draws:.1%} ({x.low:.1%} to {x.high:.1%})"
                for k, x in zip(shown, limits, strict=True)
            ]
            print(f"| {100 * gain:+.0f} points | {error} | {' | '.join(cells)} |", flush=True)


if __name__ == "__main__":
    main()
