"""Formats that come with Upspiral are registered, and only their own rows are theirs."""

import pytest
from tests.capture.formats.test_importer import ROWS

from upspiral.capture.formats.detect import detect_format
from upspiral.plugin_kinds import IMPORTER


@pytest.mark.parametrize("name", sorted(ROWS))
def test_a_row_is_recognized_by_its_own_format_and_by_no_other(name: str) -> None:
    assert IMPORTER.get(name)().recognizes(ROWS[name])
    assert detect_format([ROWS[name]]) == name


def test_a_line_of_our_own_format_is_recognized() -> None:
    row = {"messages": [{"role": "user", "content": "Hi"}, {"role": "assistant", "content": "Hello."}]}
    assert IMPORTER.get("chat-jsonl")().recognizes(row)
