"""May an agent move to another model? It only has to be as good: overall, and in every group of cases (pure).

Every group must be shown to be not worse, so that each may use the whole level: a candidate that is worse in
one of them passes with at most the chance of passing that one (intersection-union test, Berger 1982).
"""

import math
from collections.abc import Sequence
from functools import cache

from msgspec import Struct

from upspiral.domain import Check, EvalReport, Slice
from upspiral.domain.judgment import JudgeRecord
from upspiral.evaluate.config import EvaluateSettings
from upspiral.evaluate.gate import check_evidence, check_guards, check_voids
from upspiral.evaluate.judged_gate import JudgedGain, check_reliance, gather_gain
from upspiral.evaluate.slices import WENT_WELL
from upspiral.stats.paired import (
    LossLimits,
    MarginOfGroup,
    Noninferiority,
    assess_noninferiority,
    gain_interval,
    pairs_for_noninferiority,
)

USUAL_DISCORDANT = 0.08
"""Share of pairs on which two models of the same quality differ, where nothing is known yet."""
GROUP_POWER = 0.8
"""A slice is looked at by itself where it has the pairs that show it to be not worse with this chance."""
PRIOR_PAIRS = 25
"""What is usual weighs as much as so many pairs, where it is guessed how often two models differ."""
MIN_MARGIN = 0.001
"""A judge's error may leave no margin; pairs are counted for this one then, as a part of 1."""
SMALL_SLICES = "the smaller slices together"


class MigrationVerdict(Struct, frozen=True, kw_only=True):
    """Whether a model may take the place of another, and why."""

    outcome: Noninferiority
    reason: str
    """In one sentence."""
    more_pairs: int | None = None
    """About so many more conversations are needed for a verdict; None where more would not help, or none
    are needed."""
    checks: tuple[Check, ...] = ()


class _Group(Struct, frozen=True):
    """A slice with the loss that is tolerated in it."""

    slice: Slice
    margin: float
    outcome: Noninferiority


def pairs_for_migration(
    shares: Sequence[float], *, discordant: float = USUAL_DISCORDANT, settings: EvaluateSettings
) -> int:
    """Say how many pairs show that an equally good model is not worse, overall and in every slice.

    Args:
        shares: Of each slice in all pairs, 0 to 1.
        discordant: Share of pairs, above 0, that only one of the two models gets right.
        settings: Margins and levels.

    >>> pairs_for_migration([1 / 8] * 8, settings=EvaluateSettings())
    1300
    """
    groups = [MarginOfGroup(1.0, settings.margin)]
    groups += [MarginOfGroup(share, settings.slice_margin) for share in shares]
    return pairs_for_noninferiority(groups, discordant=discordant, alpha=settings.alpha, power=GROUP_POWER)


def judge_migration(
    report: EvalReport, *, settings: EvaluateSettings, record: JudgeRecord | None = None
) -> MigrationVerdict:
    """Say what a comparison of two models proves.

    Args:
        report: The paired comparison.
        settings: Margins and levels.
        record: What is known of the judge, where a judge compared the answers.
    """
    guards = check_guards(report, settings)
    asked = (check_evidence(report, settings), check_voids(report, settings), *guards)
    gain = None
    if record is not None:
        gain = gather_gain(report, record, settings=settings)
        asked = (*asked, *check_reliance(gain, record, report, settings=settings))
    if broken := [check for check in guards if not check.passed]:
        said = f"It breaks {broken[0].name} more often: {broken[0].detail}."
        return MigrationVerdict(outcome=Noninferiority.WORSE, reason=said, checks=asked)
    groups = _assess_groups(report, settings, gain)
    checks = (*asked, *map(_to_check, groups))
    if refused := [check for check in asked if not check.passed]:
        said = f"{refused[0].name.capitalize()}: {refused[0].detail}."
        return MigrationVerdict(
            outcome=Noninferiority.INCONCLUSIVE,
            reason=said,
            more_pairs=_count_more_pairs(report, groups, settings),
            checks=checks,
        )
    return _decide(report, groups, checks, settings)


def _decide(
    report: EvalReport, groups: Sequence[_Group], checks: tuple[Check, ...], settings: EvaluateSettings
) -> MigrationVerdict:
    worse = [group for group in groups if group.outcome is Noninferiority.WORSE]
    if worse:
        said = f"It is worse {_say_where(worse)}."
        return MigrationVerdict(outcome=Noninferiority.WORSE, reason=said, checks=checks)
    open_ = [group for group in groups if group.outcome is Noninferiority.INCONCLUSIVE]
    if not open_:
        said = (
            f"It is not worse overall, nor in any of {len(groups) - 1} slices, on {report.overall.n} pairs."
        )
        return MigrationVerdict(outcome=Noninferiority.NOT_WORSE, reason=said, checks=checks)
    more = _count_more_pairs(report, groups, settings)
    said = f"Too few pairs to say {_say_where(open_)}: about {more} more are needed."
    return MigrationVerdict(outcome=Noninferiority.INCONCLUSIVE, reason=said, more_pairs=more, checks=checks)


