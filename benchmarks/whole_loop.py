"""How soon is a better version out at a small site, and how often is a dud? By a verifier, and by a judge.

Conversations are simulated; the plan that says when a night is worth it, the gate with its ledger, the share
of the canary and its evidence are the real ones. `python benchmarks/whole_loop.py` prints a Markdown table.
"""

import argparse
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache

import numpy as np
from msgspec import structs

from judged_pairs import simulate
from upspiral.config import Settings
from upspiral.curate.config import CurateSettings
from upspiral.curate.power import heldout_needed
from upspiral.cycle.planning.outlook import WORTH_A_TRY
from upspiral.cycle.planning.plan import canary_share, failures_needed
from upspiral.cycle.planning.power import usable_share
from upspiral.deploy.evidence import ArmCounts, show_not_worse
from upspiral.domain import EvalReport, Pair
from upspiral.domain.evaluation import SUCCESS_AT
from upspiral.domain.ids import (
    DEFAULT_WORKSPACE,
    AgentId,
    AgentVersionId,
    DatasetId,
    ExampleId,
    JudgeVersionId,
    PairId,
    ReportId,
)
from upspiral.domain.judgment import JudgeRecord, LabeledPair
from upspiral.evaluate.config import EvaluateSettings
from upspiral.evaluate.gate import judge
from upspiral.evaluate.judged import PREFERRED_AT
from upspiral.evaluate.slices import by_slice, tally
from upspiral.judges.tripwires import WINDOW_TRIPWIRES
from upspiral.stats.proportions import wilson
from upspiral.stats.sequential import rollback_evidence

TURNS, FEEDBACK, SLICES = 5, 0.10, 10
DAYS, DEADLINE = 30, 14
BASELINE = 0.8
BREAKS = 0.02
"""Share of good answers that a good candidate breaks; what it fixes follows from its true gain."""
LOOKS_A_DAY = 4
WORTH_A_LOOK = 0.05
SETTINGS = Settings.model_construct()
GATE, CANARY, CURATE = EvaluateSettings(), SETTINGS.deploy, CurateSettings()
NOW = datetime(2026, 1, 5, tzinfo=UTC)
JUDGE = JudgeVersionId("judge")


@dataclass(frozen=True)
class Site:
    """A site, and what is known of its answers."""

    requests: int
    backlog_days: int = 7
    """Days that were recorded before the first night."""
    verified: bool = False
    """Does a verifier settle every conversation? Else those with feedback in one of their turns are."""
    labels: int = 0
    """Pairs of the first comparison that people label, where a judge compares; 0 where a scorer does."""

    @property
    def conversations(self) -> float:
        """A day."""
        return self.requests / TURNS

    @property
    def settled(self) -> float:
        """Conversations a day of which is known how they went."""
        return self.conversations * (1.0 if self.verified else 1 - (1 - FEEDBACK) ** TURNS)

    @property
    def scoring(self) -> str:
        """What the answers are compared by, in words."""
        if self.labels:
            return f"judge, {self.labels:,} labels"
        return "verifier" if self.verified else "reference, rated ones"


@dataclass(frozen=True)
class Month:
    """How one simulated month ended."""

    promoted: int | None
    """Day of the promotion."""
    gated: int
    """Candidates that passed the gate."""


