"""What the planner says is what then happens: enough is enough, what cannot be is told with what helps."""

import math
from datetime import timedelta

import pytest
from tests.conftest import START

from upspiral.curate import CurateSettings
from upspiral.cycle.planning.plan import (
    ImprovementPlan,
    Pace,
    canary_days,
    canary_share,
    count_rated_needed,
    describe_plan,
    make_plan,
    pace,
)
from upspiral.deploy.config import DeploySettings

CURATE, DEPLOY = CurateSettings(), DeploySettings()


def _words(seen: Pace, more: int) -> str:
    plan = make_plan(seen, more=more, curate=CURATE, deploy=DEPLOY)
    return describe_plan(seen, plan, evidence_days=60, canary_max_days=DEPLOY.canary_max_days)


def test_half_of_thirty_conversations_rated_is_enough_within_weeks() -> None:
    seen = pace(recorded=60, rated=30, failed=12, first=START, now=START + timedelta(days=2))
    more = count_rated_needed(seen, CURATE) - seen.rated
    said = _words(seen, more)
    assert f"About {more} more rated conversations are needed" in said
    assert "15.0 rated conversations a day" in said
    assert "The canary takes about" in said


def test_two_percent_of_thumbs_cannot_show_it_and_the_planner_says_what_helps() -> None:
    seen = pace(recorded=300, rated=6, failed=2, first=START, now=START + timedelta(days=10))
    said = _words(seen, count_rated_needed(seen, CURATE) - seen.rated)
    assert "cannot be shown" in said
    assert "0.6 rated conversations a day" in said
    for help_ in ("verifier", "judge", "corrections", "ask for a rating after every"):
        assert help_ in said


def test_a_canary_that_would_take_longer_than_it_may_is_told() -> None:
    seen = Pace(rated=100, failed=40, per_day=4, recorded_per_day=4)
    assert "deploy.canary_max_days" in _words(seen, 60)


@pytest.mark.parametrize("per_day", [2, 15, 60, 300, 10_000])
def test_the_share_is_the_least_whose_verdict_comes_in_half_the_time(per_day: float) -> None:
    share = canary_share(0.24, 0.6, per_day=per_day, settings=DEPLOY)
    days = canary_days(0.24, 0.6, share=share, per_day=per_day, settings=DEPLOY)
    assert DEPLOY.canary_share <= share <= DEPLOY.canary_max_share
    assert days <= DEPLOY.canary_max_days / 2 or share == DEPLOY.canary_max_share
    if share > DEPLOY.canary_share:
        less = canary_days(0.24, 0.6, share=share - 0.1, per_day=per_day, settings=DEPLOY)
        assert less > DEPLOY.canary_max_days / 2


def test_nothing_rated_has_no_number_of_days() -> None:
    seen = pace(recorded=10, rated=0, failed=0, first=START, now=START)
    plan = make_plan(seen, more=100, curate=CURATE, deploy=DEPLOY)
    assert plan == ImprovementPlan(
        more=100, days=math.inf, canary_days=math.inf, share=DEPLOY.canary_max_share
    )
