"""How often does a corrected rate hold what people say? Real judges of real pairs, few labels.

`python benchmarks/judged_rates.py FILE` reads votes, one JSON object a line, gzipped or not (`dataset`,
`subset`, `item`, `judge`, `kind`, `vote` 1 or 2, 0 a tie, `gold` 1, 2 or none), such as those of LLMBar and
PandaLM. What people say of an item is its gold, or else the mean of the people's votes. All items of a data
set are taken as the population; pairs are drawn from it with replacement, a part of them is labeled, and the
95 % interval of the corrected mean either holds the population's mean or does not.
"""

import argparse
import gzip
import json
from collections import defaultdict
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from upspiral.stats.judged.corrected import Labeled, correct_mean
from upspiral.stats.proportions import wilson

Floats = NDArray[np.float64]
POINTS = {1: 1.0, 2: -1.0, 0: 0.0}


def read(path: Path, dataset: str) -> tuple[dict[str, float], dict[str, dict[str, float]]]:
    """Read what people say of each item, and what each judge says: 1 for the first answer, -1 for the second.

    Votes of one judge in both orders, told by ``|plain`` and ``|swapped``, are one verdict: their mean.
    """
    people: dict[str, list[float]] = defaultdict(list)
    judges: dict[str, dict[str, list[float]]] = defaultdict(lambda: defaultdict(list))
    with gzip.open(path, "rt") if path.suffix == ".gz" else path.open() as lines:
        for row in map(json.loads, lines):
            if row["dataset"] != dataset or row["vote"] not in POINTS:
                continue
            item = f"{row['subset']} {row['item']}"
            if row["gold"] in (1, 2):
                people[item] = [POINTS[row["gold"]]]
            elif row["kind"] == "human":
                people[item].append(POINTS[row["vote"]])
            if row["kind"] != "human":
                judges[row["judge"].split("|")[0]][item].append(POINTS[row["vote"]])
    truth = {item: float(np.mean(votes)) for item, votes in people.items()}
    found = {
        judge: {item: float(np.mean(v)) for item, v in votes.items() if item in truth}
        for judge, votes in judges.items()
    }
    return truth, {judge: votes for judge, votes in found.items() if len(votes) >= len(truth) / 2}


def count_held(y: Floats, f: Floats, *, given: argparse.Namespace, seed: int) -> tuple[int, float, float]:
    """Count the draws whose interval holds the truth; and give the mean errors with and without verdicts."""
    rng = np.random.default_rng(seed)
    held, errors, alone = 0, [], []
    for _ in range(given.draws):
        drawn = rng.integers(len(y), size=given.pairs)
        some, rest = drawn[: given.labels], drawn[given.labels :]
        few = Labeled(y[some].tolist(), f[some].tolist())
        found = correct_mean(few, f[rest].tolist())
        held += found.low <= float(y.mean()) <= found.high
        errors.append(found.error)
        alone.append(float(y[some].std(ddof=1)) / np.sqrt(given.labels))
    return held, float(np.mean(errors)), float(np.mean(alone))


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("file", type=Path)
    parser.add_argument("--labels", type=int, default=60)
    parser.add_argument("--pairs", type=int, default=1000)
    parser.add_argument("--draws", type=int, default=400)
    given = parser.parse_args()
    print(f"{given.pairs:,} judged pairs, {given.labels} labels, {given.draws} draws for each judge\n")
    print("| data | judges | items | interval holds the truth | 95 % of that | lowest and highest judge |")
    print("|---|---:|---:|---:|---|---|")
    for dataset in ("llmbar", "pandalm"):
        truth, judges = read(given.file, dataset)
        shares, errors, alone = [], [], []
        for seed, (_, votes) in enumerate(sorted(judges.items())):
            items = sorted(votes)
            y, f = (np.array([of[item] for item in items]) for of in (truth, votes))
            held, error, without = count_held(y, f, given=given, seed=seed)
            shares.append(held / given.draws)
            errors.append(error)
            alone.append(without)
        draws = given.draws * len(shares)
        limits = wilson(round(sum(shares) * given.draws), draws)
        print(
            f"| {dataset} | {len(shares)} | {len(truth)} | {np.mean(shares):.1%}"
            f" | {limits.low:.1%} to {limits.high:.1%} | {min(shares):.1%}, {max(shares):.1%} |"
        )
        best = min(zip(errors, alone, strict=True))
        print(
            f"<!-- {dataset}: standard error {np.mean(errors):.3f} in the mean, {best[0]:.3f} with the best "
            f"judge; {np.mean(alone):.3f} of the labels alone -->"
        )


if __name__ == "__main__":
    main()
