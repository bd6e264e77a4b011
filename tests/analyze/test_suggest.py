"""Remedies for a weakness: what they bring, what they cost, and the cheapest that would do."""

import pytest
from tests.analyze.test_identity import _pattern

from upspiral.analyze.suggest import Circumstances, suggest
from upspiral.domain.ids import AgentId
from upspiral.domain.learning import Remedy

OTHER = AgentId("other")
WEAKNESS = _pattern("pat", ("voucher",), "abc", failures=80, conversations=100, failure_rate=0.8)


def test_a_better_agent_in_the_same_slice_comes_first_and_its_gain_is_measured() -> None:
    found = suggest(WEAKNESS, Circumstances(conversations=1_000, elsewhere={OTHER: (90, 100)}))
    assert found[0].remedy == Remedy.ROUTE
    assert found[0].gain == pytest.approx(7.0)
    assert 4 < found[0].gain_low < 7 < found[0].gain_high < 11
    assert "90 of 100" in found[0].basis
    assert found[0].evidence == WEAKNESS.members


def test_an_agent_that_is_no_better_or_hardly_known_is_not_suggested() -> None:
    about = Circumstances(conversations=1_000, elsewhere={OTHER: (10, 100), AgentId("young"): (5, 5)})
    assert all(s.remedy != Remedy.ROUTE for s in suggest(WEAKNESS, about))


def test_remedies_that_need_good_answers_wait_for_them() -> None:
    few = {s.remedy for s in suggest(WEAKNESS, Circumstances(conversations=1_000, good_answers=6))}
    many = {s.remedy for s in suggest(WEAKNESS, Circumstances(conversations=1_000, good_answers=60))}
    assert few == {Remedy.RULE, Remedy.PROMPT, Remedy.EXAMPLES}
    assert many == few | {Remedy.FINE_TUNE}


def test_among_those_that_would_do_the_cheapest_is_first() -> None:
    found = suggest(WEAKNESS, Circumstances(conversations=1_000, good_answers=60))
    would_do = [s for s in found if s.would_do]
    assert [s.cost for s in would_do] == sorted(s.cost for s in would_do)
    assert found[: len(would_do)] == would_do
    assert all(s.gain >= max(f.gain for f in found) / 2 for s in would_do)


def test_a_remedy_that_worked_before_is_expected_to_work_again_and_more_surely() -> None:
    guess, known = (
        next(s for s in suggest(WEAKNESS, about) if s.remedy == Remedy.RULE)
        for about in (
            Circumstances(conversations=1_000),
            Circumstances(conversations=1_000, tried={Remedy.RULE: (150, 200)}),
        )
    )
    assert "guess" in guess.basis
    assert known.gain > 2 * guess.gain
    assert (known.gain_high - known.gain_low) / known.gain < (guess.gain_high - guess.gain_low) / guess.gain
    assert known.gain_low < 100 * 80 / 1_000 * 0.75 < known.gain_high


def test_a_dearer_agent_costs_what_its_answers_cost_more() -> None:
    about = Circumstances(
        conversations=1_000, elsewhere={OTHER: (95, 100)}, extra_per_conversation={OTHER: 0.5}
    )
    route = next(s for s in suggest(WEAKNESS, about) if s.remedy == Remedy.ROUTE)
    assert route.cost == 50
