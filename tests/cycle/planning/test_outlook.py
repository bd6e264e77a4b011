"""Why a night rests is told with the numbers, and with what a person can do about it."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from tests.conftest import START

from upspiral.app import App
from upspiral.config import load
from upspiral.cycle.planning.outlook import (
    say_no_weakness,
    say_nothing_rated,
    say_nothing_to_lose,
    say_too_few_failures,
)
from upspiral.cycle.planning.plan import failures_needed
from upspiral.domain import Cycle, CycleKind
from upspiral.domain.dataset import MIN_HELDOUT_GOOD
from upspiral.domain.ids import DEFAULT_WORKSPACE, AgentId, CycleId
from upspiral.store.repositories.evidence import EvidenceCount

SUPPORT = AgentId("support")


@pytest.fixture
def app(data: Path) -> Iterator[App]:
    """An app without nights."""
    with App(load(data=data), nights=False) as opened:
        yield opened


def _night(story: CycleKind = CycleKind.IMPROVE) -> Cycle:
    return Cycle(
        id=CycleId("cyc_1"),
        workspace=DEFAULT_WORKSPACE,
        agent=SUPPORT,
        started=START,
        since=START,
        until=START,
        story=story,
    )


def _seen(app: App, *, rated: int, failed: int) -> EvidenceCount:
    began: datetime = app.runtime.now() - timedelta(days=10)
    return EvidenceCount(2 * rated, rated, failed, began)


def test_without_records_the_way_in_is_named_and_without_ratings_how_to_get_them() -> None:
    assert "upspiral import" in say_nothing_rated(EvidenceCount(), _night())
    unrated = say_nothing_rated(EvidenceCount(recorded=120), _night())
    assert unrated.startswith("120 conversations are recorded and none is rated")
    assert say_nothing_rated(EvidenceCount(recorded=120, rated=1), _night()) == ""


def test_a_few_ratings_are_told_to_be_too_few_and_many_to_show_no_weakness(app: App) -> None:
    few = say_no_weakness(app.runtime, SUPPORT, _seen(app, rated=20, failed=8))
    assert few.startswith("20 conversations are rated, 8 of them failed.")
    assert "day" in few
    many = say_no_weakness(app.runtime, SUPPORT, _seen(app, rated=2000, failed=800))
    assert "no weakness stands out from chance" in many


def test_where_everything_fails_a_random_sample_is_asked_for(app: App) -> None:
    said = say_no_weakness(app.runtime, SUPPORT, _seen(app, rated=500, failed=500))
    assert "upspiral label support --answers" in said


def test_a_whole_night_with_few_failures_is_too_early_and_a_part_by_hand_never_is(app: App) -> None:
    needed = failures_needed(app.settings.curate)
    evidence = _seen(app, rated=100, failed=10)
    said = say_too_few_failures(app.runtime, _night(), evidence, 10)
    assert f"10 failures belong to weaknesses, and about {needed} are needed" in said
    assert say_too_few_failures(app.runtime, _night(CycleKind.TRAIN), evidence, 10) == ""
    assert say_too_few_failures(app.runtime, _night(), evidence, needed) == ""


def test_without_good_answers_nothing_shows_what_a_candidate_forgets(app: App) -> None:
    bad = _seen(app, rated=100, failed=101 - MIN_HELDOUT_GOOD)
    assert "too few to show what a candidate forgets" in say_nothing_to_lose(app.runtime, _night(), bad, [])
    enough = _seen(app, rated=100, failed=100 - MIN_HELDOUT_GOOD)
    assert say_nothing_to_lose(app.runtime, _night(), enough, []) == ""
    assert say_nothing_to_lose(app.runtime, _night(CycleKind.TRAIN), bad, []) == ""
