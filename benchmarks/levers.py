"""Four levers that draft every night for years: how often does a useless draft pass, how soon a good one?

Cases are simulated as paired outcomes; the plan, the choice among drafts, the gate and its ledger are the
real ones. `python benchmarks/levers.py` runs 200 lives of 365 nights; `--lives 2000` is the full size.
"""

import argparse
from collections.abc import Sequence
from datetime import UTC, datetime
from functools import partial
from random import Random

import msgspec
import numpy as np

from upspiral.cycle.levers.base import DraftCost
from upspiral.cycle.levers.plan import LeverOption, choose_trial, rank_levers, say_enough
from upspiral.domain import EvalReport, Pair
from upspiral.domain.evaluation import SUCCESS_AT
from upspiral.domain.ids import (
    DEFAULT_WORKSPACE,
    AgentId,
    AgentVersionId,
    CycleId,
    DatasetId,
    ExampleId,
    ReportId,
)
from upspiral.domain.learning.lever import LeverTrial, TrialState
from upspiral.evaluate.config import EvaluateSettings
from upspiral.evaluate.gate import judge
from upspiral.evaluate.slices import by_slice, tally
from upspiral.night_config import LeverSettings
from upspiral.stats.ledger import lord_alpha
from upspiral.stats.paired import gain_interval, mcnemar_exact
from upspiral.stats.proportions import wilson

COSTS = {
    "examples": DraftCost(),
    "rules": DraftCost(usd=None, tokens=4_000),
    "instructions": DraftCost(usd=None, tokens=5_000),
    "adapter": DraftCost(seconds=300),
}
NOW = datetime(2026, 1, 5, tzinfo=UTC)
LEVERS, GATE = LeverSettings(), EvaluateSettings()
BASE_RATE = 0.7
"""Of the incumbent."""
REMEMBERED_NIGHTS = 90


class Life:
    """One installation, night by night, until a draft is promoted."""

    def __init__(self, rng: np.random.Generator, *, select: int, heldout: int, discordant: float) -> None:
        self._rng, self._select, self._heldout, self._discordant = rng, select, heldout, discordant
        self._history: list[bool] = []
        self._gains: dict[str, list[tuple[int, float]]] = {name: [] for name in COSTS}

    def live(self, nights: int, *, gains: dict[str, float]) -> int | None:
        """Give the first night, from 1, in which a draft passed; None where none did."""
        for night in range(1, nights + 1):
            chosen = self._draft(night, gains)
            if chosen and self._passes(gains.get(chosen, 0.0)):
                return night
        return None

    def _draft(self, night: int, gains: dict[str, float]) -> str | None:
        known = {
            name: tuple(gain for at, gain in past if at > night - REMEMBERED_NIGHTS)
            for name, past in self._gains.items()
        }
        plan = rank_levers([LeverOption(name, cost, known[name]) for name, cost in COSTS.items()], LEVERS)
        trials: list[LeverTrial] = []
        for n, planned in enumerate(plan):
            trial = _trial(planned.name, n, expected_gain=planned.expected_gain)
            if say_enough(trials, trial):
                continue
            wins, losses = self._draw(self._select, gains.get(planned.name, 0.0))
            gain = (wins - losses) / self._select
            self._gains[planned.name].append((night, gain))
            low = gain_interval(wins, losses, self._select).low
            trials.append(msgspec.structs.replace(trial, state=TrialState.TRIED, gain=gain, gain_low=low))
        best = choose_trial(trials)
        return best.lever if best else None

    def _passes(self, gain: float) -> bool:
        wins, losses = self._draw(self._heldout, gain)
        level = lord_alpha(self._history, alpha=GATE.alpha, w0=GATE.alpha)
        passed = mcnemar_exact(wins, losses) <= level and self._ask_gate(wins, losses)
        self._history.append(passed)
        return passed

    def _ask_gate(self, wins: int, losses: int) -> bool:
        """Ask every question of the gate; only where its first, the gain, is answered, to save time."""
        right = round(BASE_RATE * (self._heldout - wins - losses))
        outcomes = [(1.0, 0.0)] * wins + [(0.0, 1.0)] * losses
        outcomes += [(1.0, 1.0)] * right + [(0.0, 0.0)] * (self._heldout - wins - losses - right)
        checks, _, _ = judge(_report(outcomes, Random(wins)), history=self._history, settings=GATE)
        return all(check.passed for check in checks)

    def _draw(self, n: int, gain: float) -> tuple[int, int]:
        better = (self._discordant + gain) / 2
        wins, losses, _ = self._rng.multinomial(n, [better, self._discordant - better, 1 - self._discordant])
        return int(wins), int(losses)


def _trial(lever: str, position: int, *, expected_gain: float) -> LeverTrial:
    return LeverTrial(
        id=lever,
        workspace=DEFAULT_WORKSPACE,
        agent=AgentId("a"),
        cycle=CycleId("c"),
        lever=lever,
        position=position,
        at=NOW,
        expected_gain=expected_gain,
    )


def _report(outcomes: Sequence[tuple[float, float]], rng: Random) -> EvalReport:
    mixed = rng.sample(outcomes, len(outcomes))
    pairs = tuple(
        Pair(
            example=ExampleId(str(n)),
            conversation=str(n),
            slice=f"topic {n % 5}",
            candidate=new,
            incumbent=old,
            candidate_answer="",
            incumbent_answer="",
            went_well=old == 1.0 and n % 2 == 0,
        )
        for n, (new, old) in enumerate(mixed)
    )
    return EvalReport(
        id=ReportId("r"),
        workspace=DEFAULT_WORKSPACE,
        agent=AgentId("a"),
        candidate=AgentVersionId("new"),
        incumbent=AgentVersionId("old"),
        dataset=DatasetId("d"),
        scorer="exact",
        at=NOW,
        overall=tally("overall", pairs, success_at=SUCCESS_AT),
        slices=by_slice(pairs, least=GATE.slice_least, success_at=SUCCESS_AT),
        void=0,
        pairs=pairs,
    )


def main() -> None:
    """Print how often useless drafts passed, and how soon a good one did."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--lives", type=int, default=200)
    parser.add_argument("--nights", type=int, default=365)
    parser.add_argument("--seed", type=int, default=1)
    asked = parser.parse_args()
    for select, heldout in ((175, 300), (583, 1000)):
        rng = np.random.default_rng(asked.seed)
        world = partial(Life, rng, select=select, heldout=heldout, discordant=0.12)
        false = sum(world().live(asked.nights, gains={}) is not None for _ in range(asked.lives))
        limits = wilson(false, asked.lives)
        print(
            f"{select} cases to choose by, {heldout} held out: {false} of {asked.lives} lives of"
            f" {asked.nights} nights passed a useless draft, {100 * false / asked.lives:.1f} %"
            f" (to {100 * limits.high:.1f} %)",
            flush=True,
        )
        for lever in COSTS:
            found = [world().live(10, gains={lever: 0.08}) for _ in range(asked.lives)]
            out = sum(night is not None for night in found)
            print(
                f"  {lever} worth +8 points: {100 * out / asked.lives:.1f} % within ten nights, median night "
                f"{np.median([night or np.inf for night in found]):g}"
            )


if __name__ == "__main__":
    main()
