"""In which encoding is a file written? Its first bytes say so; what cannot be decoded spoils no other line."""

import codecs
import gzip
import io
from pathlib import Path
from typing import BinaryIO, TextIO, cast

MARKS = {
    codecs.BOM_UTF8: "utf-8-sig",
    codecs.BOM_UTF32_LE: "utf-32",  # before UTF-16, whose mark it begins with
    codecs.BOM_UTF32_BE: "utf-32",
    codecs.BOM_UTF16_LE: "utf-16",
    codecs.BOM_UTF16_BE: "utf-16",
}


def open_text(path: Path) -> TextIO:
    """Open a file of text: UTF-8, or what its byte order mark says; bytes that are none become U+FFFD.

    Args:
        path: One that ends in ``.gz`` is unpacked on the way.
    """
    raw = cast("BinaryIO", gzip.open(path)) if path.suffix == ".gz" else path.open("rb")
    try:
        first = raw.read(4)
        raw.seek(0)
    except BaseException:
        raw.close()
        raise
    encoding = next((name for mark, name in MARKS.items() if first.startswith(mark)), "utf-8")
    return io.TextIOWrapper(raw, encoding=encoding, errors="replace")
