"""How much does an implicit signal count? By the feedback of people on the answers that had it (pure)."""

import math
from collections.abc import Mapping, Sequence

from msgspec import Struct

from upspiral.capture.config import CaptureSettings
from upspiral.capture.implicit.rated import judge_by_people
from upspiral.domain import Judgement, Reliability, Source, VoteWeight, to_rater_key
from upspiral.domain.feedback import SIGNAL_RATERS
from upspiral.domain.ids import InteractionId
from upspiral.stats.proportions import newcombe
from upspiral.stats.raters import PRIOR_ACCURACY

MAX_WEIGHT, MIN_WEIGHT = 3.0, 0.1
"""No signal weighs more than this; one that would weigh less does not count."""
MIN_JUDGEMENTS = 10
"""Rated answers of which it must have been given before it counts: intervals of fewer say too much."""
CONFIDENCE = 0.99
"""With which a signal must be seen to tell good and bad answers apart."""


class JudgementCounts(Struct, frozen=True):
    """How often one judgement was given of answers that people rated."""

    on_good: int
    on_bad: int


def weigh_signals(
    words: Sequence[Judgement], weights: Mapping[str, VoteWeight], settings: CaptureSettings
) -> list[Reliability]:
    """Weigh each implicit rater against what people say; people are not weighed against signals.

    A signal that comes weighs `w = ln(P(it comes | good) / P(it comes | bad))`, counted over all rated
    answers, in votes of a typical rater; so a signal that is mostly silent, such as copying, is weighed like
    any other. It weighs 0 where the two shares do not surely differ, and less than 0 where it comes more
    often with bad answers. Sources: Nitzan and Paroush (1982); Newcombe (1998) for the interval.

    Args:
        words: All feedback, oldest first.
        weights: By rater key, what each person's word weighs.
        settings: The two thresholds.
    """
    truth = judge_by_people(words, weights, settings)
    return [
        _weigh(to_rater_key(Source.IMPLICIT, name), votes, truth)
        for name in SIGNAL_RATERS
        if (votes := _collect_votes(words, name, settings))
    ]


def _collect_votes(
    words: Sequence[Judgement], rater: str, settings: CaptureSettings
) -> dict[InteractionId, bool]:
    latest = {
        word.interaction: word.score
        for word in words
        if word.source == Source.IMPLICIT and word.rater == rater and word.score is not None
    }
    return {
        ident: score >= settings.success_at
        for ident, score in latest.items()
        if score >= settings.success_at or score < settings.failure_below
    }


def _weigh(
    rater: str, votes: Mapping[InteractionId, bool], truth: Mapping[InteractionId, bool]
) -> Reliability:
    rated = JudgementCounts(sum(truth.values()), len(truth) - sum(truth.values()))
    both = [(given, truth[ident]) for ident, given in votes.items() if ident in truth]
    judged_good = JudgementCounts(both.count((True, True)), both.count((True, False)))
    judged_bad = JudgementCounts(both.count((False, True)), both.count((False, False)))
    good, bad = weigh_word(judged_good, rated), -weigh_word(judged_bad, rated)
    words = set(votes.values())
    good, bad = (good if True in words else bad), (bad if False in words else good)
    right = judged_good.on_good + judged_bad.on_bad
    return Reliability(
        voice=rater,
        weight=round((good + bad) / 2, 3),
        weight_good=good,
        weight_bad=bad,
        votes=len(votes),
        checked=len(both),
        right=_share(right, len(both)),
        right_on_good=_share(judged_good.on_good, judged_good.on_good + judged_bad.on_good),
        right_on_bad=_share(judged_bad.on_bad, judged_good.on_bad + judged_bad.on_bad),
        typical=PRIOR_ACCURACY,
        method="people",
        reason=_explain(judged_good, judged_bad, rated, counts_at_all=bool(good or bad)),
    )


def weigh_word(given: JudgementCounts, rated: JudgementCounts) -> float:
    """Give what a word weighs as evidence for good, in typical votes and steps of a tenth; 0 if unsure.

    >>> weigh_word(JudgementCounts(on_good=60, on_bad=10), JudgementCounts(on_good=100, on_bad=100))
    1.6
    >>> weigh_word(JudgementCounts(on_good=6, on_bad=5), JudgementCounts(on_good=100, on_bad=100))
    0.0
    """
    limits = newcombe((given.on_good, rated.on_good), (given.on_bad, rated.on_bad), CONFIDENCE)
    if given.on_good + given.on_bad < MIN_JUDGEMENTS or limits.low <= 0 <= limits.high:
        return 0.0
    on_good, on_bad = (given.on_good + 0.5) / (rated.on_good + 1), (given.on_bad + 0.5) / (rated.on_bad + 1)
    weight = math.log(on_good / on_bad) / math.log(PRIOR_ACCURACY / (1 - PRIOR_ACCURACY))
    weight = round(min(max(weight, -MAX_WEIGHT), MAX_WEIGHT), 1)
    return weight if abs(weight) >= MIN_WEIGHT else 0.0


def _share(part: int, n: int) -> float:
    return (part + PRIOR_ACCURACY) / (n + 1)


def _explain(
    judged_good: JudgementCounts, judged_bad: JudgementCounts, rated: JudgementCounts, *, counts_at_all: bool
) -> str:
    excluded = "" if counts_at_all else "Does not count: it does not surely tell good and bad answers apart. "
    counts = [
        f"it called {one.on_good} good and {one.on_bad} bad ones {name}"
        for name, one in (("good", judged_good), ("bad", judged_bad))
        if one.on_good or one.on_bad
    ]
    of = f"Of {rated.on_good} good and {rated.on_bad} bad answers by people's ratings "
    return excluded + of + (" and ".join(counts) or "it judged none clearly") + "."