def _assess_groups(report: EvalReport, settings: EvaluateSettings, gain: JudgedGain | None) -> list[_Group]:
    """Look at all pairs, at each slice that is large enough, and at the smaller ones together.

    A small slice by itself only counts where it is significantly worse, with the level shared among them.
    Where a judge compared, its error is taken off the margins, and all pairs are tested beside the labels.
    """
    bias = max(0.0, gain.bias) if gain else 0.0
    slices = [one for one in report.slices if one.name != WENT_WELL]
    least = min(settings.slice_pairs, _pairs_of_a_slice(settings.slice_margin, settings.alpha))
    large = [one for one in slices if one.n >= least]
    small = [one for one in slices if one.n < least]
    together = [_add_up(small)] if sum(one.n for one in small) >= least else []

    def assess(one: Slice, margin: float, harm_alpha: float) -> _Group:
        left = margin - bias
        limits = LossLimits(left, settings.alpha, harm_alpha)
        outcome = assess_noninferiority(one.wins, one.losses, one.n, limits)
        return _Group(one, left, outcome)

    harm = settings.harm_alpha
    whole = assess(report.overall, settings.margin, harm)
    if gain and whole.outcome is not Noninferiority.WORSE:
        is_shown = gain.p_value(alpha=settings.alpha, limit=-settings.margin) <= settings.alpha
        shown = Noninferiority.NOT_WORSE if is_shown else Noninferiority.INCONCLUSIVE
        whole = _Group(report.overall, settings.margin, shown)
    tried = [assess(one, settings.slice_margin, harm / len(small)) for one in small]
    return [
        whole,
        *(assess(one, settings.slice_margin, harm / len(large)) for one in large),
        *(assess(one, settings.slice_margin, harm) for one in together),
        *(one for one in tried if one.outcome is Noninferiority.WORSE),
    ]


@cache
def _pairs_of_a_slice(margin: float, alpha: float) -> int:
    alone = [MarginOfGroup(1.0, margin)]
    return pairs_for_noninferiority(alone, discordant=USUAL_DISCORDANT, alpha=alpha, power=GROUP_POWER)


def _add_up(slices: Sequence[Slice]) -> Slice:
    n = sum(one.n for one in slices)
    wins, losses = sum(one.wins for one in slices), sum(one.losses for one in slices)
    gain = gain_interval(wins, losses, n)
    return Slice(
        name=SMALL_SLICES,
        n=n,
        wins=wins,
        losses=losses,
        candidate_rate=sum(one.candidate_rate * one.n for one in slices) / n,
        incumbent_rate=sum(one.incumbent_rate * one.n for one in slices) / n,
        gain_low=gain.low,
        gain_high=gain.high,
    )


def _count_more_pairs(report: EvalReport, groups: Sequence[_Group], settings: EvaluateSettings) -> int | None:
    """Say about how many more pairs the groups need of which nothing can be said yet."""
    n = max(report.overall.n, 1)
    needed = [settings.min_pairs]
    for group in groups:
        if group.outcome is Noninferiority.INCONCLUSIVE:
            seen = max(group.slice.n, 1)
            needed.append(round(max(_pairs_of(group, settings), 1.25 * seen) * n / seen))
    return max(max(needed) - report.overall.n, 0) or None


def _pairs_of(group: _Group, settings: EvaluateSettings) -> int:
    """Say how many pairs of a group show an equally good model; a loss beyond chance narrows the margin."""
    one = group.slice
    seen = one.wins + one.losses + USUAL_DISCORDANT * PRIOR_PAIRS
    discordant = seen / (one.n + PRIOR_PAIRS)
    error = math.sqrt(discordant / max(one.n, 1))
    loss = max(0.0, (one.losses - one.wins) / max(one.n, 1) - error)
    margin = max(group.margin - loss, group.margin / 2, MIN_MARGIN)
    alone = [MarginOfGroup(1.0, margin)]
    return pairs_for_noninferiority(alone, discordant=discordant, alpha=settings.alpha, power=GROUP_POWER)


def _say_where(groups: Sequence[_Group]) -> str:
    """Say in which groups, with figures."""
    return ", ".join(
        f"{'overall' if group.slice.name == 'overall' else f'in slice {group.slice.name!r}'} "
        f"({_say_gain(group.slice)} points on {group.slice.n} pairs)"
        for group in groups
    )


def _say_gain(one: Slice) -> str:
    return f"{100 * (one.candidate_rate - one.incumbent_rate):+.1f}"


def _to_check(group: _Group) -> Check:
    one = group.slice
    where = "overall" if one.name == "overall" else f"in slice {one.name!r}"
    return Check(
        name=f"as good {where}",
        passed=group.outcome is Noninferiority.NOT_WORSE,
        detail=(
            f"{one.incumbent_rate:.1%} to {one.candidate_rate:.1%} on {one.n} pairs ({one.wins} won, "
            f"{one.losses} lost); a loss of {100 * group.margin:.3g} points must be ruled out: "
            f"{group.outcome.replace('_', ' ')}"
        ),
    )
