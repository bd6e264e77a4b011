"""One run of the learning cycle, and how right it turned out to be."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from statistics import fmean

import numpy as np
from msgspec import Struct, structs
from numpy.typing import NDArray

from upspiral.analyze.recommendations.categorical import Column
from upspiral.analyze.recommendations.categories import patterns, retest
from upspiral.analyze.recommendations.config import LearningSettings
from upspiral.analyze.recommendations.evidence import Evidence
from upspiral.analyze.recommendations.insights import key_insights, recommendations
from upspiral.analyze.recommendations.profiles import profiles
from upspiral.analyze.recommendations.rules import renew, without_evidence
from upspiral.analyze.recommendations.samples import UNSETTLED, Sample, Samples, gather
from upspiral.domain.ids import WorkspaceId, derive
from upspiral.domain.learning import Learned, LearnedPattern, LearningIteration, Rule, RuleState
from upspiral.stats.proportions import Interval, wilson

ACCURACY_PREFIX, FORMER_PREFIX = "Predicted", "Foretold"
"""The word with which the insight begins that says how right an iteration turned out to be."""


class ForwardAccuracy(Struct, frozen=True, kw_only=True):
    """How well patterns predicted outcomes that came after them."""

    outcomes: int
    """How many came."""
    covered: int
    """To how many a confirmed pattern applied."""
    right: int
    accuracy: float | None
    """Share right of those covered; None where none is."""
    accuracy_interval: Interval
    base_rate: float | None
    """What always guessing the commoner outcome reaches on the same."""
    coverage: float | None

    @property
    def words(self) -> str | None:
        """Say how right the patterns were, and whether that is better than knowing nothing; None without any.

        >>> ForwardAccuracy(outcomes=100, covered=80, right=60, accuracy=0.75,
        ...                 accuracy_interval=wilson(60, 80), base_rate=0.7, coverage=0.8).words
        'Predicted 60 of 80 later outcomes (75%): not surely better than guessing the commoner one (70%).'
        """
        if self.accuracy is None or self.base_rate is None:
            return None
        if self.accuracy_interval.low > self.base_rate:
            verdict = "better than"
        else:
            verdict = "not surely better than" if self.accuracy > self.base_rate else "no better than"
        return (
            f"{ACCURACY_PREFIX} {self.right} of {self.covered} later outcomes ({self.accuracy:.0%}):"
            f" {verdict} guessing the commoner one ({self.base_rate:.0%})."
        )


def learn(
    given: Samples | Sequence[Sample],
    *,
    workspace: WorkspaceId,
    previous: Learned | None,
    clock: Callable[[], datetime],
    settings: LearningSettings,
) -> Learned:
    """Run the learning cycle once over the samples of the time looked at.

    Args:
        given: Samples, settled or not.
        workspace: Where they belong.
        previous: What the run before left behind.
        clock: Tells the time.
        settings: Thresholds.
    """
    started = clock()
    settled = columns_of(given).only_decided()
    found = patterns(settled, workspace=workspace, settings=settings)
    rules, updated = renew(
        previous.rules if previous else (),
        found,
        Evidence(settled),
        workspace=workspace,
        now=started,
        settings=settings,
    )
    known = profiles(settled, workspace=workspace)
    insights, advice = key_insights(found, known), recommendations(found, known)
    completed = clock()
    iteration = LearningIteration(
        iteration_id=derive("itr", workspace, started.isoformat()),
        workspace_id=workspace,
        samples_analyzed=len(settled),
        patterns_discovered=len(found),
        patterns_confirmed=sum(p.confirmed for p in found),
        rules_updated=updated,
        pattern_confidence_improvement=_gain(
            _confidence(found), _confidence(previous.patterns) if previous else None
        ),
        rule_effectiveness_improvement=_gain(_effect(rules), _effect(previous.rules) if previous else None),
        key_insights=tuple(i.text for i in insights),
        recommendations_for_swarm=tuple(i.text for i in advice),
        started_at=started,
        completed_at=completed,
        processing_time_seconds=(completed - started).total_seconds(),
    )
    return Learned(
        iteration=iteration,
        patterns=tuple(found),
        rules=tuple(rules),
        profiles=tuple(known),
        insights=tuple(insights),
        recommendations=tuple(advice),
    )


def predict(learned: Sequence[LearnedPattern], features: Mapping[str, str]) -> bool | None:
    """Predict approval (True) or rejection; None where no confirmed pattern applies.

    A pattern gives way to one that applies and has its conditions and more; among the rest the one that is
    most surely right decides.

    Args:
        learned: Patterns of an iteration.
        features: Of the sample.
    """
    one = {name: Column((value,), np.zeros(1, dtype=np.int32)) for name, value in features.items()}
    nobody = np.zeros(1, dtype=np.int64)
    seen = Samples(one, nobody.astype(np.int8), nobody, nobody, nobody.astype(np.float64))
    guess = int(_predict(learned, Evidence(seen))[0])
    return None if guess == UNSETTLED else guess == 1


def measure_forward_accuracy(
    learned: Sequence[LearnedPattern], seen: Evidence | Sequence[Sample], *, after: datetime
) -> ForwardAccuracy:
    """Hold patterns against the outcomes that came after a moment, and no others.

    Args:
        learned: Patterns of an iteration.
        seen: Samples; those not settled, or settled up to the moment, are passed over.
        after: When the iteration was completed.
    """
    held = seen if isinstance(seen, Evidence) else Evidence(gather(seen).only_decided())
    later = held.after(after)
    guess = _predict(learned, held) if later.any() else np.full(len(later), UNSETTLED, dtype=np.int8)
    said = later & (guess != UNSETTLED)
    outcomes, covered = (int(np.count_nonzero(rows)) for rows in (later, said))
    right = int(np.count_nonzero(said & ((guess == 1) == held.approved)))
    good = int(np.count_nonzero(said & held.approved))
    return ForwardAccuracy(
        outcomes=outcomes,
        covered=covered,
        right=right,
        accuracy=right / covered if covered else None,
        accuracy_interval=wilson(right, covered),
        base_rate=max(good, covered - good) / covered if covered else None,
        coverage=covered / outcomes if outcomes else None,
    )


def measure_accuracy(learned: Learned, seen: Evidence | Sequence[Sample]) -> LearningIteration:
    """Give an iteration with its accuracy, base rate and coverage on what came after it.

    It stays as it is once its patterns were tested again, for they were chosen by what came after it.
    """
    if learned.refreshed_at is not None:
        return learned.iteration
    found = measure_forward_accuracy(learned.patterns, seen, after=learned.iteration.completed_at)
    others = tuple(
        text
        for text in learned.iteration.key_insights
        if not text.startswith((f"{ACCURACY_PREFIX} ", f"{FORMER_PREFIX} "))
    )
    return structs.replace(
        learned.iteration,
        key_insights=((found.words, *others) if found.words else others),
        iteration_accuracy=found.accuracy,
        iteration_base_rate=found.base_rate,
        iteration_coverage=found.coverage,
    )


def revise(
    learned: Learned, seen: Evidence, *, workspace: WorkspaceId, now: datetime, settings: LearningSettings
) -> Learned:
    """Test the patterns of an iteration again on the samples of today; retire rules that lose them all.

    Nothing new is looked for. Without samples everything stays as it is.

    Args:
        learned: What the iteration left behind.
        seen: The settled samples of the time looked at.
        workspace: Where they belong.
        now: The present moment.
        settings: Thresholds; less sure patterns are dropped.
    """
    if not len(seen.settled):
        return learned
    left = retest(learned.patterns, seen.settled, workspace=workspace, settings=settings)
    return structs.replace(
        learned,
        iteration=measure_accuracy(learned, seen),
        patterns=tuple(left),
        rules=tuple(without_evidence(learned.rules, learned.patterns, left)),
        refreshed_at=now,
    )


def columns_of(given: Samples | Sequence[Sample]) -> Samples:
    """Give samples by column, however they came."""
    return given if isinstance(given, Samples) else gather(given)


def _predict(learned: Sequence[LearnedPattern], seen: Evidence) -> NDArray[np.int8]:
    """Predict each sample: 1 approved, 0 rejected, -1 where no pattern applies; shape (n,)."""
    guess = np.full(len(seen.settled), UNSETTLED, dtype=np.int8)
    confirmed = [p for p in learned if p.confirmed]
    surest = sorted(confirmed, key=lambda p: (p.success_low if p.predicts else 1 - p.success_high, p.id))
    for pattern in reversed(surest):
        mine = (guess == UNSETTLED) & seen.meet(pattern.conditions)
        for other in confirmed:
            if set(pattern.conditions) < set(other.conditions):
                mine &= ~seen.meet(other.conditions)
        guess[mine] = int(pattern.predicts)
    return guess


def _confidence(found: Sequence[LearnedPattern]) -> float | None:
    return fmean(p.confidence_level for p in found) if found else None


def _effect(rules: Sequence[Rule]) -> float | None:
    active = [r.effectiveness for r in rules if r.state == RuleState.ACTIVE]
    return fmean(active) if active else None


def _gain(now: float | None, before: float | None) -> float:
    return now - before if now is not None and before is not None else 0.0
