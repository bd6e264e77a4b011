"""Is a file's format known by its fields, whatever its encoding?"""

import gzip
import json
from pathlib import Path
from typing import Any

import pytest

from upspiral.capture.formats import BadLine, describe_rows, detect_format, rows

ROW = {"question": "Grüße?", "answer": "Hello."}


@pytest.mark.parametrize(
    ("row", "format"),
    [
        ({"messages": [{"role": "user", "content": "x"}]}, "chat-jsonl"),
        ({"prompt": "a", "completion": "b"}, "chat-jsonl"),
        ({"input": "a", "output": "b", "scores": {"x": 1}}, "chat-jsonl"),
        ({"id": "o", "type": "GENERATION", "traceId": "t", "startTime": "2026-01-01"}, "langfuse"),
        ({"id": "t", "observations": []}, "langfuse"),
        ({"name": "tone", "value": 1, "trace_id": "t"}, "langfuse"),
        ({"context": {"span_id": "s"}, "attributes": {}}, "phoenix"),
        ({"context.span_id": "s", "attributes.llm.model_name": "m"}, "phoenix"),
        ({"function_name": "f", "variant_name": "v", "input": {}, "output": []}, "tensorzero"),
        ({"target_id": "t", "metric_name": "solved", "value": True}, "tensorzero"),
        ({"object": "chat.completion", "choices": []}, "openai-stored"),
        ({"text": "a"}, None),
    ],
)
def test_the_fields_tell_the_format(row: dict[str, Any], format: str | None) -> None:
    assert detect_format([row]) == format


def test_what_is_not_known_is_described() -> None:
    assert describe_rows([{"text": 1, "label": 2}]) == (
        "Its rows have the fields text (number), label (number). No known format has them."
    )
    assert "preference pairs" in describe_rows([{"chosen": 1, "rejected": 2}])


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-32"])
def test_files_of_other_encodings_are_read_by_their_mark(tmp_path: Path, encoding: str) -> None:
    file = tmp_path / "x.jsonl"
    file.write_text("".join(json.dumps(ROW, ensure_ascii=False) + "\n" for _ in range(2)), encoding=encoding)
    assert list(rows(file)) == [(1, ROW), (2, ROW)]


@pytest.mark.parametrize("text", ["question,answer\n", "question;answer;\n"])
def test_a_table_is_read_by_the_names_in_its_first_line(tmp_path: Path, text: str) -> None:
    file = tmp_path / "x.csv.gz"
    cell = '"A, 2"' if "," in text else "A, 2;"
    with gzip.open(file, "wt") as out:
        out.write(text + ("Q," if "," in text else "Q;") + cell + "\n")
    assert [row for _, row in rows(file)] == [{"question": "Q", "answer": "A, 2"}]


def test_a_line_of_too_many_cells_is_named(tmp_path: Path) -> None:
    file = tmp_path / "x.csv"
    file.write_text("question,answer\nQ,A,more\nQ,A\n")
    bad, good = rows(file)
    assert isinstance(bad[1], BadLine)
    assert good == (3, {"question": "Q", "answer": "A"})


@pytest.mark.parametrize(
    ("head", "kind"), [(b"PAR1", "Parquet"), (b"PK\x03\x04", "ZIP"), (b"ab\0cd", "binary")]
)
def test_a_file_that_is_no_text_is_refused_in_words(tmp_path: Path, head: bytes, kind: str) -> None:
    file = tmp_path / "x.jsonl"
    file.write_bytes(head + b"\0" * 10)
    with pytest.raises(ValueError, match=kind):
        list(rows(file))
