"""May a judge decide, and is the candidate better in people's eyes? The judge's part of the gate, pure.

The test and its null: docs/adr/0017-judged-pairs.md.
"""

from collections import defaultdict
from collections.abc import Sequence

from msgspec import Struct

from upspiral.domain import Check, EvalReport
from upspiral.domain.ids import ReportId
from upspiral.domain.judgment import JudgeRecord, LabeledPair, agreement
from upspiral.evaluate.config import EvaluateSettings
from upspiral.judges.tripwires import MAX_FAILURE_SHARE, withstands
from upspiral.stats.judged.corrected import Labeled, correct_mean
from upspiral.stats.judged.gain import bias_bound, gain_p_value, labels_needed, p_value_given_bias

MIN_GROUP_LABELS = 20
"""Earlier comparisons with fewer labels are taken together."""


class JudgedGain(Struct, frozen=True):
    """What verdicts and labels together say of a comparison."""

    labeled: tuple[LabeledPair, ...]
    """Whose labels are used: of this comparison's pairs, or of earlier ones'."""
    verdicts: tuple[float, ...]
    """On the pairs of this comparison that are not labeled."""
    is_own: bool
    """Are the labels of pairs of this comparison?"""
    share: float = 1.0
    """Of all pairs, those whose answers differ: the others are ties for certain, and stand nowhere above."""

    @property
    def pairs(self) -> Labeled:
        """The labels beside the verdicts."""
        return Labeled([one.label for one in self.labeled], [one.verdict for one in self.labeled])

    @property
    def bias(self) -> float:
        """By how much the judge favored the candidate where people labeled."""
        n = len(self.labeled)
        return sum(one.verdict - one.label for one in self.labeled) / n if n else 0.0

    def p_value(self, *, alpha: float, limit: float = 0.0) -> float:
        """Give the p-value of "in people's eyes the mean gain over all pairs is at most `limit`".

        With labels of earlier comparisons half of the level pays for the bound on the judge's error, and half
        for the test, so that the p-value is at most `alpha` only where both hold (Berger and Boos 1994).
        """
        limit = limit / self.share
        if self.is_own:
            return gain_p_value(self.pairs, self.verdicts, limit=limit, alpha=alpha)
        groups = _group_by_report(self.labeled)
        shift = max(bias_bound(_to_labeled(group), alpha=alpha / 2 / len(groups)) for group in groups)
        p = p_value_given_bias(self.verdicts, shift=shift, limit=limit, alpha=alpha / 2)
        return min(1.0, p + alpha / 2)


def gather_gain(report: EvalReport, record: JudgeRecord, *, settings: EvaluateSettings) -> JudgedGain:
    """Choose the labels that correct a comparison: its own where there are enough, else earlier ones.

    Everything is put in the order of the pairs' keys, which tells nothing of what was said of them.
    """
    both = [pair for pair in report.pairs if pair.preference is not None]
    judged = sorted((pair.key or "", pair.preference or 0.0) for pair in both if not pair.is_same)
    share = len(judged) / len(both) if judged else 1.0
    labeled = sorted(record.labeled, key=lambda one: one.pair)
    here = {key for key, _ in judged}
    own = tuple(one for one in labeled if one.report == report.id and one.pair in here)
    earlier = tuple(one for one in labeled if one.report != report.id)
    if len(own) < settings.judge_labels <= len(earlier):
        return JudgedGain(earlier, tuple(value for _, value in judged), is_own=False, share=share)
    of_own = {one.pair for one in own}
    return JudgedGain(
        own, tuple(value for key, value in judged if key not in of_own), is_own=True, share=share
    )


def check_reliance(
    gain: JudgedGain, record: JudgeRecord, report: EvalReport, *, settings: EvaluateSettings
) -> tuple[Check, ...]:
    """Ask whether the judge may decide anything; nothing is spent where it may not."""
    share, n = agreement(gain.labeled), len(gain.labeled)
    said = "nothing is known of that" if share is None else f"it does in {share:.0%} of {n} labeled pairs"
    whose = "of this comparison" if gain.is_own else "of earlier comparisons"
    return (
        Check(
            name="judge sees tripwires",
            passed=withstands(record),
            detail=f"it missed {record.tripwires_failed} of {record.tripwires} pairs with a known answer; at "
            f"most {MAX_FAILURE_SHARE:.0%} may be missed, with 95 % confidence",
        ),
        Check(
            name="enough labels",
            passed=n >= settings.judge_labels,
            detail=f"people labeled {n} pairs {whose}, {settings.judge_labels} are needed: "
            f"`upspiral label {report.agent}`",
        ),
        Check(
            name="judge agrees with people",
            passed=share is not None and share >= settings.judge_floor,
            detail=f"it must prefer what people prefer in {settings.judge_floor:.0%}; {said}",
        ),
    )


def check_gain(
    gain: JudgedGain, *, alpha: float, settings: EvaluateSettings
) -> tuple[tuple[Check, ...], float]:
    """Ask whether people would find the candidate better, and not worse by the margin; with the p-value."""
    p_value = gain.p_value(alpha=alpha)
    not_worse = gain.p_value(alpha=settings.alpha, limit=-settings.margin)
    points, words = _describe(gain)
    enough = p_value <= alpha
    more = (
        ""
        if enough
        else f"; {labels_needed(gain.pairs, max(points, 0.05), alpha=alpha)} labels show 5 points"
    )
    if not enough and points > 0.05:
        more = more.replace("5 points", f"{100 * points:.0f} points")
    return (
        Check(
            name="gain",
            passed=enough,
            detail=f"{words}, p = {p_value:.2g} where at most {alpha:.2g} counts{more}",
        ),
        Check(
            name="not worse overall",
            passed=not_worse <= settings.alpha,
            detail=f"a loss of {100 * settings.margin:g} points must be ruled out, p = {not_worse:.2g}"
            f" where at most {settings.alpha:.2g} counts",
        ),
    ), p_value


def _describe(gain: JudgedGain) -> tuple[float, str]:
    """Say what the gain is, in parts of 1 and in words."""
    verdicts = [*gain.verdicts, *([one.verdict for one in gain.labeled] if gain.is_own else [])]
    judged = sum(verdicts) / len(verdicts) if verdicts else 0.0
    begin = (
        f"in {len(verdicts)} pairs that differ the judge prefers the candidate by {100 * judged:+.1f} points"
    )
    if len(gain.labeled) < 2:
        return judged, begin
    if not gain.is_own:
        left = judged - gain.bias
        return left, f"{begin}, {100 * left:+.1f} after its error on {len(gain.labeled)} earlier labels"
    found = correct_mean(gain.pairs, gain.verdicts)
    between = f"{100 * found.low:+.1f} to {100 * found.high:+.1f}"
    words = f"{begin}; with {len(gain.labeled)} labels {100 * found.estimate:+.1f} ({between})"
    return found.estimate, words


def _group_by_report(labeled: Sequence[LabeledPair]) -> list[list[LabeledPair]]:
    groups: dict[ReportId, list[LabeledPair]] = defaultdict(list)
    for one in labeled:
        groups[one.report].append(one)
    large = [group for group in groups.values() if len(group) >= MIN_GROUP_LABELS]
    small = [one for group in groups.values() if len(group) < MIN_GROUP_LABELS for one in group]
    return [*large, small] if len(small) >= MIN_GROUP_LABELS or not large else large


def _to_labeled(group: Sequence[LabeledPair]) -> Labeled:
    return Labeled([one.label for one in group], [one.verdict for one in group])
