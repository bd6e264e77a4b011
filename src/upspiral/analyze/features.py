"""What can be said about a conversation in a few structured words? Pure."""

import re
from collections.abc import Mapping, Sequence

from upspiral.domain import Conversation, Interaction, ToolCall
from upspiral.lexical import count_words, name_script
from upspiral.stats.items import Value

Features = dict[str, Value]
SEEN_AFTER = frozenset(
    ("tool", "tool errored", "tool error", "tool calls", "error", "turns", "messages before", "answer words")
) | {"latency ms"}
"""What is known only once an answer is there, or how long a conversation became: it may explain a failure,
but no conversation can be routed by it."""
MOST_VALUES = 40
ERROR_KIND = re.compile(r"[A-Za-z_][\w.]*(?:Error|Exception|Timeout|Interrupt)|HTTP \d{3}|[Tt]ime(?:d )?out")


def features(turn: Interaction) -> Features:
    """Describe one Interaction.

    Numbers stay numbers (they are binned later), times of day are in the time zone of ``at``. Metadata keep
    their names.

    Args:
        turn: What is described.
    """
    question = turn.question
    found: Features = {
        "model": turn.model or None,
        "kind": str(turn.kind),
        "hour": f"{turn.at.hour // 6 * 6:02d} to {turn.at.hour // 6 * 6 + 6:02d}",
        "weekend": turn.at.weekday() >= 5,
        "question words": count_words(question),
        "question has code": "```" in question or bool(re.search(r"\bdef \w+\(|[{};]\s*$", question, re.M)),
        "question has numbers": any(letter.isdigit() for letter in question),
        "script": name_script(question),
        "messages before": len(turn.messages),
        "answer words": count_words(turn.answer),
        "latency ms": turn.latency_ms or None,
        **_of_tools(turn.tool_calls),
        "error": error_kind(turn.error) if turn.error else None,
    }
    return {**{f"{key} (said)" if key in found else key: v for key, v in turn.metadata.items()}, **found}


def conversation_features(conversation: Conversation, telling: Interaction | None = None) -> Features:
    """Describe a conversation by one turn, its length, and the tools and errors of all its turns.

    Args:
        conversation: What is described.
        telling: The turn that says what it was about; the first where None.
    """
    turns = conversation.interactions
    calls = [call for turn in turns for call in turn.tool_calls]
    errors = [turn.error for turn in turns if turn.error]
    found = {**features(telling or turns[0]), **_of_tools(calls)}
    found["turns"] = len(turns)
    found["error"] = error_kind(errors[-1]) if errors else None
    return found


def table(rows: Sequence[Mapping[str, Value]]) -> dict[str, list[Value]]:
    """Turn rows into columns; leave out what never differs and texts that are hardly ever the same.

    >>> table([{"model": "a", "id": "x1"}, {"model": "b", "id": "x2"}, {"model": "a", "id": "x3"}])
    {'model': ['a', 'b', 'a']}
    """
    names = list(dict.fromkeys(name for row in rows for name in row))
    columns = {name: _column([row.get(name) for row in rows]) for name in names}
    return {name: column for name, column in columns.items() if _tells(column)}


def error_kind(message: str) -> str:
    """Leave of an error message what names its kind.

    >>> error_kind("KeyError: 'order 4711'"), error_kind("read timed out"), error_kind("bad luck 7")
    ('KeyError', 'timeout', 'bad luck')
    """
    found = ERROR_KIND.search(message)
    if found:
        return "timeout" if re.fullmatch(r"[Tt]ime(?:d )?out", found[0]) else found[0]
    words = re.sub(r"[\d'\"].*", "", message.splitlines()[0] if message.strip() else "").split()
    return " ".join(words[:5]) or "error"


def _of_tools(calls: Sequence[ToolCall]) -> Features:
    names = {call.name for call in calls}
    errors = [call.error for call in calls if call.error is not None]
    return {
        "tool": "none" if not names else names.pop() if len(names) == 1 else "several",
        "tool calls": len(calls),
        "tool errored": bool(errors),
        "tool error": error_kind(errors[-1]) if errors else None,
    }


def _column(values: list[Value]) -> list[Value]:
    """Read numbers that came as text, as metadata do."""
    texts = [v for v in values if v is not None]
    if texts and all(isinstance(v, str) for v in texts):
        numbers = {v: read_number(str(v)) for v in set(texts)}
        if all(number is not None for number in numbers.values()):
            return [None if v is None else numbers[v] for v in values]
    return values


def read_number(text: str) -> float | None:
    """Read a number that came as text; None where it is none.

    >>> read_number("4.5"), read_number("")
    (4.5, None)
    """
    try:
        return float(text) if text.strip() else None
    except ValueError:
        return None


def _tells(column: Sequence[Value]) -> bool:
    known = [v for v in column if v is not None]
    different = set(column)
    if len(different) < 2:
        return False
    if any(isinstance(v, str) for v in known):
        return len(different) <= max(2, min(MOST_VALUES * 5, len(known) // 2))
    return True
