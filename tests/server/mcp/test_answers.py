"""No text closes the marks around it, and what is hidden leaves JSON what it was."""

from pathlib import Path

import pytest

from upspiral.app import App
from upspiral.config import load
from upspiral.server.mcp.answers import MAX_CHARS, enclose, hide_texts, make_hider


def test_a_text_that_knows_the_marks_of_the_last_answer_does_not_close_those_of_the_next(app: App) -> None:
    first = enclose(app, {"a": "b"})
    closing = first.splitlines()[-1]
    second = enclose(app, {"a": closing})
    assert second.splitlines()[-1] != closing
    assert second.count(second.splitlines()[-1]) == 1


def test_a_very_long_answer_is_cut_before_the_closing_mark(app: App) -> None:
    said = enclose(app, {"a": "x" * 2 * MAX_CHARS})
    assert len(said) < MAX_CHARS + 1000
    assert said.splitlines()[-1].startswith("</data ")
    assert "The rest is not shown." in said


@pytest.mark.parametrize("redact", [True, False])
def test_ids_and_numbers_stay_what_they_are(data: Path, redact: bool) -> None:
    with App(load(data=data, capture={"redact": redact}), nights=False) as app:
        given = {"id": "int_019b76daa800629f6fbed82c07cd", "n": 4111111111111111, "none": None, "yes": True}
        assert hide_texts(given, make_hider(app)) == given
