"""Levers come in the order of what they promise for their price; the draft that surely gains most goes on."""

from datetime import UTC, datetime

import pytest

from upspiral.cycle.levers.base import DraftCost
from upspiral.cycle.levers.plan import (
    LeverOption,
    choose_trial,
    describe_trials,
    explain_choice,
    rank_levers,
    say_enough,
)
from upspiral.domain.ids import DEFAULT_WORKSPACE, AgentId, CycleId
from upspiral.domain.learning.lever import LeverTrial, TrialState
from upspiral.night_config import LeverSettings

SETTINGS = LeverSettings()
CHEAP, TALK, WORK = DraftCost(), DraftCost(usd=None, tokens=6000), DraftCost(seconds=3600)


def _trial(lever: str, position: int = 0, **known: object) -> LeverTrial:
    return LeverTrial(
        id=lever,
        workspace=DEFAULT_WORKSPACE,
        agent=AgentId("support"),
        cycle=CycleId("cyc_1"),
        lever=lever,
        position=position,
        at=datetime(2026, 1, 5, tzinfo=UTC),
        **known,  # type: ignore[arg-type]
    )


def _tried(lever: str, gain: float, low: float, position: int = 0, *, usd: float | None = None) -> LeverTrial:
    return _trial(lever, position, state=TrialState.TRIED, gain=gain, gain_low=low, usd_per_1000=usd)


def test_the_cheapest_comes_first_and_the_dearest_last() -> None:
    options = [LeverOption("work", WORK), LeverOption("talk", TALK), LeverOption("cheap", CHEAP)]
    assert [one.name for one in rank_levers(options, SETTINGS)] == ["cheap", "talk", "work"]


def test_an_unknown_price_counts_by_tokens_and_a_known_one_as_it_is() -> None:
    [unknown] = rank_levers([LeverOption("a", DraftCost(usd=None, tokens=1_000_000))], SETTINGS)
    [known] = rank_levers([LeverOption("a", DraftCost(usd=0.5, tokens=1_000_000))], SETTINGS)
    assert unknown.usd > SETTINGS.usd_per_million_tokens > known.usd > 0.5


def test_past_nights_move_a_lever_forward_back_and_out() -> None:
    dear = LeverOption("work", WORK, gains=(0.4, 0.5))
    cheap = LeverOption("cheap", DraftCost(usd=1.0), gains=(0.0, 0.0, 0.0, 0.0))
    assert [one.name for one in rank_levers([cheap, dear], SETTINGS)] == ["work", "cheap"]
    harmful = LeverOption("cheap", CHEAP, gains=(-0.2, -0.1))
    assert [one.name for one in rank_levers([harmful, dear], SETTINGS)] == ["work"]


def test_the_next_lever_is_tried_unless_more_is_shown_than_it_promises() -> None:
    next_one = _trial("adapter", 1, expected_gain=0.05)
    assert say_enough([], next_one) == ""
    assert say_enough([_tried("rules", 0.3, -0.01)], next_one) == ""
    assert "gains at least 10.0 points" in say_enough([_tried("rules", 0.3, 0.1)], next_one)


def test_the_draft_that_surely_gains_most_goes_on_and_one_that_gained_nothing_never() -> None:
    unsure, sure = _tried("rules", 0.3, -0.1), _tried("adapter", 0.2, 0.1, 1)
    assert choose_trial([unsure, sure]) == sure
    assert choose_trial([_tried("rules", 0.0, -0.1), _tried("adapter", -0.1, -0.2, 1)]) is None
    first, second = _tried("rules", 0.2, 0.1), _tried("instructions", 0.2, 0.1, 1)
    assert choose_trial([second, first]) == first


def test_a_draft_that_gains_less_goes_on_where_serving_it_costs_much_less() -> None:
    dear, cheap = _tried("examples", 0.2, 0.1, usd=4.0), _tried("rules", 0.12, 0.06, 1, usd=1.0)
    assert choose_trial([dear, cheap]) == cheap
    assert "cost 1 times the cheapest" in explain_choice([dear, cheap], cheap)
    assert choose_trial([dear, _tried("rules", 0.03, 0.02, 1, usd=1.0)]) == dear
    unsure = [_tried("examples", 0.2, -0.02, usd=4.0), _tried("rules", 0.2, -0.03, 1, usd=1.0)]
    assert choose_trial(unsure) == unsure[1]


@pytest.mark.parametrize(("usd", "why"), [(None, "answers of rules have no"), (0.0, "local models have no")])
def test_where_a_price_is_not_known_the_sure_gain_alone_decides_and_that_is_said(
    usd: float | None, why: str
) -> None:
    dear, unknown = _tried("examples", 0.2, 0.1, usd=4.0), _tried("rules", 0.12, 0.06, 1, usd=usd)
    assert choose_trial([dear, unknown]) == dear
    assert why in explain_choice([dear, unknown], dear)


def test_a_draft_without_a_rival_has_no_reason_to_be_chosen_by() -> None:
    alone = _tried("rules", 0.2, 0.1, usd=1.0)
    assert explain_choice([alone, _trial("adapter", 1, state=TrialState.FAILED)], alone) == ""


def test_a_draft_without_a_rival_goes_on_as_it_is() -> None:
    alone = _trial("adapter", state=TrialState.DRAFTED)
    assert choose_trial([alone, _trial("rules", 1, state=TrialState.PASSED_OVER)]) == alone
    assert choose_trial([_trial("rules", state=TrialState.WITHOUT_DRAFT)]) is None


def test_a_night_that_rests_says_what_came_of_each_lever() -> None:
    said = describe_trials(
        [_tried("rules", -0.02, -0.1), _trial("adapter", 1, state=TrialState.PASSED_OVER, reason="No disk.")]
    )
    assert said == "rules changed the success rate by -2.0 points. adapter: No disk."
