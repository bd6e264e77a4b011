"""How soon is a worse canary found, and how often is a good one rolled back?

`python benchmarks/canary_delays.py` prints a Markdown table; a look after every outcome, canary share 0.1.
"""

import argparse
import math

import numpy as np
from scipy.optimize import minimize_scalar

from upspiral.stats.proportions import wilson
from upspiral.stats.sequential import rollback_evidence

SHARE, ALPHA = 0.1, 0.05
STREAMS = ((0.95, 0.90, 12_000), (0.90, 0.85, 12_000), (0.90, 0.80, 5_000), (0.70, 0.60, 8_000))


def divergence(p: float, q: float) -> float:
    """Give Kullback and Leibler's divergence of two Bernoulli distributions, in nats."""
    return p * math.log(p / q) + (1 - p) * math.log((1 - p) / (1 - q))


def bound(stable: float, canary: float) -> float:
    """Give the least canary outcomes that any test of this level needs on average (Wald)."""

    def information(p: float) -> float:
        return SHARE * divergence(canary, p) + (1 - SHARE) * divergence(stable, p)

    least = minimize_scalar(information, bounds=(canary, stable), method="bounded").fun
    return SHARE * math.log(1 / ALPHA) / float(least)


def delays(stable: float, canary: float, *, length: int, runs: int, rng: np.random.Generator) -> list[int]:
    """Give the canary outcomes until rollback, for each run in which it came."""
    found = []
    for _ in range(runs):
        arms = rng.random(length) < SHARE
        outcomes = rng.random(length) < np.where(arms, canary, stable)
        evidence = rollback_evidence(arms, outcomes, share=SHARE)
        hits = np.flatnonzero(evidence >= 1 / ALPHA)
        if len(hits):
            found.append(int(arms[: hits[0] + 1].sum()))
    return found


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=100)
    parser.add_argument("--seed", type=int, default=0)
    chosen = parser.parse_args()
    rng = np.random.default_rng(chosen.seed)
    print(
        "| stable → canary | bound | median | mean | mean / bound | found |\n|---|---:|---:|---:|---:|---:|"
    )
    for stable, canary, length in STREAMS:
        took = delays(stable, canary, length=length, runs=chosen.runs, rng=rng)
        least, mean = bound(stable, canary), float(np.mean(took))
        found = f"{len(took)} of {chosen.runs}"
        print(
            f"| {stable} → {canary} | {least:.0f} | {np.median(took):.0f} | {mean:.0f} "
            f"| {mean / least:.2f} | {found} |",
            flush=True,
        )
    false = len(delays(0.9, 0.9, length=50_000, runs=chosen.runs, rng=rng))
    limits = wilson(false, chosen.runs)
    print(
        f"\nA/A, 50,000 outcomes: {false} of {chosen.runs} rolled back "
        f"({limits.low:.1%} to {limits.high:.1%})"
    )


if __name__ == "__main__":
    main()
