"""What nights spend is told in words that fit a terminal."""

from typing import Any

import pytest

from upspiral.cli.spending import tell_night_spending, tell_outlook

ROW = {
    "key": "held_out", "calls": 12, "unanswered": 1, "unpriced": 0,
    "reserved_tokens": 20_000, "reserved_usd": 0.5, "used_tokens": 4_000, "used_usd": 0.0421,
}  # fmt: skip
NIGHT: dict[str, Any] = {
    "limit_tokens": 20_000, "limit_usd": None, "used_tokens": 4_000, "used_usd": 0.0421,
    "held_tokens": 0, "refused": 3, "by_purpose": [ROW],
}  # fmt: skip


def test_a_night_tells_what_it_spent_of_what_and_for_what(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    tell_night_spending(NIGHT)
    said = capsys.readouterr().out
    assert "spent 4,000 tokens, 0.0421 US dollars, of at most 20,000 tokens" in said
    assert "The budget was used up: 3 calls not made." in said
    assert "held out" in said
    assert "1 further call" in said
    assert max(len(line) for line in said.splitlines()) <= 80


def test_a_night_without_a_paid_call_tells_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    tell_night_spending(None)
    tell_outlook({"models": [], "limit_tokens": 5, "limit_usd": None, "last": None})
    assert capsys.readouterr() == ("", "")


@pytest.mark.parametrize(
    ("limit", "last", "said"),
    [
        (20_000, None, "It may ask gpt and spend at most 20,000 tokens."),
        (None, NIGHT, "It may ask gpt; cycle.budget_tokens sets no limit; the last night took 4,000 tokens"),
    ],
)
def test_before_a_night_its_limits_are_told_on_the_standard_error(
    capsys: pytest.CaptureFixture[str], limit: int | None, last: dict[str, Any] | None, said: str
) -> None:
    tell_outlook({"models": ["gpt"], "limit_tokens": limit, "limit_usd": None, "last": last})
    assert said in capsys.readouterr().err
