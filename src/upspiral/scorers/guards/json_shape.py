"""Can a program read the answer? JSON where JSON is expected, with the same fields and types (pure)."""

import json
from collections.abc import Iterator
from typing import Any

from upspiral.domain import Score
from upspiral.domain.evaluation import SUCCESS_AT
from upspiral.plugin_kinds import SCORER

NO_JSON = object()
MAX_FAULTS_SHOWN = 3


@SCORER.register("format")
class FormatGuard:
    """Right where the answer is JSON if and only if the reference is.

    >>> FormatGuard().score("", '{"a": 1}', "Here you are: 1").reason
    'JSON was expected'
    """

    name = "format"
    compares = False

    def __init__(self, success_at: float = SUCCESS_AT) -> None:
        self.success_at = success_at

    def score(self, question: str, reference: str, answer: str) -> Score:
        """Measure an answer; see `Scorer`."""
        wanted, said = (read_document(text) is not NO_JSON for text in (reference, answer))
        if wanted == said:
            return Score(1.0, "JSON, as expected" if wanted else "text, as expected")
        return Score(0.0, "JSON was expected" if wanted else "text was expected, and JSON came")


@SCORER.register("schema")
class SchemaGuard:
    """Right where the answer has the fields and types of a reference in JSON; of a list those of its first.

    >>> SchemaGuard().score("", '{"id": 1, "tags": ["a"]}', '{"id": "1", "tags": []}').reason
    'id is string instead of number'
    >>> SchemaGuard().score("", '{"id": 1}', "{}").reason
    'id is missing'
    """

    name = "schema"
    compares = False

    def __init__(self, success_at: float = SUCCESS_AT) -> None:
        self.success_at = success_at

    def score(self, question: str, reference: str, answer: str) -> Score:
        """Measure an answer; see `Scorer`."""
        wanted, said = read_document(reference), read_document(answer)
        if wanted is NO_JSON:
            return Score(1.0, "no JSON is expected")
        if said is NO_JSON:
            return Score(0.0, "it is no JSON")
        faults = list(find_shape_faults(wanted, said))
        if faults:
            return Score(0.0, "; ".join(faults[:MAX_FAULTS_SHOWN]))
        return Score(1.0, "the fields and types expected")


def read_document(text: str) -> Any:
    """Read a JSON object or list, also out of a block of code; `NO_JSON` for any other text.

    >>> read_document('{"a": 1}'), read_document("12") is NO_JSON
    ({'a': 1}, True)
    """
    plain = text.strip()
    if plain.startswith("```") and plain.endswith("```"):
        plain = plain[3:-3].removeprefix("json").strip()
    if not plain.startswith(("{", "[")):
        return NO_JSON
    try:
        return json.loads(plain)
    except (ValueError, RecursionError):
        return NO_JSON


def find_shape_faults(wanted: Any, said: Any, path: str = "") -> Iterator[str]:
    """Say where a document lacks a field of another one, or has one of another type."""
    kinds = _kind_of(wanted), _kind_of(said)
    if kinds[0] != kinds[1]:
        if "null" not in kinds:  # an empty field tells no type
            yield f"{path or 'the answer'} is {kinds[1]} instead of {kinds[0]}"
        return
    if isinstance(wanted, dict):
        for name, value in wanted.items():
            inner = f"{path}.{name}" if path else str(name)
            if name in said:
                yield from find_shape_faults(value, said[name], inner)
            else:
                yield f"{inner} is missing"
    elif isinstance(wanted, list) and wanted:
        for number, value in enumerate(said):
            yield from find_shape_faults(wanted[0], value, f"{path}[{number}]")


def _kind_of(value: Any) -> str:
    if isinstance(value, bool):
        return "boolean"
    kinds = {dict: "object", list: "list", str: "string", int: "number", float: "number"}
    return kinds.get(type(value), "null")