class Life:
    """A month at a site at which every night offers a candidate of the same true gain."""

    def __init__(self, site: Site, gain: float, rng: np.random.Generator) -> None:
        self._site, self._gain, self._rng = site, gain, rng
        self._history: list[bool] = []
        self._labeled: tuple[LabeledPair, ...] = ()
        self._tested, self._shown = 0, 0.0
        self._right = self._wrong = 0

    def live(self) -> Month:
        """Live it."""
        day, gated = 1, 0
        self._record(self._site.backlog_days)
        while day <= DAYS:
            if not self._is_worth_a_try() or not self._passes():
                day += 1
                self._record(1)
                continue
            gated += 1
            healthy, took = self._canary()
            if healthy:
                return Month(day + int(np.ceil(took)), gated)
            self._record(max(1, int(np.ceil(took))))
            day += max(1, int(np.ceil(took)))
        return Month(None, gated)

    def _record(self, days: int) -> None:
        settled = self._rng.poisson(self._site.settled * days)
        right = self._rng.binomial(settled, BASELINE)
        self._right, self._wrong = self._right + right, self._wrong + settled - right

    @property
    def _rated(self) -> int:
        return self._right + self._wrong

    def _is_worth_a_try(self) -> bool:
        """Ask what a night asks before it pays for anything, and once it has its cases."""
        if self._rated < self._tested * (1 + SETTINGS.cycle.retry_growth):
            return False
        needed = failures_needed(CURATE, judged=self._site.labels > 0)
        if self._wrong < WORTH_A_TRY * needed:
            return False
        if self._site.labels:
            return self._count_recorded() >= max(GATE.judge_labels, self._site.labels)
        return round(self._wrong * CURATE.heldout) >= heldout_needed(CURATE)

    def _count_recorded(self) -> int:
        recorded = self._rated / self._site.settled * self._site.conversations
        most = max(CURATE.recorded_cases, self._site.labels)
        return min(most, int(usable_share(SETTINGS) * recorded))

    def _passes(self) -> bool:
        self._tested = self._rated
        report, record = self._compare_judged() if self._site.labels else (self._compare(), None)
        checks, alpha, _ = judge(report, history=self._history, settings=GATE, record=record)
        self._shown = round(report.gain, 2)
        passed = all(check.passed for check in checks)
        if alpha > 0:
            self._history.append(passed)
        return passed

    def _compare(self) -> EvalReport:
        """Let both answer held-out failures and good answers in the proportion of the traffic."""
        ratio = BASELINE / (1 - BASELINE)
        failed = round(min(CURATE.max_taught, self._wrong) * CURATE.heldout)
        good = min(CURATE.heldout_successes, round(failed * ratio))
        bad = round(good / ratio)
        fixes, breaks = _changes(self._gain)
        won, lost = self._rng.random(bad) < fixes, self._rng.random(good) < breaks
        pairs = [_pair(n, float(one), 0.0) for n, one in enumerate(won)]
        pairs += [_pair(bad + n, float(not one), 1.0, went_well=True) for n, one in enumerate(lost)]
        return _report(pairs, success_at=SUCCESS_AT)

    def _compare_judged(self) -> tuple[EvalReport, JudgeRecord]:
        """Let a judge compare recorded conversations; people label pairs of the first comparison."""
        labels, verdicts = simulate(self._rng, self._count_recorded(), self._gain, "length")
        report = ReportId(f"report {len(self._history)}")
        pairs = [
            _pair(n, (1 + verdict) / 2, (1 - verdict) / 2, key=PairId(f"{report} {n:06}"))
            for n, verdict in enumerate(verdicts)
        ]
        if not self._labeled:
            self._labeled = tuple(
                LabeledPair(
                    pair=pair.key or PairId(""),
                    report=report,
                    slice=pair.slice,
                    label=float(label),
                    verdict=float(verdict),
                    at=NOW,
                )
                for pair, label, verdict in zip(pairs[: self._site.labels], labels, verdicts, strict=False)
            )
        record = JudgeRecord(judge=JUDGE, labeled=self._labeled, tripwires=WINDOW_TRIPWIRES)
        return structs.replace(_report(pairs, success_at=PREFERRED_AT), id=report), record

    def _canary(self) -> tuple[bool, float]:
        """Watch a canary; give whether it was healthy, and the days it took."""
        site, per_day = self._site, self._site.settled
        share = _share(self._shown, per_day)
        arms, good = np.empty(0, np.bool_), np.empty(0, np.bool_)
        for look in range(1, int(CANARY.canary_max_days * LOOKS_A_DAY) + 1):
            new = self._rng.random(self._rng.poisson(per_day / LOOKS_A_DAY)) < share
            rate = np.where(new, min(1.0, BASELINE + self._gain), BASELINE)
            arms, good = np.append(arms, new), np.append(good, self._rng.random(len(new)) < rate)
            seen = [
                ArmCounts(
                    answered=round(int(mine.sum()) * site.conversations / per_day),
                    right=int((good & mine).sum()),
                    wrong=int((~good & mine).sum()),
                )
                for mine in (arms, ~arms)
            ]
            found = show_not_worse(seen[0], seen[1], CANARY)
            if found.enough and found.shown:
                return True, look / LOOKS_A_DAY
            # Replayed only where the evidence can have risen, or at the end: it keeps its maximum.
            if found.difference.high > WORTH_A_LOOK and look % (4 * LOOKS_A_DAY):
                continue
            if found.enough and rollback_evidence(arms, good, share=share).max() >= 1 / CANARY.alpha:
                return False, look / LOOKS_A_DAY
        return False, CANARY.canary_max_days


