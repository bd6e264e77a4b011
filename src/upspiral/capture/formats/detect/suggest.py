"""Which known format comes nearest to rows that none fits, and which mapping may read them? (pure)."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from difflib import SequenceMatcher
from typing import Any

from msgspec import Struct

from upspiral.capture.formats.row_shapes import ANSWERS, QUESTIONS, to_chat

MAX_DEPTH = 4
"""Objects in one another whose fields are looked at."""
MAX_FIELDS = 12
"""Fields that are named."""
MIN_LIKENESS = 0.75
"""From this share of common letters on, one name is taken for another."""
SPEAKER_FIELDS = ("role", "from", "speaker")
TEXT_FIELDS = ("content", "value", "text")
OTHERS = {
    "success": ("success", "resolved", "solved", "ok", "passed", "correct"),
    "rating": ("rating", "stars", "csat"),
    "at": ("at", "timestamp", "created_at", "time", "date"),
    "user": ("user", "user_id", "customer_id"),
    "conversation": ("conversation_id", "session_id", "thread_id", "chat_id"),
    "model": ("model", "model_name"),
}
"""Our fields that are worth a mapping of their own, and what others call them."""
FIELDS: Mapping[str, tuple[str, ...]] = {
    "chat-jsonl": (*QUESTIONS, *ANSWERS, "messages", "conversations", "model", "user", "score"),
    "langfuse": ("traceId", "type", "startTime", "endTime", "input", "output", "usageDetails", "sessionId"),
    "phoenix": ("context", "span_kind", "attributes", "start_time", "end_time", "events", "parent_id"),
    "tensorzero": ("function_name", "variant_name", "episode_id", "input", "output", "inference_id"),
    "openai-stored": ("object", "choices", "created", "usage", "request_id", "seed", "messages"),
    "openai-evals": ("input", "ideal", "item", "sample", "results", "run_id"),
    "promptfoo": ("vars", "assert", "prompt", "provider", "response", "gradingResult", "testCase"),
}
"""The fields by which people know the rows of each format."""


class MappingSuggestion(Struct, frozen=True):
    """What was seen of rows, and what to try."""

    seen: tuple[str, ...]
    """Each field with its kind."""
    nearest: str
    """The known format with most of these fields; empty where none has two of them and no mapping fits."""
    mapping: tuple[str, ...]
    """As the option --map takes them; none where nothing fits. Rows were read with it."""


def suggest(rows: Iterable[Any]) -> MappingSuggestion:
    """Find the nearest format, and a mapping with which the rows can be read.

    Names that resemble ours are taken first, whatever stands in them; else the first two fields of text are
    question and answer, in whichever language they are named.

    Args:
        rows: Some rows of a file.

    >>> suggest([{"frage": "Wo bist du?", "antwort": "In Oslo."}]).mapping
    ('question=frage', 'answer=antwort')
    """
    objects = [row for row in rows if isinstance(row, Mapping)]
    fields: dict[str, Any] = {}
    for row in objects:
        for path, value in _walk(row):
            if value not in (None, "", [], {}):
                fields.setdefault(path, value)
    mapping = _map_messages(fields) or _map_pair(fields)
    if not any(_reads(row, mapping) for row in objects):
        mapping = ()
    return MappingSuggestion(
        seen=tuple(f"{path} ({_kind(value)})" for path, value in fields.items()),
        nearest=_find_nearest(fields) or ("chat-jsonl" if mapping else ""),
        mapping=(*mapping, *_map_others(fields, _paths(mapping))) if mapping else (),
    )


def _walk(row: Mapping[str, Any], before: str = "", depth: int = 1) -> Iterator[tuple[str, Any]]:
    """Give the fields of a row, those of objects in it by dotted names."""
    for name, value in row.items():
        if isinstance(value, Mapping) and value and depth < MAX_DEPTH:
            yield from _walk(value, f"{before}{name}.", depth + 1)
        else:
            yield f"{before}{name}", value


def _map_messages(fields: Mapping[str, Any]) -> tuple[str, ...]:
    """Map a list of objects that each have a speaker and words."""
    path = next((path for path, value in fields.items() if _is_talk(value)), None)
    if path is None:
        return ()
    words = [name for name, value in fields.items() if _is_text(value)]
    answer = _find({name: fields[name] for name in words}, ANSWERS, _is_text)
    last = to_chat({"messages": fields[path]})["messages"][-1]
    if answer is None and last["role"] != "assistant" and len(words) == 1:
        answer = words[0]
    return (f"messages={path}", f"answer={answer}") if answer else (f"messages={path}",)


def _map_pair(fields: Mapping[str, Any]) -> tuple[str, ...]:
    words = [path for path, value in fields.items() if _is_text(value)]
    question = _find(fields, QUESTIONS, _is_text)
    answer = _find({p: v for p, v in fields.items() if p != question}, ANSWERS, _is_text)
    left = [path for path in words if path not in (question, answer)]
    left.sort(key=lambda path: " " not in str(fields[path]))  # a field of one word is rather a name or an id
    ordered = sorted(left[: 2 - bool(question) - bool(answer)], key=words.index)
    question = question or (ordered.pop(0) if ordered else None)
    answer = answer or (ordered.pop(0) if ordered else None)
    return (f"question={question}", f"answer={answer}") if question and answer else ()


def _map_others(fields: Mapping[str, Any], taken: set[str]) -> Iterator[str]:
    """Map what else is worth it, where the values are such as we read."""
    for ours, names in OTHERS.items():
        left = {path: value for path, value in fields.items() if path not in taken and _fits(ours, value)}
        path = _find(left, names, _is_single)
        if path is None and ours == "at":
            path = next(iter(left), None)
        if path and path != ours:
            yield f"{ours}={path}"


def _fits(ours: str, value: Any) -> bool:
    if ours == "success":
        return isinstance(value, int | float) and 0 <= value <= 1
    if ours == "rating":
        return isinstance(value, int | float) and 1 <= value <= 5
    return _is_moment(value) if ours == "at" else isinstance(value, str)


def _is_moment(value: Any) -> bool:
    try:
        return isinstance(value, str) and bool(datetime.fromisoformat(value))
    except ValueError:
        return False


def _is_talk(value: Any) -> bool:
    return (
        isinstance(value, list)
        and bool(value)
        and all(
            isinstance(one, Mapping)
            and any(name in one for name in SPEAKER_FIELDS)
            and any(name in one for name in TEXT_FIELDS)
            for one in value
        )
    )


def _is_text(value: Any) -> bool:
    return isinstance(value, str) and any(letter.isalpha() for letter in value) and not _is_moment(value)


def _is_single(value: Any) -> bool:
    return isinstance(value, str | int | float)


def _find(fields: Mapping[str, Any], names: Sequence[str], fits: Any) -> str | None:
    """Give the path whose last name resembles one of these most."""
    told = [(_compare(path, names), path) for path, value in fields.items() if fits(value)]
    best = max(told, key=lambda one: one[0], default=(0.0, ""))
    return best[1] if best[0] >= MIN_LIKENESS else None


def _compare(path: str, names: Sequence[str]) -> float:
    """Say how much a field's name resembles the nearest of some, 0 to 1; a part of it in full counts most.

    >>> _compare("meta.user_question", QUESTIONS), _compare("colour", ANSWERS) < 0.75
    (0.9, True)
    """
    name = path.rpartition(".")[2].lower().replace("-", "_")
    if name in names:
        return 1.0
    if set(name.split("_")) & set(names):
        return 0.9
    return max(SequenceMatcher(None, name, one).ratio() for one in names)


def _find_nearest(fields: Mapping[str, Any]) -> str:
    top = {path.partition(".")[0] for path in fields}
    shared = {name: len(top & set(known)) for name, known in FIELDS.items()}
    nearest = max(shared, key=lambda name: shared[name])
    return nearest if shared[nearest] > 1 else ""


def _paths(mapping: Iterable[str]) -> set[str]:
    return {one.partition("=")[2] for one in mapping}


def _reads(row: Mapping[str, Any], mapping: Iterable[str]) -> bool:
    """Say whether a row can be read with a mapping."""
    found: dict[str, Any] = dict(row)
    for ours, _, path in (one.partition("=") for one in mapping):
        value: Any = row
        for part in path.split("."):
            value = value.get(part) if isinstance(value, Mapping) else None
        found[ours] = value
    try:
        return bool(to_chat(found)["messages"])
    except (ValueError, TypeError):
        return False


def _kind(value: Any) -> str:
    """Say in a word what a value is.

    >>> _kind("x"), _kind(1.5), _kind(True), _kind([{}]), _kind({})
    ('text', 'number', 'true or false', 'list of objects', 'object')
    """
    if isinstance(value, bool):
        return "true or false"
    if isinstance(value, list):
        return "list of objects" if value and isinstance(value[0], Mapping) else "list"
    return "text" if isinstance(value, str) else "object" if isinstance(value, Mapping) else "number"
