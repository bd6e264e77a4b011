"""Why nothing was found is told apart: nothing recorded, rated or failed, and nothing that stands out."""

import pytest

from upspiral.analyze.metrics import breakdown
from upspiral.analyze.questions import explain_no_weakness


@pytest.mark.parametrize(
    ("counts", "said"),
    [
        ([], "Nothing is recorded yet"),
        ([(0, 0, 0)], "Nothing is recorded yet"),
        ([(1, 0, 0)], "1 interaction recorded and none is rated"),
        ([(3, 1, 1), (1, 1, 0)], "4 interactions recorded, 3 rated, 1 of them failed"),
        ([(3, 1, 1)], "at least 5 alike; 4 failing conversations more."),
        ([(9, 0, 2), (9, 0, 2)], "at least 5 alike; 1 failing conversation more."),
        (
            [(1200, 600, 300)],
            "1,200 interactions recorded, 900 rated, 300 of them failed: no weakness",
        ),
    ],
)
def test_what_is_missing_is_said_with_how_many_more(counts: list[tuple[int, int, int]], said: str) -> None:
    rows = [
        {"key": f"d{day}", "n": n, "successes": good, "failures": bad}
        for day, (n, good, bad) in enumerate(counts)
    ]
    told = explain_no_weakness(breakdown(rows, by="day"), least=5)
    assert said in told
    assert ("alike" in told) == (0 < sum(bad for _, _, bad in counts) < 5)
