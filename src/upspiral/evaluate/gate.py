"""May the candidate meet users? A report and the ledger in, reasons out."""

from collections.abc import Sequence

from upspiral.domain import Check, EvalReport, Slice
from upspiral.domain.dataset import MIN_HELDOUT_GOOD
from upspiral.domain.judgment import JudgeRecord
from upspiral.domain.judgment.random_sample import SAMPLE_SIZE
from upspiral.evaluate.config import EvaluateSettings
from upspiral.evaluate.judged_gate import check_gain, check_reliance, gather_gain
from upspiral.evaluate.slices import WENT_WELL
from upspiral.stats.ledger import lord_alpha
from upspiral.stats.paired import mcnemar_exact, not_worse, worse
from upspiral.stats.proportions import exceeds


def judge(
    report: EvalReport,
    *,
    history: Sequence[bool],
    settings: EvaluateSettings,
    drawn_wrong: int = 0,
    record: JudgeRecord | None = None,
) -> tuple[tuple[Check, ...], float, float]:
    """Ask every question of the gate.

    Args:
        report: The paired comparison.
        history: What the gate said to this agent's earlier candidates, oldest first.
        settings: Levels and margins.
        drawn_wrong: Conversations drawn at random that were judged and were all wrong; see `Dataset`.
        record: What is known of the judge, where a judge compared the answers.

    Returns:
        The checks, the level this test spends, and the p-value of the gain. Where a judge compared the
        answers and may not decide, nothing is tested, and so nothing is spent.
    """
    alpha = lord_alpha(history, alpha=settings.alpha, w0=settings.alpha)
    if record is not None:
        return _ask_of_judged(report, record, alpha=alpha, settings=settings, drawn_wrong=drawn_wrong)
    p_value = mcnemar_exact(report.overall.wins, report.overall.losses)
    checks = (
        check_evidence(report, settings),
        check_voids(report, settings),
        _check_good_answers(report, drawn_wrong),
        *check_guards(report, settings),
        _gain(report.overall, alpha, p_value),
        _check_overall(report.overall, settings),
        *_slices(report.slices, settings),
    )
    return checks, alpha, p_value


def _ask_of_judged(
    report: EvalReport, record: JudgeRecord, *, alpha: float, settings: EvaluateSettings, drawn_wrong: int
) -> tuple[tuple[Check, ...], float, float]:
    """Ask every question of the gate where a judge compared the answers."""
    gain = gather_gain(report, record, settings=settings)
    first = (
        check_evidence(report, settings),
        check_voids(report, settings),
        _check_good_answers(report, drawn_wrong),
        *check_guards(report, settings),
        *check_reliance(gain, record, report, settings=settings),
    )
    if not all(check.passed for check in first):
        return first, 0.0, 1.0
    shown, p_value = check_gain(gain, alpha=alpha, settings=settings)
    return (*first, *shown, *_slices(report.slices, settings, bias=gain.bias)), alpha, p_value


def check_evidence(report: EvalReport, settings: EvaluateSettings) -> Check:
    """Ask whether both answered enough cases for anything to be shown."""
    n = report.overall.n
    return Check(
        name="enough evidence",
        passed=n >= settings.min_pairs,
        detail=f"{n} held-out cases answered by both, {settings.min_pairs} are needed",
    )


def _check_good_answers(report: EvalReport, drawn_wrong: int) -> Check:
    """Ask whether harm would show: where no good answer is held out, nobody sees what is forgotten."""
    both = [p for p in report.pairs if p.candidate is not None and p.incumbent is not None]
    good = sum(pair.went_well or pair.is_recorded for pair in both)
    what = "good or recorded answers" if any(pair.is_recorded for pair in both) else "good answers"
    detail = f"{good} {what} were held out, {MIN_HELDOUT_GOOD} are needed to see what is forgotten"
    if good < MIN_HELDOUT_GOOD and drawn_wrong >= SAMPLE_SIZE:
        detail = f"{drawn_wrong} conversations drawn at random were judged, and none was right"
    passed = good >= MIN_HELDOUT_GOOD or drawn_wrong >= SAMPLE_SIZE
    return Check(name="good answers to lose", passed=passed, detail=detail)


