"""How strict and how deep a cascade becomes."""

import pytest
from tests.route.runs import runs

from upspiral.route.base import Fact
from upspiral.route.cascade import Cascade, CascadeStep


def cascade_after(facts: list[Fact], start: Cascade = Cascade()) -> Cascade:  # noqa: B008 - frozen
    for fact in facts:
        start = start.update(fact)
    return start


def test_an_answer_is_accepted_escalated_or_given_as_the_best_there_is() -> None:
    cascade = Cascade()
    assert cascade.next_step("all", tried=1, score=0.7) is CascadeStep.ACCEPT
    assert cascade.next_step("all", tried=1, score=0.69) is CascadeStep.ESCALATE
    assert cascade.next_step("all", tried=2, score=0.69) is CascadeStep.GIVE_BEST


@pytest.mark.parametrize("score", [float("nan"), -1.0, 1e9])
def test_a_score_that_is_none_is_never_accepted(score: float) -> None:
    assert Cascade().next_step("all", tried=1, score=score) is CascadeStep.ESCALATE


def test_wrong_answers_that_passed_make_it_stricter_and_then_deeper() -> None:
    found = cascade_after(runs(400, wrong=0.7)).rung("all")
    assert (found.threshold, found.depth) == (0.95, 3)


def test_good_answers_sent_round_again_make_it_milder() -> None:
    found = cascade_after(runs(300, loops=0.7)).rung("all")
    assert (found.threshold, found.depth) == (0.5, 2)


def test_calm_makes_it_less_deep_and_leaves_the_threshold() -> None:
    found = cascade_after(runs(300)).rung("all")
    assert (found.threshold, found.depth) == (0.7, 1)


def test_a_domain_never_seen_has_the_usual_settings() -> None:
    assert cascade_after(runs(300)).rung("elsewhere").depth == 2
    assert Cascade(deepest=1).rung("all").depth == 1
