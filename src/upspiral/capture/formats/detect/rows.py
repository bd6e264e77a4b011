"""Which tool wrote a file? Told by the names of the fields of its first rows."""

import shlex
from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any, Protocol

from upspiral.capture.formats.detect.suggest import MAX_FIELDS, suggest
from upspiral.capture.formats.row_shapes import PREFERENCES
from upspiral.plugin_kinds import IMPORTER

CHAT = "chat-jsonl"
OBSERVATIONS = {
    "GENERATION",
    "SPAN",
    "EVENT",
    "AGENT",
    "TOOL",
    "CHAIN",
    "RETRIEVER",
    "EMBEDDING",
    "EVALUATOR",
}
"""Types of observations in Langfuse."""


class Recognizer(Protocol):
    """The part of an Importer that tells its rows from others'."""

    def recognizes(self, row: Mapping[str, Any]) -> bool:
        """Say whether a row looks like one of the tool's."""
        ...


def detect_format(rows: Iterable[Any]) -> str | None:
    """Name the format of rows; None where none is known.

    Args:
        rows: Some rows of the file.

    >>> detect_format([{"prompt": "a", "completion": "b"}])
    'chat-jsonl'
    >>> detect_format([{"function_name": "f", "variant_name": "v", "input": {}, "output": []}])
    'tensorzero'
    >>> detect_format([{"text": "a"}]) is None
    True
    """
    importers = _make_importers()
    names = (_format_of(row, importers) for row in rows if isinstance(row, Mapping))
    found = Counter(name for name in names if name)
    return found.most_common(1)[0][0] if found else None


def describe_rows(rows: Iterable[Any]) -> str:
    """Say what rows of no known format look like, and which known one comes nearest.

    >>> describe_rows([{"frage": "Wo?", "zahl": 1}])
    'Its rows have the fields frage (text), zahl (number). No known format has them.'
    """
    sample = list(rows)
    row = next((one for one in sample if isinstance(one, Mapping)), None)
    if row is None:
        return "No row is a JSON object; give JSON lines, an array of objects, or CSV with a header."
    if all(name in row for name in PREFERENCES):
        return "Its rows are preference pairs (chosen and rejected), and an interaction has one answer."
    told = suggest(sample)
    more = len(told.seen) - MAX_FIELDS
    fields = ", ".join((*told.seen[:MAX_FIELDS], *([f"{more} more"] if more > 0 else []))) or "none"
    nearest = f"The nearest known format is {told.nearest}." if told.nearest else "No known format has them."
    return f"Its rows have the fields {fields}. {nearest}"


def suggest_command(file: str, rows: Iterable[Any]) -> str:
    """Give what to try with a file of no known format.

    >>> suggest_command("x.jsonl", [{"frage": "Wo bist du?", "antwort": "In Oslo."}])
    'Try: upspiral import x.jsonl --map question=frage --map answer=antwort'
    """
    if mapping := suggest(rows).mapping:
        return " ".join((f"Try: upspiral import {shlex.quote(file)}", *(f"--map {one}" for one in mapping)))
    return (
        "Give --format, or name its fields: --map messages=FIELD, or --map question=FIELD --map answer=FIELD."
    )


def _format_of(row: Mapping[str, Any], importers: Mapping[str, "Recognizer"]) -> str | None:
    return next((name for name, one in importers.items() if one.recognizes(row)), None)


def _make_importers() -> dict[str, "Recognizer"]:
    """Make every registered importer; the most forgiving one, of our own format, is asked last."""
    made = {one.name: one.make() for one in IMPORTER.list_registered()}
    return {name: made[name] for name in sorted(made, key=lambda name: name == CHAT)}


def _has(row: Mapping[str, Any], *names: str) -> bool:
    return all(row.get(name) is not None for name in names)


def is_langfuse(row: Mapping[str, Any]) -> bool:
    """Say whether a row comes from Langfuse."""
    trace = _has(row, "traceId") or _has(row, "trace_id")
    observation = str(row.get("type")).upper() in OBSERVATIONS and (_has(row, "startTime") or trace)
    score = (
        trace and _has(row, "name") and any(key in row for key in ("value", "stringValue", "string_value"))
    )
    inner = row["trace"] if isinstance(row.get("trace"), Mapping) else row
    return observation or score or isinstance(inner.get("observations"), list)


def is_phoenix(row: Mapping[str, Any]) -> bool:
    """Say whether a row comes from Phoenix."""
    context = row.get("context")
    nested = isinstance(context, Mapping) and "span_id" in context
    flat = "context.span_id" in row or any(str(key).startswith("attributes.") for key in row)
    return nested or flat or (_has(row, "span_id") and ("result" in row or "annotation_name" in row))


def is_tensorzero(row: Mapping[str, Any]) -> bool:
    """Say whether a row comes from TensorZero."""
    inference = _has(row, "function_name", "variant_name")
    return inference or (_has(row, "value") and (_has(row, "target_id") or _has(row, "inference_id")))


def is_stored_completion(row: Mapping[str, Any]) -> bool:
    """Say whether a row is a completion that OpenAI stored."""
    return row.get("object") == "chat.completion" or (_has(row, "choices") and "messages" in row)