def check_guards(report: EvalReport, settings: EvaluateSettings) -> list[Check]:
    """Ask of every guard whether the candidate breaks it significantly more often than the incumbent."""
    found = []
    for name in settings.guards:
        broken = sum(name in pair.broken_guards for pair in report.pairs)
        kept = sum(name in pair.kept_guards for pair in report.pairs)
        p_value = worse(kept, broken)
        found.append(
            Check(
                name=f"guard {name}",
                passed=p_value > settings.harm_alpha / len(settings.guards),
                detail=f"{broken} answers of the candidate alone break it, {kept} of the incumbent alone",
            )
        )
    return found


def check_voids(report: EvalReport, settings: EvaluateSettings) -> Check:
    """Ask whether few enough cases went unanswered."""
    total = report.overall.n + report.void
    share = report.void / total if total else 1.0
    return Check(
        name="few voids",
        passed=share <= settings.max_void,
        detail=f"{report.void} of {total} cases went unanswered, at most {settings.max_void:.0%} may",
    )


def _gain(overall: Slice, alpha: float, p_value: float) -> Check:
    return Check(
        name="gain",
        passed=p_value <= alpha,
        detail=(
            f"{overall.incumbent_rate:.1%} to {overall.candidate_rate:.1%} right "
            f"({overall.wins} won, {overall.losses} lost), p = {p_value:.2g} where at most {alpha:.2g} counts"
        ),
    )


def _check_overall(overall: Slice, settings: EvaluateSettings) -> Check:
    return Check(
        name="not worse overall",
        passed=not_worse(
            overall.wins, overall.losses, overall.n, margin=settings.margin, alpha=settings.alpha
        ),
        detail=(
            f"interval of the gain {100 * overall.gain_low:+.1f} to {100 * overall.gain_high:+.1f} points, "
            f"a loss of {100 * settings.margin:g} points must be ruled out"
        ),
    )


def _slices(slices: Sequence[Slice], settings: EvaluateSettings, *, bias: float | None = None) -> list[Check]:
    """Give a check for every slice that was harmed, or one that says none was.

    Large slices must be shown to be not worse, with the level shared among them; small ones veto only when
    significantly worse, with the harm level shared among them. What went well before was chosen because it
    did, so that a candidate can only lose there: it vetoes when it surely loses more than is tolerated.

    Where a judge said which answer is better, a candidate can win there too, so that it is a slice as others
    are. By how much the judge favors candidates is taken off the margin of the large ones.
    """
    margin = settings.slice_margin - max(0.0, bias or 0.0)
    groups = [s for s in slices if s.name != WENT_WELL or bias is not None]
    large = [s for s in groups if s.n >= settings.slice_pairs]
    small = [s for s in groups if s.n < settings.slice_pairs]
    harmed = [_harm(s) for s in small if worse(s.wins, s.losses) <= settings.harm_alpha / len(small)]
    harmed += [
        _harm(s)
        for s in large
        if not not_worse(s.wins, s.losses, s.n, margin=margin, alpha=settings.alpha / len(large))
    ]
    if bias is None:
        harmed += [_harm(s) for s in slices if s.name == WENT_WELL and _forgets(s, settings)]
    if harmed:
        return harmed
    unproven = f"; too small to prove: {', '.join(s.name for s in small)}" if small else ""
    return [Check(name="no slice harmed", passed=True, detail=f"{len(slices)} slices looked at{unproven}")]


def _forgets(slice_: Slice, settings: EvaluateSettings) -> bool:
    return exceeds(slice_.losses, slice_.n, settings.forgetting) <= settings.harm_alpha


def _harm(harmed: Slice) -> Check:
    return Check(
        name=f"no slice harmed: {harmed.name}",
        passed=False,
        detail=(
            f"{harmed.incumbent_rate:.1%} to {harmed.candidate_rate:.1%} right on {harmed.n} cases "
            f"({harmed.wins} won, {harmed.losses} lost)"
        ),
    )
