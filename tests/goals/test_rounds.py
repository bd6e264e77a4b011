"""A proof that is cut off goes on where it stopped, and its page has one row for each goal."""

from datetime import date
from pathlib import Path

import pytest
from tests.goals.rounds import MINUTES, ROUNDS, Rounds

HEAD = "# Goals\n\n| goal | rounds | figures | when |\n|---|---|---|---|\n"


def test_a_test_takes_a_few_rounds_and_keeps_nothing(tmp_path: Path) -> None:
    rounds = Rounds(12, few=3, full=100, environment={}, kept=tmp_path)
    assert list(rounds) == [0, 1, 2]
    assert list(tmp_path.iterdir()) == []


def test_a_proof_that_fails_in_a_round_takes_it_again(tmp_path: Path) -> None:
    asked = {ROUNDS: "full"}
    rounds = Rounds(12, few=3, full=5, environment=asked, kept=tmp_path)

    def take_rounds() -> None:
        for number in rounds:
            rounds.count("rows")
            rounds.peak("seconds", number)
            _ = 1 / (3 - number)

    with pytest.raises(ZeroDivisionError):
        take_rounds()
    again = Rounds(12, few=3, full=5, environment=asked, kept=tmp_path)
    assert (again.done, again.counts, again.peaks) == (3, {"rows": 3}, {"seconds": 2})
    assert list(again) == [3, 4]


def test_no_round_begins_once_the_minutes_are_over(tmp_path: Path) -> None:
    asked = {ROUNDS: "full", MINUTES: "0"}
    assert list(Rounds(12, few=3, full=5, environment=asked, kept=tmp_path)) == []


def test_the_page_has_the_newest_row_of_each_goal(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text(HEAD + "\nMore words.\n")
    for goal, wanted in ((12, "1"), (6, "1"), (12, "2")):
        rounds = Rounds(goal, few=3, full=9, environment={ROUNDS: wanted}, kept=tmp_path)
        for _ in rounds:
            rounds.count("rows", 2)
        rounds.report(page, today=date(2026, 1, 5))
    rows = "| 6 | 1 of 9 | 2 rows | 2026-01-05 |\n| 12 | 2 of 9 | 4 rows | 2026-01-05 |\n"
    assert page.read_text() == HEAD + rows + "\nMore words.\n"
