"""Agents below a threshold are left out."""

import pytest
from tests.route.planted import made

from upspiral.route.base import RoutingContext, draw
from upspiral.route.policies.threshold import Threshold
from upspiral.route.profiles import DomainProfile, Profile


def profile(right: int, total: int, *, elsewhere: tuple[int, int] = (0, 0), ms: float = 100.0) -> Profile:
    domains = {"law": DomainProfile(total, right)}
    return Profile(total + elsewhere[1], right + elsewhere[0], (ms,), domains)


@pytest.mark.parametrize(("right", "score"), [(29, None), (30, 0.30), (70, 0.70), (71, 0.91), (85, 1.05)])
def test_below_three_tenths_is_left_out_and_above_seven_is_boosted(right: int, score: float | None) -> None:
    found = Threshold({"a": profile(right, 100)}).score("a", "law")
    assert found == (None if score is None else pytest.approx(score))


def test_the_domain_decides_and_not_the_overall_accuracy() -> None:
    profiles = {"good": profile(20, 100, elsewhere=(900, 900)), "fair": profile(50, 100)}
    found = made(Threshold(profiles), domains=("law",))
    assert found.probability("good") == 0
    assert found.probability("fair") == found.probability("poor") == 0.5


def test_speed_mode_takes_the_real_latency_into_account() -> None:
    profiles = {"good": profile(95, 100, ms=4_000), "fair": profile(80, 100, ms=300)}
    ask = RoutingContext(agents=("good", "fair"), domains=("law",))
    assert draw(Threshold(profiles).probabilities(ask)["law"], 0.5).agent == "good"
    quick = RoutingContext(agents=("good", "fair"), domains=("law",), speed=True)
    assert draw(Threshold(profiles).probabilities(quick)["law"], 0.5).agent == "fair"


def test_when_all_are_below_the_threshold_the_best_of_them_still_answers() -> None:
    profiles = {"good": profile(25, 100), "fair": profile(10, 100), "poor": profile(5, 100)}
    assert made(Threshold(profiles), domains=("law",)).probability("good") == 1
