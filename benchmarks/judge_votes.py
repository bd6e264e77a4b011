"""Whose verdict counts among judges of real pairs? Learned weights, without and with a little gold.

`python benchmarks/judge_votes.py FILE` reads votes, one JSON object a line, gzipped or not (`dataset`,
`subset`, `item`, `judge`, `vote` 1 or 2, `gold` 1 or 2), such as those of LLMBar, and prints the share of
items right. Items whose gold was shown are not asked about. A plain vote weighs each judge by the log-odds of
being right on the same gold, (right + 1) / (seen + 2), negative ones included.
"""

import argparse
import gzip
import json
from collections import defaultdict
from collections.abc import Iterable, Mapping
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from upspiral.capture.rater_model import RaterModel, Vote
from upspiral.domain import VoteWeight

Floats = NDArray[np.float64]


def read(path: Path, dataset: str) -> tuple[list[Vote], dict[str, bool]]:
    """Read the clear votes on items whose truth is known; the first answer of a pair is called good."""
    votes: list[Vote] = []
    truth: dict[str, bool] = {}
    with gzip.open(path, "rt") if path.suffix == ".gz" else path.open() as lines:
        for row in map(json.loads, lines):
            if row["dataset"] == dataset and row["gold"] in (1, 2):
                item = f"{row['subset']} {row['item']}"
                truth[item] = row["gold"] == 1
                if row["vote"] in (1, 2):
                    votes.append(Vote(row["judge"], item, row["vote"] == 1))
    return votes, truth


def count_right(votes: Iterable[Vote], weights: Mapping[str, VoteWeight], truth: Mapping[str, bool]) -> float:
    """Give the share of items that the weighted votes get right; a draw is half right."""
    said: dict[str, float] = defaultdict(float)
    for vote in votes:
        if vote.item in truth:
            said[vote.item] += weights[vote.rater].good if vote.good else -weights[vote.rater].bad
    return float(
        np.mean([0.5 if not said[item] else (said[item] > 0) == good for item, good in truth.items()])
    )


def learn(votes: Iterable[Vote], gold: Mapping[str, bool]) -> dict[str, VoteWeight]:
    """Give the weights that Upspiral learns."""
    learner = RaterModel()
    learner.update(votes, gold=gold)
    return learner.weights()


def weigh_plainly(votes: Iterable[Vote], gold: Mapping[str, bool]) -> dict[str, VoteWeight]:
    """Weigh each judge by the log-odds of being right on the gold."""
    seen: dict[str, list[bool]] = defaultdict(list)
    for vote in votes:
        seen[vote.rater] += [vote.good == gold[vote.item]] if vote.item in gold else []
    rates = {judge: (sum(right) + 1) / (len(right) + 2) for judge, right in seen.items()}
    return {judge: VoteWeight(w, w) for judge, p in rates.items() for w in (float(np.log(p / (1 - p))),)}


def describe(name: str, shares: list[float]) -> str:
    """Write a row: the mean, and its 95 % interval over the draws."""
    each = np.array(shares)
    half = 1.96 * each.std(ddof=1) / np.sqrt(len(each)) if len(each) > 1 else 0.0
    return f"| {name} | {each.mean():.4f} | {each.mean() - half:.4f} to {each.mean() + half:.4f} |"


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("file", type=Path)
    parser.add_argument("--dataset", default="llmbar")
    parser.add_argument("--gold", type=int, default=60)
    parser.add_argument("--draws", type=int, default=20)
    given = parser.parse_args()
    votes, truth = read(given.file, given.dataset)
    equal = {vote.rater: VoteWeight(1.0, 1.0) for vote in votes}
    print(f"{len(truth)} items, {len(equal)} judges, {len(votes):,} votes; {given.draws} draws of gold\n")
    print("| | right | 95 % over draws |\n|---|---:|---|")
    print(describe("majority", [count_right(votes, equal, truth)]))
    print(describe("learned, no gold", [count_right(votes, learn(votes, {}), truth)]), flush=True)
    found: dict[str, list[float]] = defaultdict(list)
    for seed in range(given.draws):
        drawn = np.random.default_rng(seed).choice(sorted(truth), given.gold, replace=False)
        gold = {str(item): truth[str(item)] for item in drawn}
        rest = {item: good for item, good in truth.items() if item not in gold}
        found["log-odds vote"].append(count_right(votes, weigh_plainly(votes, gold), rest))
        found["learned"].append(count_right(votes, learn(votes, gold), rest))
        print(
            f"<!-- draw {seed}: {found['log-odds vote'][-1]:.4f} {found['learned'][-1]:.4f} -->", flush=True
        )
    for name, shares in found.items():
        print(describe(f"{name}, {given.gold} gold", shares))


if __name__ == "__main__":
    main()
