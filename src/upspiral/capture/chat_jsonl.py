"""How does a line of the chat-jsonl format become an Interaction and its Feedback?"""

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

from msgspec import Struct

from upspiral.capture.encoding import open_text
from upspiral.domain import Feedback, Interaction, Kind, Message, Source, ToolCall, Usage
from upspiral.domain.ids import AgentId, FeedbackId, InteractionId, WorkspaceId, derive
from upspiral.storable import faults, mend_json

OBSERVATION = "Observation:"
FAILED = re.compile(r"Traceback \(most recent call last\)|^\w*(?:Error|Exception)\b", re.MULTILINE)
LAST_ERROR = re.compile(r"^(\w*(?:Error|Exception)[^\n]*)", re.MULTILINE)
HALF = "\\ud"
"""How JSON writes one of the two halves of a character beyond the first 65,536."""
BROKEN = (ValueError, TypeError, KeyError, AttributeError, OverflowError, RecursionError)
"""What reading a row may raise; it is left out then, and named."""
KNOWN = frozenset(
    ("messages", "answer", "model", "agent", "success", "score", "conversation", "trace", "user", "at")
) | {"latency_ms", "prompt_tokens", "completion_tokens", "error", "id"}


class Imported(Struct, frozen=True):
    """A line that was understood."""

    interaction: Interaction
    feedback: tuple[Feedback, ...]


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
    return json.loads(mend_json(line.encode("utf-8", "replace")) if HALF in line.lower() else line)


def checked(item: Imported) -> Imported:
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
    """
    for number, line in enumerate(lines, start=first_line):
        if not line.strip():
            continue
        try:
            row = load_json(line)
            if not isinstance(row, dict):
                raise TypeError("it is no JSON object")
            row = _mapped(row, mapping)
            yield checked(
                _imported(row, line, agent=agent, workspace=workspace, now=now, number=number, tag=tool_tag)
            )
        except BROKEN as error:
            yield BadLine(number, str(error) or type(error).__name__)


def _mapped(row: dict[str, Any], mapping: Mapping[str, str]) -> dict[str, Any]:
    found = dict(row)
    for ours, path in mapping.items():
        value: Any = row
        for part in path.split("."):
            value = value.get(part) if isinstance(value, dict) else None
        if value is not None:
            found[ours] = value
    return found


def _imported(
    row: dict[str, Any],
    line: str,
    *,
    agent: str | None,
    workspace: WorkspaceId,
    now: datetime,
    number: int,
    tag: str | None,
) -> Imported:
    messages, answer = _messages(row)
    ident = InteractionId(derive("int", str(workspace), str(number), line))
    at = datetime.fromisoformat(row["at"]) if row.get("at") else now
    calls = _native_calls(row["messages"]) + (_text_calls(messages, answer, tag) if tag else ())
    interaction = Interaction(
        id=ident,
        workspace=workspace,
        agent=AgentId(str(agent or row.get("agent") or row.get("model") or "imported")),
        at=at if at.tzinfo else at.replace(tzinfo=now.tzinfo),
        kind=Kind.TASK if row.get("task") else Kind.CHAT,
        messages=messages,
        answer=answer,
        model=str(row.get("model") or ""),
        conversation=str(row.get("conversation") or ident),
        trace=_text(row.get("trace")),
        end_user=_text(row.get("user")),
        tool_calls=calls,
        usage=Usage(int(row.get("prompt_tokens") or 0), int(row.get("completion_tokens") or 0)),
        latency_ms=float(row.get("latency_ms") or 0),
        error=_text(row.get("error")),
        metadata={
            k: str(v) for k, v in row.items() if k not in KNOWN and isinstance(v, str | int | float | bool)
        },
    )
    return Imported(interaction, _feedback(row, interaction))


def _text(value: object) -> str | None:
    return None if value is None else str(value)


def _messages(row: dict[str, Any]) -> tuple[tuple[Message, ...], str]:
    given = row.get("messages")
    if not isinstance(given, list) or not given:
        raise ValueError("it has no list of messages; name yours with --map messages=FIELD")
    messages = [Message(str(m["role"]), _content(m.get("content"))) for m in given]
    answer = row.get("answer")
    if answer is None and messages[-1].role == "assistant":
        return tuple(messages[:-1]), messages[-1].content
    return tuple(messages), _content(answer)


def _content(value: object) -> str:
    if isinstance(value, list):
        return "\n".join(str(part.get("text", "")) for part in value if isinstance(part, dict))
    return "" if value is None else str(value)


def _native_calls(given: list[dict[str, Any]]) -> tuple[ToolCall, ...]:
    results = {m.get("tool_call_id"): _content(m.get("content")) for m in given if m.get("role") == "tool"}
    return tuple(
        _call(
            str(call["function"]["name"]),
            str(call["function"].get("arguments", "")),
            results.get(call.get("id")),
        )
        for message in given
        for call in message.get("tool_calls") or ()
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


def _call(name: str, arguments: str, result: str | None) -> ToolCall:
    error = None
    if result and FAILED.search(result):
        kinds = LAST_ERROR.findall(result)
        error = kinds[-1][:300] if kinds else "Traceback"
    return ToolCall(name=name, arguments=arguments, result=result, error=error)


def _feedback(row: dict[str, Any], interaction: Interaction) -> tuple[Feedback, ...]:
    value = row.get("score", row.get("success"))
    if value is None:
        return ()
    score = float(value)
    if not 0 <= score <= 1:
        raise ValueError(f"its score {value!r} is not between 0 and 1")
    return (
        Feedback(
            id=FeedbackId(derive("fb", interaction.id, "import")),
            workspace=interaction.workspace,
            interaction=interaction.id,
            at=interaction.at,
            source=Source.VERIFIER,
            rater="import",
            score=score,
        ),
    )
