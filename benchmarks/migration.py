"""Migration to another model: how often does an equally good one pass, and a worse one?

Cases are simulated as paired outcomes in 8 slices; the verdict is the real one.
`python benchmarks/migration.py` runs 2,000 comparisons of each kind and prints the table of
docs/results/migration.md.
"""

import argparse
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import NamedTuple

import numpy as np

from upspiral.domain import EvalReport, Slice
from upspiral.domain.ids import DEFAULT_WORKSPACE, AgentId, AgentVersionId, DatasetId, ReportId
from upspiral.evaluate.config import EvaluateSettings
from upspiral.evaluate.migration import judge_migration, pairs_for_migration
from upspiral.stats.paired import Noninferiority, gain_interval
from upspiral.stats.proportions import wilson

SLICES = 8
PAIRS = (500, 1_000, 2_000)
DISCORDANT = (0.04, 0.08, 0.12, 0.20)
LOSS = 0.12
"""Of the worse model in one slice; it wins as much in the other slices together."""
BASE_RATE = 0.8
SETTINGS = EvaluateSettings()


class Rates(NamedTuple):
    """How often each verdict came, 0 to 1."""

    not_worse: float
    worse: float
    inconclusive: float


def draw_report(rng: np.random.Generator, n: int, *, discordant: float, loss: float = 0.0) -> EvalReport:
    """Simulate the comparison of two models.

    Args:
        rng: Randomness.
        n: Pairs; each slice has an eighth of them.
        discordant: Share of pairs that only one of the two gets right, in a slice where they differ no more.
        loss: Of the candidate in the first slice, 0 to 1; it gains as much in the others together.
    """
    gains = [-loss, *[loss / (SLICES - 1)] * (SLICES - 1)]
    slices = [
        _draw_slice(rng, f"topic {k}", n // SLICES, gain=gain, discordant=max(discordant, abs(gain)))
        for k, gain in enumerate(gains)
    ]
    overall = _make_slice(
        "overall", sum(s.n for s in slices), sum(s.wins for s in slices), sum(s.losses for s in slices)
    )
    return EvalReport(
        id=ReportId("rep"),
        workspace=DEFAULT_WORKSPACE,
        agent=AgentId("support"),
        candidate=AgentVersionId("av_2"),
        incumbent=AgentVersionId("av_1"),
        dataset=DatasetId("ds"),
        scorer="exact",
        at=datetime(2026, 1, 5, tzinfo=UTC),
        overall=overall,
        slices=tuple(slices),
        void=0,
        pairs=(),
    )


def measure(rng: np.random.Generator, n: int, *, runs: int, discordant: float, loss: float = 0.0) -> Rates:
    """Give how often each verdict came of `runs` comparisons."""
    found = [
        judge_migration(draw_report(rng, n, discordant=discordant, loss=loss), settings=SETTINGS).outcome
        for _ in range(runs)
    ]
    return Rates(*(found.count(outcome) / runs for outcome in Noninferiority))


def _draw_slice(rng: np.random.Generator, name: str, n: int, *, gain: float, discordant: float) -> Slice:
    chances = [(discordant + gain) / 2, (discordant - gain) / 2, 1 - discordant]
    wins, losses, _ = rng.multinomial(n, chances)
    return _make_slice(name, n, int(wins), int(losses))


def _make_slice(name: str, n: int, wins: int, losses: int) -> Slice:
    gain = gain_interval(wins, losses, n)
    return Slice(
        name=name,
        n=n,
        wins=wins,
        losses=losses,
        candidate_rate=BASE_RATE + (wins - losses) / n,
        incumbent_rate=BASE_RATE,
        gain_low=gain.low,
        gain_high=gain.high,
    )


def main(arguments: Sequence[str] | None = None) -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=2_000)
    parser.add_argument("--seed", type=int, default=0)
    given = parser.parse_args(arguments)
    rng = np.random.default_rng(given.seed)
    print("| discordant | pairs | equal: passes (95 %) | equal: called worse |", end="")
    print(" worse in one slice: refused (95 %) | of these called worse | pairs needed |")
    print("|---:|---:|---:|---:|---:|---:|---:|")
    for discordant in DISCORDANT:
        needed = pairs_for_migration([1 / SLICES] * SLICES, discordant=discordant, settings=SETTINGS)
        for n in PAIRS:
            equal = measure(rng, n, runs=given.runs, discordant=discordant)
            bad = measure(rng, n, runs=given.runs, discordant=discordant, loss=LOSS)
            cells = (
                _write_rate(equal.not_worse, given.runs),
                f"{equal.worse:.1%}",
                _write_rate(1 - bad.not_worse, given.runs),
                f"{bad.worse:.1%}",
            )
            print(f"| {discordant:.0%} | {n:,} | {' | '.join(cells)} | {needed:,} |", flush=True)


def _write_rate(rate: float, runs: int) -> str:
    limits = wilson(round(rate * runs), runs)
    return f"{rate:.1%} ({limits.low:.1%} to {limits.high:.1%})"


if __name__ == "__main__":
    main()
