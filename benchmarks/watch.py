"""How often does a watch without a named domain cry as the mix shifts, and how soon does it notice a fall?

`python benchmarks/watch.py` prints a Markdown table. Each agent answers eight kinds of requests, each in a
random share of 10 to 98 %, or a single kind.
"""

import argparse

import numpy as np

from upspiral.route.base import Fact
from upspiral.route.beliefs import SuccessBeliefs

FALLS = ((0.98, 0.1), (0.85, 0.3), (0.5, 0.1), (0.9, 0.6), (0.7, 0.4))
LONG, KNOWN, AFTER = 10_000, 1_000, 500


def alarms(scores: list[float], domain: str) -> list[int]:
    """Say after which outcomes an alarm came."""
    learned, found = SuccessBeliefs(), set[int]()
    for at, score in enumerate(scores):
        learned = learned.update(Fact(agent="a", domain=domain, sequence=at, score=score))
        found.update(learned.records["a"].alarms)
    return sorted(found)


def blocks(length: int, rng: np.random.Generator) -> list[float]:
    rates, scores = rng.uniform(0.1, 0.98, 8), list[float]()
    for number in range(LONG):
        size = int(rng.integers(length // 2, 3 * length // 2))
        scores += (rng.random(size) < rates[number % 8]).astype(float).tolist()
        if len(scores) >= LONG:
            break
    return scores[:LONG]


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=10)
    parser.add_argument("--seed", type=int, default=0)
    chosen = parser.parse_args()
    print("| what | first 1,000 outcomes | later |\n|---|---:|---:|")
    for length in (60, 200, 500):
        rng = np.random.default_rng([chosen.seed, length])
        found = [at for _ in range(chosen.runs) for at in alarms(blocks(length, rng), "all")]
        early = sum(at < KNOWN for at in found)
        print(
            f"| alarms, kinds in blocks of about {length} | {early} in {chosen.runs * KNOWN:,} "
            f"| {len(found) - early} in {chosen.runs * (LONG - KNOWN):,} |",
            flush=True,
        )
    for before, after in FALLS:
        for domain in ("all", "named"):
            rng, delays = np.random.default_rng([chosen.seed, 1]), list[int]()
            for _ in range(2 * chosen.runs):
                rates = np.repeat([before, after], [KNOWN, AFTER])
                scores = (rng.random(KNOWN + AFTER) < rates).astype(float).tolist()
                delays += [at - KNOWN for at in alarms(scores, domain) if at >= KNOWN][:1]
            middle = f"median {np.median(delays):.0f}" if delays else "never"
            print(
                f"| {before} → {after}, domain {domain}: noticed within {AFTER} | "
                f"{len(delays)} of {2 * chosen.runs} | {middle} |",
                flush=True,
            )


if __name__ == "__main__":
    main()
