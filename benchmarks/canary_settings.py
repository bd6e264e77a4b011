"""Does anything get out? Simulated sites, candidates of known quality, the gate and canary as they are.

`python benchmarks/canary_settings.py` prints a Markdown table; `--runs` and `--seed` are its only inputs.
"""

import argparse
from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np

from upspiral.stats.ledger import lord_alpha
from upspiral.stats.paired import mcnemar_exact, not_worse, worse
from upspiral.stats.proportions import wilson
from upspiral.stats.sequential import difference_sequence, rollback_evidence

TURNS, FEEDBACK, DAYS, SLICES = 5, 0.10, 30, 10
BREAKS = 0.02
"""Share of good answers that a good candidate breaks; what it fixes follows from its true gain."""


@dataclass(frozen=True)
class Site:
    """A site and its defaults."""

    requests: int
    baseline: float = 0.8
    share: float = 0.1
    margin: float = 0.02
    alpha: float = 0.05
    judged: bool = False
    """Does a verifier score every conversation, instead of only those with feedback?"""
    max_taught: int = 1000
    heldout: float = 0.3
    heldout_successes: int = 800
    window_days: int = 7
    canary_max_days: int = 14
    min_outcomes: int = 20

    @property
    def settled(self) -> float:
        """Labeled conversations a day: those with at least one signal in their turns."""
        return self.requests / TURNS * (1.0 if self.judged else 1 - (1 - FEEDBACK) ** TURNS)


@dataclass(frozen=True)
class Result:
    """How one simulated month ended."""

    promoted: int | None
    """Day of the promotion."""
    canary_days: float
    gated: int
    """Nights whose candidate passed the gate."""


def month(site: Site, gain: float, rng: np.random.Generator) -> Result:
    """Live one month in which every night offers a candidate of the same true gain."""
    history: list[bool] = []
    spent, day = 0.0, 1
    while day <= DAYS:
        history.append(_gate(site, gain, history, rng))
        if not history[-1]:
            day += 1
            continue
        healthy, took = _canary(site, gain, rng)
        spent += took
        if healthy:
            return Result(day + int(np.ceil(took)), spent, sum(history))
        day += max(1, int(np.ceil(took)))
    return Result(None, spent, sum(history))


def _gate(site: Site, gain: float, history: list[bool], rng: np.random.Generator) -> bool:
    days = site.window_days if not history else 1
    failures = min(site.max_taught, rng.poisson(site.settled * days * (1 - site.baseline)))
    ratio = site.baseline / (1 - site.baseline)
    good = min(site.heldout_successes, round(failures * site.heldout * ratio))
    bad = round(good / ratio)
    fixes, breaks = _changes(site.baseline, gain)
    wins = rng.multinomial(rng.binomial(bad, fixes), [1 / SLICES] * SLICES)
    losses = rng.multinomial(rng.binomial(good, breaks), [1 / SLICES] * SLICES)
    w, lost, n = int(wins.sum()), int(losses.sum()), good + bad
    if n < 10 or mcnemar_exact(w, lost) > lord_alpha(history, alpha=site.alpha, w0=site.alpha):
        return False
    if not not_worse(w, lost, n, margin=site.margin, alpha=site.alpha):
        return False
    return all(worse(int(a), int(b)) > 0.01 / SLICES for a, b in zip(wins, losses, strict=True))


def _changes(baseline: float, gain: float) -> tuple[float, float]:
    """Give the shares of failures fixed and of successes broken that make up a true gain."""
    breaks = BREAKS if gain >= 0 else (0.05 * (1 - baseline) - gain) / baseline
    return min(1.0, (gain + baseline * breaks) / (1 - baseline)), breaks


def _canary(site: Site, gain: float, rng: np.random.Generator) -> tuple[bool, float]:
    """Watch a canary; give whether it was healthy, and the days it took."""
    arms, outcomes = np.empty(0, np.bool_), np.empty(0, np.bool_)
    per_look = max(5, int(site.settled / 24))
    looks = int(site.canary_max_days * site.settled / per_look)
    for look in range(1, looks + 1):
        new = rng.random(per_look) < site.share
        rate = np.where(new, min(1.0, site.baseline + gain), site.baseline)
        arms, outcomes = np.append(arms, new), np.append(outcomes, rng.random(per_look) < rate)
        days = look * per_look / site.settled
        if arms.sum() < site.min_outcomes:
            continue
        limits = difference_sequence(
            int(outcomes[arms].sum()), int(arms.sum()), int(outcomes[~arms].sum()), int((~arms).sum())
        )
        if limits.low > -site.margin:
            return True, days
        if not _is_worth_a_look(limits.high, look, looks):
            continue
        if rollback_evidence(arms, outcomes, share=site.share).max() >= 1 / site.alpha:
            return False, days
    return False, float(site.canary_max_days)


def _is_worth_a_look(high: float, look: int, looks: int) -> bool:
    """Replay the evidence only where it can have risen, or at the end: it keeps its maximum."""
    return high < 0.05 or look % 24 == 0 or look == looks


def table(runs: int, seed: int) -> Iterator[str]:
    """Yield the rows of the table."""
    yield "| requests a day | settings | true gain | within 14 days | days to promotion | canary days |"
    yield "|---:|---|---:|---:|---:|---:|"
    for requests in (500, 10_000, 500_000):
        site = Site(requests)
        variants = {
            "defaults": site,
            "share 0.3": replace(site, share=0.3),
            "share 0.5": replace(site, share=0.5),
            "all judged": replace(site, judged=True),
            "margin 0": replace(site, margin=0.0),
        }
        for name, variant in variants.items():
            for gain in (0.30, 0.05, 0.0, -0.05):
                if gain == 0.30:
                    variant = replace(variant, baseline=0.6)
                elif variant.baseline != site.baseline:
                    variant = replace(variant, baseline=site.baseline)
                yield _row(requests, name, variant, gain, runs=runs, seed=seed)


def _row(requests: int, name: str, site: Site, gain: float, *, runs: int, seed: int) -> str:
    rng = np.random.default_rng([seed, requests, round(1000 * (gain + 1))])
    months = [month(site, gain, rng) for _ in range(runs)]
    days = [m.promoted for m in months if m.promoted is not None]
    early = sum(day <= 14 for day in days)
    limits = wilson(early, runs)
    middle = f"{np.median(days):.0f} (80 %: {np.quantile(days, 0.8):.0f})" if days else "none"
    spent = np.median([m.canary_days for m in months])
    share = f"{early / runs:.0%} ({limits.low:.0%} to {limits.high:.0%})"
    return f"| {requests:,} | {name} | {100 * gain:+.0f} | {share} | {middle} | {spent:.1f} |"


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=200)
    parser.add_argument("--seed", type=int, default=0)
    chosen = parser.parse_args()
    for line in table(chosen.runs, chosen.seed):
        print(line, flush=True)


if __name__ == "__main__":
    main()
