"""In which encoding is a file written? Its first bytes say so; what is not in it spoils no other line."""

import codecs
import gzip
import io
import zlib
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TextIO

MARKS = {
    codecs.BOM_UTF8: "utf-8-sig",
    codecs.BOM_UTF32_LE: "utf-32",  # before UTF-16, whose mark it begins with
    codecs.BOM_UTF32_BE: "utf-32",
    codecs.BOM_UTF16_LE: "utf-16",
    codecs.BOM_UTF16_BE: "utf-16",
}

BINARY = {
    b"PAR1": "a Parquet file",
    b"PK\x03\x04": "a ZIP archive",
    b"\x1f\x8b": "a gzip archive (name it .gz)",
    b"SQLite format 3": "a SQLite database",
    b"%PDF": "a PDF file",
    b"ARROW1": "an Arrow file",
}
"""How some files begin that hold no text."""
HEAD_BYTES = 512


@contextmanager
def open_text(path: Path) -> Iterator[TextIO]:
    """Open a file of text: UTF-8, or what its byte order mark says; bytes that are none become U+FFFD.

    Args:
        path: One that ends in ``.gz`` is unpacked on the way.

    Raises:
        ValueError: It is no text.
    """
    with gzip.open(path) if path.suffix == ".gz" else path.open("rb") as raw:
        first = b""
        with suppress(OSError, EOFError, zlib.error):  # met again, and told, where the file is read
            first = raw.read(HEAD_BYTES)
        raw.seek(0)
        encoding = next((name for mark, name in MARKS.items() if first.startswith(mark)), None)
        kind = next((name for magic, name in BINARY.items() if first.startswith(magic)), None)
        if kind or (encoding is None and b"\0" in first):
            raise ValueError(f"it is no text but {kind or 'binary data'}")
        with io.TextIOWrapper(raw, encoding=encoding or "utf-8", errors="replace") as text:
            yield text
