"""What people read about patterns."""

import msgspec
import pytest
from tests.analyze.test_identity import NIGHT, _pattern
from tests.conftest import START

from upspiral.cli.render import tell_patterns
from upspiral.domain import Polarity, Trend

COUNTS = [{"n": 90, "settled": 40, "failures": 12}, {"n": 1, "settled": 0, "failures": 0}]


def _told(
    capsys: pytest.CaptureFixture[str], *patterns: object, counts: tuple[int, int, int] = (200, 100, 12)
) -> str:
    tell_patterns(msgspec.to_builtins(patterns, str_keys=True), counts)
    return " ".join(capsys.readouterr().out.split())


def test_a_weakness_is_told_with_share_trend_and_days(capsys: pytest.CaptureFixture[str]) -> None:
    last = START + 5 * NIGHT
    growing = _pattern("a", ("refund",), trend=Trend.GROWING, changed_on="2026-01-08", last_seen=last)
    good = _pattern("b", ("model is big",), polarity=Polarity.STRENGTH, last_seen=last)
    said = _told(capsys, growing, good)
    assert said.startswith("Where support keeps failing · refund")
    assert "50.0 % of all failures (95 % interval 50.0 to 50.0)" in said
    assert "growing since 2026-01-08, seen from 2026-01-05 to 2026-01-10." in said
    assert said.index("does better than elsewhere") < said.index("model is big")


def test_what_a_name_holds_is_never_taken_for_markup(capsys: pytest.CaptureFixture[str]) -> None:
    named = _pattern("a", ("shop is [/bold]",), last_seen=START)
    said = _told(capsys, named)
    assert "shop is [/bold]" in said
    assert "seen on 2026-01-05." in said


def test_no_weakness_says_where_else_to_look(capsys: pytest.CaptureFixture[str]) -> None:
    said = _told(capsys)
    assert "200 interactions recorded, 100 rated, 12 of them failed" in said
    assert "--days" in said


def test_nothing_recorded_and_nothing_rated_are_told_apart_from_nothing_found(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert "Nothing is recorded yet." in _told(capsys, counts=(0, 0, 0))
    assert "7 interactions recorded and none is rated" in _told(capsys, counts=(7, 0, 0))
    assert "at least 5 alike; 4 failing conversations more" in _told(capsys, counts=(3, 2, 1))


def test_a_weakness_as_a_typed_answer_gives_it_is_told_as_failing(capsys: pytest.CaptureFixture[str]) -> None:
    found = msgspec.to_builtins(_pattern("a", ("refund",), last_seen=START), str_keys=True)
    tell_patterns([{**found, "fixed_by": None, "fix_shown": None}], (9, 9, 3))
    assert "Where support keeps failing · refund" in " ".join(capsys.readouterr().out.split())


def test_what_a_past_night_mended_is_not_told_as_failing(capsys: pytest.CaptureFixture[str]) -> None:
    old = msgspec.to_builtins(_pattern("a", ("refund",), last_seen=START), str_keys=True)
    tell_patterns([{**old, "fixed_by": "support@2", "fix_shown": True}], (9, 9, 3))
    tell_patterns([{**old, "fixed_by": "support@2", "fix_shown": False}], (9, 9, 3))
    said = " ".join(capsys.readouterr().out.split())
    assert "keeps failing" not in said
    assert "refund: fixed by support@2" in said
    assert "refund: taught to support@2" in said
