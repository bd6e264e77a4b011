"""Which rows stand in a file of JSON?"""

import codecs
import csv
import gzip
import io
import json
import re
import zlib
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import IO, Any, cast

from upspiral.capture.chat_jsonl import BadLine

UNSTORABLE = re.compile(rb"\\u(?:0000|[dD][89a-fA-F])")
NUL = re.compile(rb"(?<!\\)((?:\\\\)*)\\u0000")
MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
"""Byte order marks; those of UTF-32 before those of UTF-16, which they begin with."""
BINARY = {
    b"PAR1": "a Parquet file",
    b"PK\x03\x04": "a ZIP archive",
    b"\x1f\x8b": "a gzip archive (name it .gz)",
    b"SQLite format 3": "a SQLite database",
    b"%PDF": "a PDF file",
    b"ARROW1": "an Arrow file",
}
PAGES = ("data", "inferences")
"""Under which names the tools' APIs put a page of rows."""


def rows(path: Path) -> Iterator[tuple[int, Any]]:
    """Give the rows of a file, numbered: lines of JSON and CSV by line, the elements of a document by place.

    Pages, such as ``{"data": [...]}``, are opened. What is no JSON is a BadLine. Lines are read one by one,
    a document at once.

    Args:
        path: A file of text; one that ends in ``.gz`` is unpacked on the way, one that ends in ``.csv`` or
            ``.tsv`` has its columns' names in the first line. A byte order mark tells UTF-16 and UTF-32.

    Raises:
        ValueError: It is no text.
    """
    with cast("IO[bytes]", gzip.open(path) if path.suffix == ".gz" else path.open("rb")) as raw:
        try:
            file = _as_utf8(raw)
            if path.name.removesuffix(".gz").endswith((".csv", ".tsv")):
                yield from _table(file, "\t" if ".tsv" in path.suffixes else None)
                return
            first = next((line for line in file if line.strip()), b"")
            file.seek(0)
            yield from _lines(file) if _is_row(first) else _document(file.read())
        except (OSError, EOFError, zlib.error) as error:
            yield 0, BadLine(0, f"the file cannot be read to its end: {error}")


def _as_utf8(raw: IO[bytes]) -> IO[bytes]:
    """Pass over the mark of UTF-8, and turn other encodings that their mark tells into it.

    Raises:
        ValueError: It begins as files of no text begin.
    """
    head = raw.read(512)
    raw.seek(0)
    for mark, encoding in MARKS:
        if head.startswith(mark):
            return io.BytesIO(raw.read().decode(encoding, "replace").encode())
    kind = next((name for magic, name in BINARY.items() if head.startswith(magic)), None)
    if kind or b"\0" in head:
        raise ValueError(f"it is no text but {kind or 'binary data'}")
    return raw


def _table(file: IO[bytes], delimiter: str | None) -> Iterator[tuple[int, Any]]:
    if delimiter is None:
        delimiter = ";" if file.readline().count(b";") > 1 else ","
        file.seek(0)
    reader = csv.DictReader((line.decode("utf-8", "replace") for line in file), delimiter=delimiter)
    try:
        for row in reader:
            if row.pop(None, None) is not None:
                yield reader.line_num, BadLine(reader.line_num, "it has more cells than the first line")
            else:
                yield reader.line_num, {name: cell for name, cell in row.items() if cell not in (None, "")}
    except csv.Error as error:
        yield reader.line_num, BadLine(reader.line_num, f"it is no CSV: {error}")


def rows_of_lines(lines: Iterable[str], *, first_line: int = 1) -> Iterator[tuple[int, Any]]:
    """Give the rows of lines of JSON, numbered from `first_line`."""
    for number, line in enumerate(lines, start=first_line):
        if line.strip():
            yield from ((number, row) for row in _page(_loaded(line.encode("utf-8", "replace"), number)))


def _is_row(line: bytes) -> bool:
    try:
        return isinstance(json.loads(line), dict)
    except (ValueError, RecursionError):
        return False


def _lines(file: Iterable[bytes]) -> Iterator[tuple[int, Any]]:
    for number, line in enumerate(file, start=1):
        if line.strip():
            value = _loaded(line, number)
            yield from ((number, row) for row in _page(value))


def _document(raw: bytes) -> Iterator[tuple[int, Any]]:
    if not raw.strip():
        return
    value = _loaded(raw, 1)
    if isinstance(value, BadLine) and any(map(_is_row, raw.splitlines())):  # lines, the first one broken
        yield from _lines(raw.splitlines())
        return
    pages = value if isinstance(value, list) else [value]
    yield from enumerate((row for page in pages for row in _page(page)), start=1)


def _loaded(raw: bytes, number: int) -> Any:
    try:
        value = json.loads(raw)
        return _storable(value) if UNSTORABLE.search(raw) else value
    except (ValueError, RecursionError) as error:
        return BadLine(number, f"it is no JSON: {error}")


def _storable(value: Any) -> Any:
    r"""Put a question mark for half characters and leave out NUL: no database takes them.

    >>> _storable({"a": "x\ud83d\x00y"})
    {'a': 'x?y'}
    """
    whole = json.dumps(value, ensure_ascii=False).encode("utf-8", "replace")
    return json.loads(NUL.sub(rb"\1", whole))


def _page(value: Any) -> list[Any]:
    """Open a page of rows; anything else is one row.

    >>> _page({"data": [{"id": 1}], "has_more": False}), _page({"id": 1})
    ([{'id': 1}], [{'id': 1}])
    """
    if isinstance(value, dict):
        return next((value[name] for name in PAGES if isinstance(value.get(name), list)), [value])
    return [value]
