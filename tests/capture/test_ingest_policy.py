"""Who may only record does not pass for what Upspiral concludes by itself."""

import pytest
from tests.conftest import Maker

from upspiral.capture.ingest_policy import as_implicit_hint
from upspiral.domain import Source


@pytest.mark.parametrize(
    ("source", "rater", "kept"),
    [
        (Source.IMPLICIT, "next-turn", "hint:next-turn"),
        (Source.JUDGE, "next-turn", "hint:next-turn"),
        (Source.USER_RATING, "copied", "hint:copied"),
        (Source.IMPLICIT, "copied", "copied"),
        (Source.JUDGE, "gpt", "gpt"),
    ],
)
def test_a_hint_keeps_its_name_unless_that_is_a_signal_of_ours(
    make: Maker, source: Source, rater: str, kept: str
) -> None:
    hint = as_implicit_hint(make.feedback(make.interaction(), 1.0, source=source, rater=rater))
    assert (hint.source, hint.rater) == (Source.IMPLICIT, kept)
