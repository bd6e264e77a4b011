"""How does a line of the chat-jsonl format become an Interaction and its Feedback?"""

import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from msgspec import Struct

from upspiral.capture.encoding import open_text
from upspiral.capture.formats.row_opinions import read_opinions
from upspiral.capture.formats.row_shapes import OPINIONS, to_chat
from upspiral.domain import Feedback, Interaction, Kind, Message, ToolCall, Usage
from upspiral.domain.ids import AgentId, InteractionId, WorkspaceId, derive
from upspiral.domain.message import CallPart, TextPart
from upspiral.storable import faults, mend_json
from upspiral.wire.messages import parts_of, read_messages
from upspiral.wire.options import read_options
from upspiral.wire.reply import Reply

OBSERVATION = "Observation:"
ERROR_TEXT = re.compile(r"Traceback \(most recent call last\)|^\w*(?:Error|Exception)\b", re.MULTILINE)
LAST_ERROR = re.compile(r"^(\w*(?:Error|Exception)[^\n]*)", re.MULTILINE)
SURROGATE_ESCAPE = "\\ud"
"""How JSON writes one of the two halves of a character beyond the first 65,536."""
ASKED = ("tools", "tool_choice", "response_format", "parallel_tool_calls")
"""Fields of a row that belong to what was asked, as in files for fine-tuning."""
KNOWN_FIELDS = OPINIONS | {
    "messages", "answer", "model", "agent", "conversation", "trace", "user", "at",
    "latency_ms", "prompt_tokens", "completion_tokens", "error", "id",
}  # fmt: skip


class Imported(Struct, frozen=True):
    """A line that was understood."""

    interaction: Interaction
    feedback: tuple[Feedback, ...]


class RowOrigin(Struct, frozen=True, kw_only=True):
    """Where lines come from, and how they are read."""

    workspace: WorkspaceId
    agent: str | None
    now: datetime
    tag: str | None


ROW_ERRORS = (ValueError, TypeError, KeyError, AttributeError, IndexError, OverflowError, RecursionError)
"""What reading a row of somebody else's file may raise."""


class BadLine(Struct, frozen=True):
    """A line that was not, and why."""

    line: int
    reason: str


def open_lines(path: Path) -> Iterator[str]:
    """Read the lines of a file; one that ends in ``.gz`` is unpacked on the way."""
    with open_text(path) as file:
        yield from file


def load_json(line: str) -> Any:
    """Read JSON; half a character, as in an emoji that was cut in two, becomes U+FFFD.

    Raises:
        ValueError: It is no JSON.
        RecursionError: It is nested too deep.
    """
    return json.loads(
        mend_json(line.encode("utf-8", "replace")) if SURROGATE_ESCAPE in line.lower() else line
    )


def check_storable(item: Imported) -> Imported:
    """Give an item back whose numbers and moments can be stored; texts are mended on their way to the disk.

    Raises:
        ValueError: One cannot be; says which.
    """
    wrong = (*faults(item.interaction), *faults(item.feedback, "feedback"))
    for fault in wrong:
        if fault.kind != "text":
            raise ValueError(str(fault))
    return item


def parse(
    lines: Iterable[str],
    *,
    mapping: Mapping[str, str],
    agent: str | None,
    workspace: WorkspaceId,
    now: datetime,
    first_line: int = 1,
    tool_tag: str | None = None,
    copies: Sequence[int] = (),
) -> Iterator[Imported | BadLine]:
    """Read lines of JSON, one Interaction each.

    Args:
        lines: The file's lines; empty ones are passed over.
        mapping: Our field's name to the path of theirs, with dots, such as ``{"success": "result.ok"}``.
        agent: Whose Interactions they are; None for what each line says, or its model.
        workspace: Where they belong.
        now: The moment they get where a line names none.
        first_line: Number of the first line, for messages and ids.
        tool_tag: For agents that call tools in text: calls stand between ``<tag>`` and ``</tag>``, and the
            next message from the user, beginning with ``Observation:``, holds the result.
        copies: For each line how many equal ones came before it in the file: each is an Interaction of its
            own, while the same file read again adds nothing. None where that is not known.
    """
    source = RowOrigin(workspace=workspace, agent=agent, now=now, tag=tool_tag)
    for place, line in enumerate(lines):
        if not line.strip():
            continue
        try:
            row = load_json(line)
            if not isinstance(row, dict):
                raise TypeError("it is no JSON object")
            row = to_chat(_apply_mapping(row, mapping))
            yield check_storable(import_row(row, source, copy=copies[place] if place < len(copies) else 0))
        except ROW_ERRORS as error:
            yield BadLine(first_line + place, _reason(error))


def _reason(error: Exception) -> str:
    if isinstance(error, json.JSONDecodeError):
        return f"it is no JSON: {error}"
    said = str(error.args[0]) if error.args else ""
    return f"it has no {said!r}" if isinstance(error, KeyError) else said or type(error).__name__


