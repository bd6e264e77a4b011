"""A file of text is read in the encoding that its first bytes name."""

import codecs
import gzip
from pathlib import Path

import pytest

from upspiral.capture.encoding import BINARY, open_text

TEXT = "größe ✓\nsecond line\n"


@pytest.mark.parametrize(
    ("mark", "encoding"),
    [
        (b"", "utf-8"),
        (codecs.BOM_UTF8, "utf-8"),
        (codecs.BOM_UTF16_LE, "utf-16-le"),
        (codecs.BOM_UTF16_BE, "utf-16-be"),
        (codecs.BOM_UTF32_LE, "utf-32-le"),
    ],
)
def test_every_byte_order_mark_is_followed(tmp_path: Path, mark: bytes, encoding: str) -> None:
    file = tmp_path / "a.txt"
    file.write_bytes(mark + TEXT.encode(encoding))
    with open_text(file) as opened:
        assert opened.read() == TEXT


def test_a_packed_file_is_unpacked_on_the_way(tmp_path: Path) -> None:
    file = tmp_path / "a.txt.gz"
    file.write_bytes(gzip.compress(TEXT.encode()))
    with open_text(file) as opened:
        assert opened.read() == TEXT


def test_bytes_that_are_no_text_spoil_no_other_line(tmp_path: Path) -> None:
    file = tmp_path / "a.txt"
    file.write_bytes(b"bad \xff byte\ngood\n")
    with open_text(file) as opened:
        assert opened.read().splitlines() == ["bad \ufffd byte", "good"]


@pytest.mark.parametrize("start", list(BINARY))
def test_a_file_that_is_no_text_is_named_as_what_it_is(tmp_path: Path, start: bytes) -> None:
    file = tmp_path / "a.bin"
    file.write_bytes(start + bytes(64))
    with pytest.raises(ValueError, match=r"\w"), open_text(file) as opened:
        opened.read()
