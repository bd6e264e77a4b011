"""A file is read whatever shape its rows have."""

import gzip
import json
from pathlib import Path

import pytest
from tests.capture.formats.exported import (
    STORED,
    file,
)

from upspiral.capture.formats import BadLine, Imported


@pytest.mark.parametrize("zipped", [False, True], ids=["plain", "gz"])
@pytest.mark.parametrize("shape", ["lines", "array", "page", "pretty", "lines of pages"])
def test_a_file_is_read_whatever_shape_it_has(tmp_path: Path, shape: str, zipped: bool) -> None:
    rows = [STORED, STORED | {"id": "chatcmpl-2"}]
    text = {
        "lines": "\n".join(map(json.dumps, rows)) + "\n\n",
        "array": json.dumps(rows),
        "page": json.dumps({"object": "list", "data": rows, "has_more": False}),
        "pretty": json.dumps({"data": rows}, indent=2),
        "lines of pages": "\n".join(json.dumps({"data": [row]}) for row in rows),
    }[shape]
    path = tmp_path / ("export.json.gz" if zipped else "export.json")
    path.write_bytes(gzip.compress(text.encode()) if zipped else text.encode())
    found = file(path, "openai-stored")
    assert [type(one) for one in found] == [Imported, Imported]


def test_lines_that_are_no_json_are_named_by_their_number(tmp_path: Path) -> None:
    path = tmp_path / "export.jsonl"
    path.write_bytes(b'{"broken\n' + json.dumps(STORED).encode() + b"\n\xff\xfe\xfa\n[1]\n")
    found = file(path, "openai-stored")
    assert [one.line for one in found if isinstance(one, BadLine)] == [1, 3, 4]
    assert sum(isinstance(one, Imported) for one in found) == 1


def test_an_empty_file_holds_nothing_and_a_torn_one_says_so(tmp_path: Path) -> None:
    empty, torn = tmp_path / "empty.jsonl", tmp_path / "torn.jsonl.gz"
    empty.write_bytes(b"")
    torn.write_bytes(gzip.compress((json.dumps(STORED) + "\n").encode() * 2000)[:-20])
    assert file(empty, "langfuse") == []
    found = file(torn, "openai-stored")
    assert isinstance(found[0], Imported)
    assert isinstance(found[-1], BadLine)
    assert "end" in found[-1].reason