def _apply_mapping(row: dict[str, Any], mapping: Mapping[str, str]) -> dict[str, Any]:
    found = dict(row)
    for ours, path in mapping.items():
        value: Any = row
        for part in path.split("."):
            value = value.get(part) if isinstance(value, dict) else None
        if value is not None:
            found[ours] = value
    return found


def import_row(row: dict[str, Any], source: RowOrigin, *, copy: int = 0) -> Imported:
    """Make an Interaction and its Feedback of a row in our own format.

    Args:
        row: With `messages`; the other fields may be missing.
        source: Where it comes from.
        copy: How many equal rows came before it.

    Raises:
        ValueError: A field cannot be read.
    """
    messages, answer = _messages(row)
    at = datetime.fromisoformat(row["at"]) if row.get("at") else source.now
    at = at if at.tzinfo else at.replace(tzinfo=source.now.tzinfo)
    tag = source.tag
    calls = _native_calls(messages, answer) + (_text_calls(messages, answer.text, tag) if tag else ())
    agent = str(source.agent or row.get("agent") or row.get("model") or "imported")
    ident = _identify(row, (messages, answer.text, agent), source.workspace, copy)
    interaction = Interaction(
        id=ident,
        workspace=source.workspace,
        agent=AgentId(agent),
        at=at,
        kind=Kind.TASK if row.get("task") else Kind.CHAT,
        messages=messages,
        options=read_options({name: row[name] for name in ASKED if row.get(name) is not None}, ""),
        answer=answer.text,
        answer_parts=answer.kept_parts,
        model=str(row.get("model") or ""),
        conversation=str(row.get("conversation") or ident),
        trace=_text(row.get("trace")),
        end_user=_text(row.get("user")),
        tool_calls=calls,
        usage=Usage(int(row.get("prompt_tokens") or 0), int(row.get("completion_tokens") or 0)),
        latency_ms=float(row.get("latency_ms") or 0),
        error=_text(row.get("error")),
        metadata={
            k: str(v)
            for k, v in row.items()
            if k not in KNOWN_FIELDS and isinstance(v, str | int | float | bool)
        },
    )
    return Imported(interaction, read_opinions(row, interaction))


def _identify(
    row: Mapping[str, Any], said: tuple[tuple[Message, ...], str, str], workspace: WorkspaceId, copy: int
) -> InteractionId:
    """Derive the id from what was said, when, and by whom: not from the line it stands in.

    So a longer file adds only what is new, and a file that was read for the wrong agent can be read again.
    """
    messages, answer, agent = said
    where = [_text(row.get(key)) or "" for key in ("model", "conversation", "trace", "user", "at")]
    talk = [f"{one.role}\0{one.content}" for one in messages]
    again = [str(copy)] if copy else []
    return InteractionId(derive("int", str(workspace), agent, answer, *where, *talk, *again))


def _text(value: object) -> str | None:
    return None if value is None else str(value)


def _messages(row: dict[str, Any]) -> tuple[tuple[Message, ...], Reply]:
    """Read what was asked and what was answered: what stands beside the messages, else the last of them."""
    messages, given = read_messages(row["messages"]), row.get("answer")
    if given is None and messages and messages[-1].role == "assistant":
        return messages[:-1], Reply(parts=parts_of(messages[-1]))
    if isinstance(given, dict | list):
        told = read_messages(given, role="assistant")
        return messages, Reply(parts=tuple(part for one in told for part in parts_of(one)))
    return messages, Reply(parts=(TextPart(str(given)),) if given not in (None, "") else ())


def _native_calls(messages: tuple[Message, ...], answer: Reply) -> tuple[ToolCall, ...]:
    """Give every call that was made on the way, with what came of it."""
    results = {one.tool_call_id: one.content for one in messages if one.role == "tool"}
    asked = [part for one in messages for part in one.parts] + [*answer.parts]
    return tuple(
        _call(part.name, part.arguments, results.get(part.id), ident=part.id)
        for part in asked
        if isinstance(part, CallPart)
    )


def _text_calls(messages: tuple[Message, ...], answer: str, tag: str) -> tuple[ToolCall, ...]:
    inside = re.compile(rf"<{re.escape(tag)}>(.*?)</{re.escape(tag)}>", re.DOTALL)
    turns = [*messages, Message("assistant", answer)]
    calls = []
    for turn, after in zip(turns, [*turns[1:], None], strict=True):
        found = inside.search(turn.content) if turn.role == "assistant" else None
        if found:
            result = after.content if after and after.content.startswith(OBSERVATION) else None
            calls.append(
                _call(tag, found[1].strip(), result.removeprefix(OBSERVATION).strip() if result else None)
            )
    return tuple(calls)


def _call(name: str, arguments: str, result: str | None, *, ident: str | None = None) -> ToolCall:
    error = None
    if result and ERROR_TEXT.search(result):
        kinds = LAST_ERROR.findall(result)
        error = kinds[-1][:300] if kinds else "Traceback"
    return ToolCall(name=name, arguments=arguments, id=ident, result=result, error=error)
