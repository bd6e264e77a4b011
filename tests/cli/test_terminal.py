"""What users wrote reaches the terminal as text, and as nothing else."""

import io
import itertools
import json
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from upspiral.cli import terminal
from upspiral.cli.terminal import CONTROL, clean, fill, say, say_error, say_json, say_table, say_text, to_text


def test_every_arrangement_of_brackets_and_backslashes_stays_as_it_was_written() -> None:
    for length in range(1, 6):
        for letters in itertools.product("\\[/a]", repeat=length):
            text = "".join(letters)
            assert to_text(fill("[bold]{x}[/] end", x=text)).plain == f"{text} end"


@given(st.text())
def test_no_text_leaves_a_character_that_a_terminal_obeys(text: str) -> None:
    shown = to_text(fill("{x}", x=text)).plain
    assert not CONTROL.search(shown)
    assert clean(shown) == shown


@pytest.mark.parametrize("code", [*range(0x20), *range(0x7F, 0xA0), 0x202E, 0x2066, 0x2028, 0xFEFF, 0xD800])
def test_each_control_character_is_made_visible_or_a_space(code: int) -> None:
    assert not CONTROL.search(clean(f"a{chr(code)}b"))
    kept = clean(f"a{chr(code)}b", keep_lines=True)
    assert not CONTROL.search(kept.replace("\n", "").replace("\t", ""))


def test_every_way_to_print_is_safe(capsys: pytest.CaptureFixture[str]) -> None:
    hostile = "\x1b]0;owned\x07[/nope]\u202e\x9b2J"
    say("[bold]{x}[/]", x=hostile)
    say_error(hostile, hostile)
    say_text(hostile)
    say_table(["a", "#b"], [[hostile, 1]])
    out, err = capsys.readouterr()
    for printed in (out, err):
        assert not CONTROL.search(printed.replace("\n", ""))
        assert "[/nope]" in printed


def test_json_says_the_same_without_what_a_terminal_obeys(capsys: pytest.CaptureFixture[str]) -> None:
    value = {"name": "\x1b\x9b2J\u202e[/x]\U000e0041é"}
    say_json(value)
    printed = capsys.readouterr().out
    assert not CONTROL.search(printed.replace("\n", ""))
    assert json.loads(printed) == value
    assert "é" in printed


def test_a_pipe_gets_whole_lines_and_no_progress(monkeypatch: pytest.MonkeyPatch) -> None:
    out, err = io.StringIO(), io.StringIO()
    monkeypatch.delenv("COLUMNS", raising=False)
    monkeypatch.setattr(sys, "stdout", out)
    monkeypatch.setattr(sys, "stderr", err)
    with terminal.progress() as show:
        show("waiting", 1, 2)
    long = "word " * 90 + "end"
    say("{x}", x=long)
    say_text(long, indent=2)
    assert (out.getvalue(), err.getvalue()) == (f"{long}\n  {long}\n", "")
