"""Does what follows an answer tell how it went? On real trajectories, and on planted truth.

`python benchmarks/next_turn.py` prints a table of planted worlds; `--traces FILE` adds one of real
trajectories, one JSON object a line (`messages`, `success`, `task`, `task_id`), gzipped or not, such as
MINT-bench. The truth of a turn is there the success of its trajectory, and no task is in two folds.
"""

import argparse
import gzip
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any

import numpy as np

from upspiral.capture.implicit.crossfit import crossfit
from upspiral.capture.implicit.features import FollowedTurn, list_followed, to_matrix
from upspiral.capture.implicit.judge import CONFIDENCE, learn_next_turn
from upspiral.capture.implicit.judge import RatedTurns as Rated
from upspiral.domain import Interaction, Message
from upspiral.domain.ids import DEFAULT_WORKSPACE, AgentId, InteractionId
from upspiral.stats.calibration import ReliabilityBin, bin_predictions, measure_brier_gain
from upspiral.stats.proportions import wilson

START = datetime(2026, 1, 5, tzinfo=UTC)
SYLLABLES = ("ka", "ro", "mi", "tel", "su", "ban", "vo", "lin", "dra", "ep")
STRENGTHS = (0.0, 0.25, 0.5, 1.0)
"""How surely the reply depends on how the answer was: 0 is not at all."""


@dataclass
class Turns:
    """Turns that were followed, with their truth."""

    turns: list[FollowedTurn] = field(default_factory=list)
    truth: list[bool] = field(default_factory=list)
    task: list[str] = field(default_factory=list)
    kind: list[str] = field(default_factory=list)
    all: int = 0
    """Turns, also those that nothing followed."""


def read(path: Path) -> Turns:
    """Read trajectories as conversations of one Interaction per answer."""
    found = Turns()
    with gzip.open(path, "rt") if path.suffix == ".gz" else path.open() as lines:
        for number, line in enumerate(lines):
            row = json.loads(line)
            talk = list(to_interactions(row, f"talk{number}"))
            found.all += len(talk)
            for _, turn in list_followed(talk):
                found.turns.append(turn)
                found.truth.append(bool(row["success"]))
                found.task.append(f"{row['task']} {row['task_id']}")
                found.kind.append(row["task"])
    return found


def to_interactions(row: dict[str, Any], name: str) -> Iterator[Interaction]:
    """Give each answer of a trajectory as an Interaction that was shown all before it."""
    messages = [Message(one["role"], one["content"]) for one in row["messages"]]
    for place, message in enumerate(messages):
        if message.role == "assistant":
            yield Interaction(
                id=InteractionId(f"{name}-{place}"),
                workspace=DEFAULT_WORKSPACE,
                agent=AgentId(row.get("model", "model")),
                at=START + timedelta(seconds=place),
                messages=tuple(messages[:place]),
                answer=message.content,
                model=row.get("model", "model"),
                conversation=name,
            )


def tell_traces(found: Turns) -> None:
    """Print how well turns are judged whose task, or whose kind of task, was not learned from."""
    print(
        f"{found.all:,} turns, {len(found.turns):,} followed by another: {len(found.turns) / found.all:.1%}\n"
    )
    print("| not learned from | Brier | base rate | lower by (95 %) | said → was good (turns) |")
    print("|---|---:|---:|---|---|")
    truth, x = np.array(found.truth, dtype=np.float64), to_matrix(found.turns)
    tasks = np.unique(found.task, return_inverse=True)[1].astype(np.int64)
    for name, groups in (("task", found.task), ("kind of task", found.kind)):
        apart = np.unique(groups, return_inverse=True)[1].astype(np.int64)
        fit = crossfit(x, truth, apart)
        # One task is one piece of evidence either way: several models tried each.
        gain = measure_brier_gain(truth, fit.predicted, fit.base, tasks)
        said = " · ".join(map(describe, bin_predictions(truth, fit.predicted)))
        limits = f"{gain.gain:.3f} ({gain.low:.3f} to {gain.high:.3f})"
        print(f"| {name} | {gain.brier:.3f} | {gain.base:.3f} | {limits} | {said} |")


def describe(one: ReliabilityBin) -> str:
    """Write a step of chances."""
    return f"{one.predicted:.0%} → {one.observed:.0%} ({one.n})"


def plant(strength: float, talks: int, rng: Random) -> Rated:
    """Make rated turns in no language; who got no answer asks nearly the same again, as surely as said."""
    found = Rated([], [], [], [])
    for number in range(talks):
        good, asked = rng.random() < 0.6, say(rng)
        again = not good if rng.random() < strength else rng.random() < 0.5
        turn = FollowedTurn(
            question=asked, answer=say(rng), reply=f"{asked} {say(rng, 1)}" if again else say(rng),
            next_answer=say(rng), seconds=60 * rng.random(), turns_before=0, turns_after=1,
            tools=frozenset(), next_tools=frozenset(), tool_errors=0, failed=False,
        )  # fmt: skip
        found.ids.append(InteractionId(f"t{number}"))
        found.turns.append(turn)
        found.truth.append(good)
        found.conversations.append(str(number))
    return found


def say(rng: Random, words: int = 8) -> str:
    """Make words of a language that nobody speaks."""
    return " ".join("".join(rng.choices(SYLLABLES, k=3)) for _ in range(words))


def tell_planted(worlds: int, talks: Sequence[int]) -> None:
    """Print in how many worlds the signal is used, by how much it tells and how many turns are rated."""
    print(f"Planted truth, {worlds} worlds a row; used means better beyond chance at {CONFIDENCE:.0%}.\n")
    print("| reply depends on the answer | rated | used | Brier | base rate |")
    print("|---:|---:|---|---:|---:|")
    for strength in STRENGTHS:
        for count in talks:
            made = [learn_next_turn(plant(strength, count, Random(1000 + seed))) for seed in range(worlds)]
            gains = [one.gain for one in made if one is not None]
            used = sum(gain.is_better for gain in gains)
            limits = wilson(used, worlds)
            brier, base = (np.mean([getattr(gain, name) for gain in gains]) for name in ("brier", "base"))
            share = f"{used} of {worlds} ({limits.low:.0%} to {limits.high:.0%})"
            print(f"| {strength:.0%} | {count} | {share} | {brier:.3f} | {base:.3f} |", flush=True)


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--traces", type=Path, help="Real trajectories.")
    parser.add_argument("--worlds", type=int, default=40)
    parser.add_argument("--talks", type=int, nargs="*", default=[100, 400])
    given = parser.parse_args()
    if given.traces:
        tell_traces(read(given.traces))
        print()
    tell_planted(given.worlds, given.talks)


if __name__ == "__main__":
    main()
