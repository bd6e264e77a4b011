"""Which rows stand in a file of JSON?"""

import csv
import json
import zlib
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, TextIO

import yaml  # type: ignore[import-untyped]

from upspiral.capture.encoding import open_text
from upspiral.capture.formats.chat_jsonl import BadLine, load_json

PAGES = ("data", "inferences")
"""Under which names the tools' APIs put a page of rows."""


def rows(path: Path) -> Iterator[tuple[int, Any]]:
    """Give the rows of a file, numbered: lines of JSON and CSV by line, the elements of a document by place.

    A YAML file is one document. Pages, such as ``{"data": [...]}``, are opened. What is no JSON is a BadLine.
    Lines are read one by one, a document at once.

    Args:
        path: A file in UTF-8, or as its byte order mark says; one that ends in ``.gz`` is unpacked, one that
            ends in ``.csv`` or ``.tsv`` has its columns' names in the first line, and ``.yaml`` or ``.yml``
            is read as YAML.

    Raises:
        ValueError: It is no text.
    """
    with open_text(path) as file:
        try:
            if path.name.removesuffix(".gz").endswith((".csv", ".tsv")):
                yield from _table(file, "\t" if ".tsv" in path.suffixes else None)
                return
            if path.name.removesuffix(".gz").endswith((".yaml", ".yml")):
                yield from _yaml(file)
                return
            first = next((line for line in file if line.strip()), "")
            file.seek(0)
            yield from _lines(file) if _is_row(first) else _document(file.read())
        except (OSError, EOFError, zlib.error) as error:
            yield 0, BadLine(0, f"the file cannot be read to its end: {error}")


def _yaml(file: TextIO) -> Iterator[tuple[int, Any]]:
    try:
        value = yaml.safe_load(file)
    except yaml.YAMLError as error:
        yield 1, BadLine(1, f"it is no YAML: {error}")
        return
    yield from enumerate(_page(value) if not isinstance(value, list) else value, start=1)


def _table(file: TextIO, delimiter: str | None) -> Iterator[tuple[int, Any]]:
    if delimiter is None:
        delimiter = ";" if file.readline().count(";") > 1 else ","
        file.seek(0)
    reader = csv.DictReader(file, delimiter=delimiter)
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
            yield from ((number, row) for row in _page(_load(line, number)))


def _is_row(line: str) -> bool:
    try:
        return isinstance(json.loads(line), dict)
    except (ValueError, RecursionError):
        return False


def _lines(file: Iterable[str]) -> Iterator[tuple[int, Any]]:
    for number, line in enumerate(file, start=1):
        if line.strip():
            value = _load(line, number)
            yield from ((number, row) for row in _page(value))


def _document(raw: str) -> Iterator[tuple[int, Any]]:
    if not raw.strip():
        return
    value = _load(raw, 1)
    if isinstance(value, BadLine) and any(map(_is_row, raw.split("\n"))):  # lines, the first one broken
        yield from _lines(raw.split("\n"))
        return
    pages = value if isinstance(value, list) else [value]
    yield from enumerate((row for page in pages for row in _page(page)), start=1)


def _load(raw: str, number: int) -> Any:
    try:
        return load_json(raw)
    except (ValueError, RecursionError) as error:
        return BadLine(number, f"it is no JSON: {error}")


def _page(value: Any) -> list[Any]:
    """Open a page of rows; anything else is one row.

    >>> _page({"data": [{"id": 1}], "has_more": False}), _page({"id": 1})
    ([{'id': 1}], [{'id': 1}])
    """
    if isinstance(value, dict):
        return next((value[name] for name in PAGES if isinstance(value.get(name), list)), [value])
    return [value]
