"""The learning cycle, against a swarm whose truth is known."""

from datetime import timedelta

from tests.analyze.recommendations.swarm import run_cycle, swarm
from tests.conftest import START

from upspiral.analyze.recommendations import (
    ForwardAccuracy,
    measure_accuracy,
    measure_forward_accuracy,
    predict,
)
from upspiral.domain.learning import (
    LearningIteration,
)
from upspiral.stats.proportions import wilson


def test_what_was_learned_predicts_later_outcomes_better_than_the_base_rate() -> None:
    everything = swarm(2_000, 2)
    middle = START + timedelta(minutes=10 * 1_000)
    got = run_cycle([s for s in everything if s.settled and s.settled <= middle], middle)
    seen = measure_forward_accuracy(got.patterns, everything, after=got.iteration.completed_at)
    assert seen.outcomes == 999
    assert seen.accuracy is not None
    assert seen.base_rate is not None
    assert seen.coverage is not None
    assert seen.accuracy >= max(0.8, seen.base_rate + 0.05)
    assert seen.coverage >= 0.7


def test_accuracy_waits_for_outcomes_that_came_after_the_iteration() -> None:
    past, later = swarm(800, 3), swarm(400, 4, start=START + timedelta(days=10))
    got = run_cycle(past, START + timedelta(days=9))
    assert got.iteration.iteration_accuracy is None
    assert measure_accuracy(got, past).iteration_accuracy is None
    held = measure_accuracy(got, [*past, *later])
    assert held.iteration_accuracy == measure_accuracy(got, later).iteration_accuracy
    assert held.iteration_accuracy is not None
    assert held.iteration_base_rate is not None


def test_an_iteration_has_every_field_of_the_document() -> None:
    got = run_cycle(swarm(800, 5), START + timedelta(days=9))
    asked = (
        "iteration_id workspace_id samples_analyzed patterns_discovered patterns_confirmed rules_updated "
        "iteration_accuracy pattern_confidence_improvement rule_effectiveness_improvement key_insights "
        "recommendations_for_swarm started_at completed_at processing_time_seconds"
    )
    assert set(asked.split()) <= set(LearningIteration.__struct_fields__)
    it = got.iteration
    assert it.samples_analyzed == 800
    assert it.patterns_discovered >= it.patterns_confirmed > 0
    assert it.rules_updated == len(got.rules) > 0
    assert it.processing_time_seconds == 3
    assert it.pattern_confidence_improvement == 0
    assert any("ann" in insight and "expert" in insight for insight in it.key_insights)
    assert any(text.startswith("Train cy in") for text in it.recommendations_for_swarm)


def test_an_iteration_says_how_right_it_was_beside_the_base_rate() -> None:
    def said(right: int, base_rate: float) -> str:
        interval = wilson(right, 100)
        seen = ForwardAccuracy(
            outcomes=100, covered=100, right=right, accuracy=right / 100, accuracy_interval=interval,
            base_rate=base_rate, coverage=1.0,
        )  # fmt: skip
        return seen.words or ""

    assert ": better than guessing" in said(90, 0.6)
    assert ": not surely better than guessing" in said(79, 0.77)
    assert ": no better than guessing" in said(60, 0.7)
    got = run_cycle([], START)
    assert not any(text.startswith("Predicted") for text in got.iteration.key_insights)


def test_with_nothing_to_learn_from_an_iteration_says_so() -> None:
    got = run_cycle([], START)
    assert got.iteration.samples_analyzed == got.iteration.patterns_discovered == 0
    assert got.iteration.key_insights == (
        "No pattern was confirmed: outcomes look alike wherever one looks.",
    )
    assert predict(got.patterns, {"agent": "ann"}) is None
    assert measure_forward_accuracy(got.patterns, swarm(5, 14), after=START).coverage == 0
