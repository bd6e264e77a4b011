"""A key is read from lines too, and whoever types nonsense is asked again."""

import io
from collections.abc import Iterator

import pytest

from upspiral.cli.keyboard import QUIT, ask_key, open_keyboard

KEYS = {"a": "first", "b": "second", "q": QUIT}


def _read(typed: str) -> Iterator[str]:
    yield from typed
    while True:
        yield ""


@pytest.mark.parametrize(
    ("typed", "meaning"),
    [("b", "second"), ("B", "second"), ("xyz1 a", "first"), ("q", QUIT), ("", QUIT), ("zz", QUIT)],
)
def test_keys_that_mean_nothing_are_passed_over_until_the_input_ends(typed: str, meaning: str) -> None:
    keys = _read(typed)
    assert ask_key(lambda: next(keys), KEYS) == meaning


def test_from_a_pipe_the_first_letter_of_each_line_that_is_not_empty_counts(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO("\n  \nbest\n a\n"))
    read = open_keyboard()
    assert [ask_key(read, KEYS) for _ in range(3)] == ["second", "first", QUIT]
