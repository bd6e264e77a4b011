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


@contextmanager
def open_text(path: Path) -> Iterator[TextIO]:
    """Open a file of text: UTF-8, or what its byte order mark says; bytes that are none become U+FFFD.

    Args:
        path: One that ends in ``.gz`` is unpacked on the way.
    """
    with gzip.open(path) if path.suffix == ".gz" else path.open("rb") as raw:
        first = b""
        with suppress(OSError, EOFError, zlib.error):  # met again, and told, where the file is read
            first = raw.read(4)
        raw.seek(0)
        encoding = next((name for mark, name in MARKS.items() if first.startswith(mark)), "utf-8")
        with io.TextIOWrapper(raw, encoding=encoding, errors="replace") as text:
            yield text
