"""The first page claims no more than the interval of the difference, and marks each night on its day."""

from datetime import timedelta
from typing import get_args

from tests.conftest import START

from upspiral.analyze.metrics import Breakdown
from upspiral.cycle.report import NightSummary, Rate
from upspiral.domain import CycleKind, Ending
from upspiral.queries.overview import Direction, LoopOverview, Progress
from upspiral.server.console.loop import HEADLINES, explain_progress, list_days, to_table

NOTHING = Rate(0, 0, None, 0.0, 1.0)


def _progress(recent: Rate, earlier: Rate) -> Progress:
    return Progress(
        recent=recent, earlier=earlier, direction="unknown", difference_low=0.01, difference_high=0.123
    )


def _overview(days: list[Breakdown], nights: list[NightSummary]) -> LoopOverview:
    return LoopOverview(
        agents=[],
        progress=_progress(NOTHING, NOTHING),
        days=days,
        running=[],
        canaries=[],
        jobs=[],
        nights=nights,
        approvals=[],
    )


def _night(ending: Ending, agent: str = "support") -> NightSummary:
    return NightSummary("cyc", agent, CycleKind.IMPROVE, START, START + timedelta(hours=1), ending, "")


DAY = Breakdown(key="2026-01-05", n=20, settled=10, failures=2, rate=0.8, low=0.5, high=0.95, latency_ms=0.0)


def test_every_direction_has_a_headline() -> None:
    assert set(HEADLINES) == set(get_args(Direction))


def test_without_ratings_it_is_said_that_there_are_none() -> None:
    assert explain_progress(_progress(NOTHING, NOTHING)) == "No rated answer in the last 7 days."


def test_without_earlier_ratings_nothing_is_compared() -> None:
    said = explain_progress(_progress(Rate(1, 1, 1.0, 0.2, 1.0), NOTHING))
    assert said.startswith("100.0 % of 1 rated answer in the last 7 days")
    assert "nothing before that to compare with" in said


def test_the_difference_is_given_as_an_interval() -> None:
    said = explain_progress(_progress(Rate(9, 10, 0.9, 0.6, 1.0), Rate(80, 100, 0.8, 0.7, 0.9)))
    assert "+1.0 to +12.3 points with 95 % confidence" in said


def test_nights_stand_on_the_day_on_which_they_ended() -> None:
    (point,) = list_days(_overview([DAY], [_night(Ending.ROLLED_BACK), _night(Ending.PROMOTED, "shop")]))
    assert (point.label, point.value, point.note) == (DAY.key, 0.8, "support: rolled back, shop: promoted")
    assert point.tone == "warn"


def test_a_day_with_a_night_alone_has_no_rate_in_the_table() -> None:
    (row,) = to_table(list_days(_overview([], [_night(Ending.RESTED)]))).rows
    dash = "\N{EN DASH}"
    assert [cell.text for cell in row] == ["2026-01-05", dash, dash, dash, "support: rested"]
