"""What people read about patterns."""

import msgspec
import pytest
from tests.analyze.test_identity import NIGHT, _pattern
from tests.conftest import START

from upspiral.cli.render import tell_patterns
from upspiral.domain import Polarity, Trend


def _told(capsys: pytest.CaptureFixture[str], *patterns: object) -> str:
    tell_patterns(msgspec.to_builtins(patterns, str_keys=True))
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


def test_why_there_is_no_weakness_is_told_in_the_words_of_the_answer(
    capsys: pytest.CaptureFixture[str],
) -> None:
    tell_patterns([], "7 interactions recorded and none is rated.")
    assert capsys.readouterr().out == "7 interactions recorded and none is rated.\n"


def test_a_weakness_as_a_typed_answer_gives_it_is_told_as_failing(capsys: pytest.CaptureFixture[str]) -> None:
    found = msgspec.to_builtins(_pattern("a", ("refund",), last_seen=START), str_keys=True)
    tell_patterns([{**found, "fixed_by": None, "fix_shown": None}])
    assert "Where support keeps failing · refund" in " ".join(capsys.readouterr().out.split())


def test_what_a_past_night_mended_is_not_told_as_failing(capsys: pytest.CaptureFixture[str]) -> None:
    old = msgspec.to_builtins(_pattern("a", ("refund",), last_seen=START), str_keys=True)
    tell_patterns([{**old, "fixed_by": "support@2", "fix_shown": True}])
    tell_patterns([{**old, "fixed_by": "support@2", "fix_shown": False}])
    said = " ".join(capsys.readouterr().out.split())
    assert "keeps failing" not in said
    assert "refund: fixed by support@2" in said
    assert "refund: taught to support@2" in said
