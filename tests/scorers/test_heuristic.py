"""Points for length, reasons and code."""

import pytest

from upspiral.scorers.heuristic import Heuristic

FAILED = "It is late."


@pytest.mark.parametrize(
    ("answer", "value"),
    [
        (FAILED, 0.5),
        ("It is late today, and it will come on Monday.", 0.7),
        ("Because of rain.", 0.65),
        ("It is late because the depot was closed on Monday.\n```\nx\n```", 0.95),
    ],
)
def test_each_sign_of_care_earns_its_points(answer: str, value: float) -> None:
    assert Heuristic().score("Why?", FAILED, answer).value == value


def test_nothing_more_than_the_failed_answer_is_said_so_and_no_success_by_default() -> None:
    found = Heuristic().score("Why?", FAILED, FAILED)
    assert found.reason == "nothing more than the failed answer"
    assert found.value < Heuristic().success_at
    assert not Heuristic().compares
