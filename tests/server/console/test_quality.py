"""Costs that nobody knows are not shown as nothing, and a group that does not exist is refused."""

import pytest
from tests.conftest import Maker
from tests.server.console.conftest import Browser

from upspiral.analyze.metrics import Breakdown, Costs
from upspiral.analyze.questions import ExplainedFailure, Reason
from upspiral.budget.spending import Spending
from upspiral.domain.ids import InteractionId
from upspiral.server.console.quality import (
    to_costs,
    to_days,
    to_failures,
    to_groups,
    to_night_spending,
    to_reasons,
)

pytestmark = pytest.mark.anyio


def _texts(row: object) -> list[str]:
    return [cell.text for cell in row]  # type: ignore[attr-defined]


def _breakdown(key: str, **more: object) -> Breakdown:
    about: dict[str, object] = {"n": 2000, "settled": 0, "failures": 0, "rate": None, "low": 0.0, "high": 1.0}
    return Breakdown(key=key, latency_ms=12.3, **{**about, **more})  # type: ignore[arg-type]


def test_a_group_that_nobody_rated_has_no_rate() -> None:
    (row,) = to_groups("agent", [_breakdown("support")]).rows
    assert "support" in _texts(row)
    assert "not rated yet" in _texts(row)
    (day,) = to_days([_breakdown("2026-01-05")]).rows
    assert "2026-01-05" in _texts(day)


def test_an_unknown_price_is_said_to_be_unknown() -> None:
    costs = Costs(key="support", n=1200, priced=0, input_tokens=10, output_tokens=20, cost=None, each=None)
    (row,) = to_costs("agent", [costs]).rows
    assert _texts(row) == ["support", "1,200", "0", "10", "20", "unknown", "unknown"]
    spent = Spending(
        key="2026-01-05",
        calls=3,
        unanswered=1,
        reserved_tokens=100,
        reserved_usd=None,
        used_tokens=1500,
        used_usd=None,
        unpriced=3,
    )
    (night,) = to_night_spending([spent]).rows
    assert _texts(night) == ["2026-01-05", "3", "1,500", "unknown", "3"]


def test_a_reason_leads_to_one_of_its_failures() -> None:
    reason = Reason("corrected by a user", 12, 0.6, 0.4, 0.8, InteractionId("int_1"))
    (row,) = to_reasons([reason]).rows
    assert _texts(row)[1:3] == ["12", "60.0 % (40.0 to 80.0)"]
    assert row[3].href == "/interactions/int_1"


def test_a_long_comment_is_cut_on_the_page_and_whole_in_the_file(make: Maker) -> None:
    failure = ExplainedFailure("rated bad", 2.0, "no " * 100)
    table = to_failures([(make.interaction(), failure)], "abc")
    (row,) = table.rows
    assert row[4].text == "2 of 5"
    assert len(row[5].text) == 120
    assert row[5].value == failure.comment
    assert table.next == "abc"


@pytest.mark.parametrize("path", ["/quality?by=weather", "/cost?by=tool"])
async def test_a_group_that_does_not_exist_names_those_that_do(path: str, admin: Browser) -> None:
    page = await admin.open(path, status=422)
    assert "not grouped by" in page
    assert "Choose agent, model" in page