@cache
def _share(gain: float, per_day: float) -> float:
    return canary_share(gain, BASELINE, per_day=per_day, settings=CANARY)


def _changes(gain: float) -> tuple[float, float]:
    """Give the shares of failures fixed and of good answers broken that make up a true gain."""
    breaks = BREAKS if gain >= 0 else (0.05 * (1 - BASELINE) - gain) / BASELINE
    return min(1.0, (gain + BASELINE * breaks) / (1 - BASELINE)), breaks


def _pair(
    n: int, candidate: float, incumbent: float, *, went_well: bool = False, key: PairId | None = None
) -> Pair:
    return Pair(
        example=ExampleId(str(n)),
        conversation=str(n),
        slice=f"topic {n % SLICES}",
        candidate=float(candidate),
        incumbent=incumbent,
        candidate_answer="new",
        incumbent_answer="old",
        went_well=went_well,
        is_recorded=key is not None,
        key=key,
    )


def _report(pairs: list[Pair], *, success_at: float) -> EvalReport:
    return EvalReport(
        id=ReportId("report"),
        workspace=DEFAULT_WORKSPACE,
        agent=AgentId("a"),
        candidate=AgentVersionId("new"),
        incumbent=AgentVersionId("old"),
        dataset=DatasetId("d"),
        scorer="simulated",
        at=NOW,
        overall=tally("overall", pairs, success_at=success_at),
        slices=by_slice(pairs, least=GATE.slice_least, success_at=success_at),
        void=0,
        pairs=tuple(pairs),
    )


def list_sites(requests: int) -> Iterator[Site]:
    """Give the sites of a size, by what is known of their answers."""
    yield Site(requests)
    yield Site(requests, verified=True)
    yield Site(requests, backlog_days=45, verified=True)
    yield from (Site(requests, backlog_days=days, labels=n) for n in (60, 300, 1000) for days in (7, 45))


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=200)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--requests", type=int, nargs="+", default=[50, 200, 500])
    asked = parser.parse_args()
    print("| requests a day | compared by | recorded before | true gain | past the gate | out in 14 days |")
    print("|---:|---|---:|---:|---:|---:|")
    for requests in asked.requests:
        for site in list_sites(requests):
            for gain in (0.05, 0.15, 0.0):
                print(_row(site, gain, runs=asked.runs, seed=asked.seed), flush=True)


def _row(site: Site, gain: float, *, runs: int, seed: int) -> str:
    rng = np.random.default_rng([seed, site.requests, site.labels, site.backlog_days, round(100 * gain)])
    months = [Life(site, gain, rng).live() for _ in range(runs)]
    out = sum(one.promoted is not None and one.promoted <= DEADLINE for one in months)
    gated = sum(one.gated > 0 for one in months)
    cells = (f"{site.requests}", site.scoring, f"{site.backlog_days} days", f"{100 * gain:+.0f}")
    return f"| {' | '.join((*cells, _share_of(gated, runs), _share_of(out, runs)))} |"


def _share_of(count: int, runs: int) -> str:
    limits = wilson(count, runs)
    return f"{count / runs:.0%} ({limits.low:.0%} to {limits.high:.0%})"


if __name__ == "__main__":
    main()
