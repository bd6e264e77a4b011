"""How long does it take to build the likeness search, and to search it?

`python benchmarks/likeness.py` prints a Markdown table; texts are questions made of 20,000 words as rare as
in real speech (Zipf), one search at a time, the first one after adding apart.
"""

import argparse
import time
from random import Random

import numpy as np

from upspiral.analyze.similarity_index import Likeness

WORDS = 20_000


def texts(number: int, *, length: int, rng: np.random.Generator) -> list[str]:
    """Make texts of about ``length`` words."""
    rare = 1 / np.arange(1, WORDS + 1)
    sizes = rng.integers(length // 2, length * 3 // 2 + 1, size=number)
    drawn = rng.choice(WORDS, size=int(sizes.sum()), p=rare / rare.sum())
    return [" ".join(f"w{word}" for word in part) for part in np.split(drawn, np.cumsum(sizes)[:-1])]


def measure(number: int, length: int, *, searches: int, seed: int) -> str:
    """Give one row of the table."""
    made = texts(number, length=length, rng=np.random.default_rng(seed))
    started = time.perf_counter()
    seen = Likeness([str(n) for n in range(number)], made)
    built = time.perf_counter() - started
    started = time.perf_counter()
    seen.most_like(made[0], limit=10)
    first = time.perf_counter() - started
    took, found = [], 0
    for place in Random(seed).sample(range(number), searches):
        half = " ".join(made[place].split()[::2])
        started = time.perf_counter()
        best = seen.most_like(half, limit=10)
        took.append((time.perf_counter() - started) * 1000)
        found += str(place) in [ident for ident, _ in best]
    p50, p99 = np.percentile(took, [50, 99])
    return (
        f"| {number:,} | {length} | {built:.1f} | {first * 1000:.0f} | {p50:.1f} | {p99:.1f} "
        f"| {found} of {searches} |"
    )


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--texts", type=int, nargs="+", default=[10_000, 100_000])
    parser.add_argument("--length", type=int, nargs="+", default=[20, 100])
    parser.add_argument("--searches", type=int, default=200)
    parser.add_argument("--seed", type=int, default=0)
    chosen = parser.parse_args()
    print("| texts | words each | build s | first ms | p50 ms | p99 ms | text found by every other word |")
    print("|---:|---:|---:|---:|---:|---:|---|")
    for number in chosen.texts:
        for length in chosen.length:
            print(measure(number, length, searches=chosen.searches, seed=chosen.seed), flush=True)


if __name__ == "__main__":
    main()
