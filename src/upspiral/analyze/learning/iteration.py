"""One run of the learning cycle, and how right it turned out to be."""

from collections.abc import Callable, Sequence
from datetime import datetime
from statistics import fmean

from msgspec import Struct, structs

from upspiral.analyze.learning.categories import patterns
from upspiral.analyze.learning.config import LearningSettings
from upspiral.analyze.learning.insights import key_insights, recommendations
from upspiral.analyze.learning.profiles import profiles
from upspiral.analyze.learning.rules import renew
from upspiral.analyze.learning.samples import Sample, meets
from upspiral.domain.ids import WorkspaceId, derive
from upspiral.domain.learning import Learned, LearnedPattern, LearningIteration, Rule, RuleState
from upspiral.stats.proportions import Interval, wilson


class Foresight(Struct, frozen=True, kw_only=True):
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


def learn(
    given: Sequence[Sample],
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
    settled = [s for s in given if s.approved is not None]
    found = patterns(settled, workspace=workspace, settings=settings)
    rules, updated = renew(
        previous.rules if previous else (),
        found,
        settled,
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


def predict(learned: Sequence[LearnedPattern], features: dict[str, str]) -> bool | None:
    """Foretell approval (True) or rejection; None where no confirmed pattern applies.

    A pattern gives way to one that applies and has its conditions and more; among the rest the one that is
    most surely right decides.

    Args:
        learned: Patterns of an iteration.
        features: Of the sample.
    """
    applying = [p for p in learned if p.confirmed and meets(features, p.conditions)]
    narrowest = [
        p for p in applying if not any(set(p.conditions) < set(other.conditions) for other in applying)
    ]
    if not narrowest:
        return None
    return max(narrowest, key=lambda p: (p.success_low if p.predicts else 1 - p.success_high, p.id)).predicts


def foresight(learned: Sequence[LearnedPattern], samples: Sequence[Sample], *, after: datetime) -> Foresight:
    """Hold patterns against the outcomes that settled after a moment, and no others.

    Args:
        learned: Patterns of an iteration.
        samples: Any; those not settled, or settled up to the moment, are passed over.
        after: When the iteration was completed.
    """
    later = [s for s in samples if s.approved is not None and s.settled is not None and s.settled > after]
    foretold = [(predict(learned, s.features), bool(s.approved)) for s in later]
    said = [(guess, truth) for guess, truth in foretold if guess is not None]
    right, good = sum(guess == truth for guess, truth in said), sum(truth for _, truth in said)
    return Foresight(
        outcomes=len(later),
        covered=len(said),
        right=right,
        accuracy=right / len(said) if said else None,
        accuracy_interval=wilson(right, len(said)),
        base_rate=max(good, len(said) - good) / len(said) if said else None,
        coverage=len(said) / len(later) if later else None,
    )


def measured(learned: Learned, samples: Sequence[Sample]) -> LearningIteration:
    """Give an iteration with its accuracy, base rate and coverage on what came after it."""
    seen = foresight(learned.patterns, samples, after=learned.iteration.completed_at)
    return structs.replace(
        learned.iteration,
        iteration_accuracy=seen.accuracy,
        iteration_base_rate=seen.base_rate,
        iteration_coverage=seen.coverage,
    )


def _confidence(found: Sequence[LearnedPattern]) -> float | None:
    return fmean(p.confidence_level for p in found) if found else None


def _effect(rules: Sequence[Rule]) -> float | None:
    active = [r.effectiveness for r in rules if r.state == RuleState.ACTIVE]
    return fmean(active) if active else None


def _gain(now: float | None, before: float | None) -> float:
    return now - before if now is not None and before is not None else 0.0
