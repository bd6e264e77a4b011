"""Reading the chat-jsonl format."""

import gzip
import json
from pathlib import Path
from typing import Any

import pytest
from tests.conftest import START

from upspiral.capture.formats.chat_jsonl import BadLine, Imported, open_lines, parse
from upspiral.domain.ids import DEFAULT_WORKSPACE

FAILED = "Observation:\nTraceback (most recent call last):\nZeroDivisionError: division"
TALK = [{"role": "user", "content": "Hi"}, {"role": "assistant", "content": "Hello."}]


def _parse(
    *rows: object, mapping: dict[str, str] | None = None, tag: str | None = None
) -> list[Imported | BadLine]:
    lines = [row if isinstance(row, str) else json.dumps(row) for row in rows]
    given = {"mapping": mapping or {}, "agent": None, "workspace": DEFAULT_WORKSPACE, "now": START}
    return list(parse(lines, **given, tool_tag=tag))  # type: ignore[arg-type]


def _one(row: object, **more: object) -> Imported:
    [found] = _parse(row, **more)  # type: ignore[arg-type]
    assert isinstance(found, Imported)
    return found


def test_the_last_assistant_message_is_the_answer() -> None:
    found = _one({"messages": TALK, "model": "m", "success": True, "task": "greet"})
    assert found.interaction.answer == "Hello."
    assert found.interaction.question == "Hi"
    assert found.interaction.metadata == {"task": "greet"}
    assert found.feedback[0].score == 1.0


def test_other_field_names_are_mapped() -> None:
    row = {"chat": TALK, "result": {"ok": False}}
    found = _one(row, mapping={"messages": "chat", "success": "result.ok"})
    assert found.feedback[0].score == 0.0


def test_the_same_file_gives_the_same_ids() -> None:
    row = {"messages": TALK}
    assert _one(row).interaction.id == _one(row).interaction.id


@pytest.mark.parametrize(
    "line", ["", "{", "[]", '{"messages": []}', '{"messages": [1]}', '{"messages": "hi"}']
)
def test_a_line_that_cannot_be_read_is_named_and_left_out(line: str) -> None:
    found = _parse(line, {"messages": TALK})
    assert isinstance(found[-1], Imported)
    assert [bad.line for bad in found if isinstance(bad, BadLine)] == ([1] if line else [])


def test_calls_in_text_are_tool_calls_with_their_errors() -> None:
    talk = [
        {"role": "user", "content": "Divide."},
        {"role": "assistant", "content": "<run>1/0</run>"},
        {
            "role": "user",
            "content": FAILED,
        },
        {"role": "assistant", "content": "<run>1/1</run>"},
        {"role": "user", "content": "Observation:\n1.0"},
        {"role": "assistant", "content": "It is 1."},
    ]
    calls = _one({"messages": talk}, tag="run").interaction.tool_calls
    assert [call.error for call in calls] == ["ZeroDivisionError: division", None]
    assert calls[1].result == "1.0"


def test_native_tool_calls_carry_their_results() -> None:
    call = {"id": "c1", "type": "function", "function": {"name": "search", "arguments": "{}"}}
    talk = [
        {"role": "user", "content": "Find it."},
        {"role": "assistant", "content": None, "tool_calls": [call]},
        {"role": "tool", "tool_call_id": "c1", "content": "found"},
        {"role": "assistant", "content": "Here."},
    ]
    [found] = _one({"messages": talk}).interaction.tool_calls
    assert (found.name, found.result, found.error) == ("search", "found", None)


def test_a_packed_file_of_many_traces_is_read_to_its_end(tmp_path: Path) -> None:
    failed = {"role": "user", "content": FAILED}
    asked = {"role": "assistant", "content": "<execute>1/0</execute>"}
    rows = [{"id": f"t{number}", "messages": [TALK[0], asked, failed, TALK[1]]} for number in range(1200)]
    file = tmp_path / "traces.jsonl.gz"
    file.write_bytes(gzip.compress("\n".join(map(json.dumps, rows)).encode()))
    given: dict[str, Any] = {"mapping": {}, "agent": None, "workspace": DEFAULT_WORKSPACE, "now": START}
    found = list(parse(open_lines(file), **given, tool_tag="execute"))
    good = [one for one in found if isinstance(one, Imported)]
    assert len(good) == len(found) == 1200
    calls = [call for one in good for call in one.interaction.tool_calls]
    assert [call.error for call in calls] == ["ZeroDivisionError: division"] * 1200
