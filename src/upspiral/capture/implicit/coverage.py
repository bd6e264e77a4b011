"""Of how many answers do we know how they went, and are implicit signals true to their word?"""

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta

import numpy as np
from msgspec import Struct

from upspiral.capture.config import CaptureSettings
from upspiral.capture.implicit.rated import judge_by_people
from upspiral.domain import Judgement, Source, VoteWeight
from upspiral.domain.feedback import SIGNAL_RATERS
from upspiral.domain.ids import InteractionId, WorkspaceId
from upspiral.stats.calibration import ReliabilityBin, bin_predictions
from upspiral.store import Store

MAX_TURNS = 20_000
"""Newest Interactions by which coverage is measured."""


class SignalCalibration(Struct, frozen=True, kw_only=True):
    """Feedback of people on the answers that an implicit signal judged."""

    rater: str
    judged: int
    """Answers that it judged."""
    checked: int
    """Those of them that people rated."""
    brier: float | None
    """Mean squared error of its scores on the checked, 0 to 1, lower is better; None where none was."""
    base_brier: float | None
    """The same where the share of good answers among the checked is given of each."""
    bins: list[ReliabilityBin]
    """Its chances in steps, and the share of good answers in each."""


class OutcomeCoverage(Struct, frozen=True, kw_only=True):
    """How much is known of the answers of the days that raters are known by, or of the newest 20,000."""

    since: datetime
    """From when on; everything below is of that time."""
    turns: int
    """Interactions other than recommendations."""
    with_outcome: int
    """Those that are a success or a failure."""
    by_people: int
    """Those that people rated good or bad."""
    with_implicit: int
    """Those with a score from an implicit signal."""
    signals: list[SignalCalibration]


def measure_coverage(
    store: Store,
    workspace: WorkspaceId,
    *,
    settings: CaptureSettings,
    now: datetime,
    max_turns: int = MAX_TURNS,
) -> OutcomeCoverage:
    """Say of how many answers the outcome is known, and how well implicit signals foretell people's ratings.

    A turn that people rated was judged by a model that had not seen its conversation, so the comparison is
    honest.

    Args:
        store: Where everything is kept.
        workspace: Whose Interactions.
        settings: The thresholds, and over how many days.
        now: The present moment.
        max_turns: Newest Interactions that are looked at: shares of so many are sure to a point, and a busy
            site has millions within the days.
    """
    since = now - timedelta(days=settings.rater_days)
    since = store.followed.find_start(workspace, since, max_turns)
    words = store.rater_weights.words(workspace, since)
    rows = store.rater_weights.list_rows(workspace)
    weights = {one.voice: VoteWeight(one.weight_good, one.weight_bad) for one in rows}
    truth = judge_by_people(words, weights, settings)
    counts = store.followed.count_coverage(workspace, since)
    return OutcomeCoverage(
        since=since,
        turns=counts.turns,
        with_outcome=counts.with_outcome,
        by_people=len(truth),
        with_implicit=counts.with_implicit,
        signals=[one for name in SIGNAL_RATERS if (one := calibrate(words, name, truth)).judged],
    )


def calibrate(
    words: Iterable[Judgement], rater: str, truth: Mapping[InteractionId, bool]
) -> SignalCalibration:
    """Hold the judgements of an implicit rater against those of people on the same answers (pure)."""
    given = {
        word.interaction: word.score
        for word in words
        if word.source == Source.IMPLICIT and word.rater == rater and word.score is not None
    }
    both = [(score, float(truth[ident])) for ident, score in given.items() if ident in truth]
    if not both:
        return SignalCalibration(
            rater=rater, judged=len(given), checked=0, brier=None, base_brier=None, bins=[]
        )
    chances, good = np.array(both).T
    return SignalCalibration(
        rater=rater,
        judged=len(given),
        checked=len(both),
        brier=float(np.mean((chances - good) ** 2)),
        base_brier=float(np.var(good)),
        bins=bin_predictions(good, chances),
    )
