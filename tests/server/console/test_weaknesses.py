"""A weakness is shown with how often it fails, and what would help with what that should bring."""

from tests.conftest import START

from upspiral.domain import Pattern, Polarity, Trend
from upspiral.domain.ids import DEFAULT_WORKSPACE, AgentId, InteractionId, PatternId
from upspiral.domain.learning import Suggestion
from upspiral.domain.learning.remedy import Remedy
from upspiral.server.console.weaknesses import TREND_TONES, to_suggestions, to_table

WEAKNESS = Pattern(
    id=PatternId("pat_1"),
    workspace=DEFAULT_WORKSPACE,
    agent=AgentId("support"),
    at=START,
    name="asks for a refund",
    description="",
    terms=("refund",),
    members=(InteractionId("int_1"),),
    failures=1400,
    conversations=2000,
    failure_rate=0.7,
    failure_rate_low=0.68,
    failure_rate_high=0.72,
    share=0.3,
    share_low=0.2,
    share_high=0.4,
    trend=Trend.GROWING,
)


def test_a_weakness_leads_to_its_page_and_a_growing_one_is_marked() -> None:
    (row,) = to_table([WEAKNESS], None, "").rows
    assert row[0].href == "/weaknesses/pat_1"
    assert [cell.text for cell in row[4:]] == ["growing", "1,400", "70.0 % (68.0 to 72.0)", "30.0 %"]
    assert (row[2].tone, row[4].tone) == ("bad", "bad")


def test_a_strength_is_no_bad_news() -> None:
    from msgspec.structs import replace

    (row,) = to_table([replace(WEAKNESS, polarity=Polarity.STRENGTH)], None, "").rows
    assert row[2].tone == "good"


def test_every_trend_has_a_tone() -> None:
    assert set(TREND_TONES) == set(Trend)


def test_an_empty_list_says_why_where_that_is_known() -> None:
    assert to_table([], None, "Only 12 conversations are rated.").empty.hint.startswith("Only 12")
    assert "weekly look" in to_table([], None, "").empty.hint


def test_a_suggestion_shows_the_interval_of_its_gain() -> None:
    suggestion = Suggestion(
        pattern=WEAKNESS.id,
        remedy=next(iter(Remedy)),
        text="Add a rule.",
        gain=4.2,
        gain_low=-0.5,
        gain_high=9.0,
        cost=2.0,
        would_do=True,
        basis="three nights",
        evidence=(),
    )
    (row,) = to_suggestions([suggestion]).rows
    assert [cell.text for cell in row[1:]] == ["Add a rule.", "+4.2 (-0.5 to +9.0)", "2", "three nights"]
