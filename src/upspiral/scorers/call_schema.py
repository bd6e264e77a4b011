"""Does a call keep to the definition of its tool: its name, and the JSON schema of its arguments? (pure)."""

from collections.abc import Mapping, Sequence
from typing import Any

import jsonschema_rs
import msgspec

from upspiral.domain import ToolCall
from upspiral.domain.interaction import ToolDefinition
from upspiral.storable import decode_json

MAX_SHOWN_CHARS = 120
"""Characters of a call that a reason quotes."""
TYPE_NAMES: Mapping[type, str] = {
    bool: "boolean",
    str: "string",
    int: "integer",
    float: "number",
    list: "array",
    dict: "object",
    type(None): "null",
}


def find_schema_fault(call: ToolCall, tools: Sequence[ToolDefinition]) -> str | None:
    """Say in what a call breaks the definition of its tool; None where it keeps to it, or none is known.

    A schema that cannot be read, or that leads to another address, says nothing: nobody is asked for it.

    Args:
        call: As the model wrote it.
        tools: What the request defined.

    >>> weather = ToolDefinition(name="weather", parameters={"type": "object", "required": ["town"],
    ...     "properties": {"town": {"type": "string"}}, "additionalProperties": False})
    >>> find_schema_fault(ToolCall(name="weather", arguments='{"town": 5}'), [weather])
    'weather called with town of the type integer, it takes string'
    >>> find_schema_fault(ToolCall(name="wether"), [weather])
    'wether is no tool of the request'
    """
    tool = next((one for one in tools if one.name == call.name), None)
    if tool is None:
        return f"{call.name} is no tool of the request" if tools else None
    if tool.parameters is None or tool.kind != "function":
        return None
    given = parse_arguments(call.arguments)
    if not isinstance(given, dict):
        return f"{call.name} called with arguments that are no JSON object: {shorten(call.arguments)}"
    try:
        broken = jsonschema_rs.validator_for(tool.parameters, offline=True).iter_errors(given)
        first = next(iter(broken), None)
    except ValueError:
        return None
    return None if first is None else f"{call.name} called {_describe(first, given)}"


def parse_arguments(arguments: str) -> Any:
    """Read arguments as JSON; None where they are none. Nothing at all is no argument.

    >>> parse_arguments(""), parse_arguments("{")
    ({}, None)
    """
    try:
        return decode_json(arguments.encode("utf-8", "replace")) if arguments.strip() else {}
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None


def shorten(text: str) -> str:
    """Cut what a reason quotes."""
    return text if len(text) <= MAX_SHOWN_CHARS else f"{text[:MAX_SHOWN_CHARS]}…"


def _describe(error: jsonschema_rs.ValidationError, given: Any) -> str:
    """Say what is wrong with arguments, in a few words."""
    place, value, kind = "", given, error.kind
    for key in error.instance_path:
        place += f"[{key}]" if isinstance(key, int) else f".{key}" if place else str(key)
        value = value[key]
    inside = f"{place}." if place else ""
    match kind:
        case jsonschema_rs.ValidationErrorKind.Required():
            return f"without {inside}{kind.property}"
        case jsonschema_rs.ValidationErrorKind.AdditionalProperties():
            return f"with {inside}{kind.unexpected[0]}, which it does not take"
        case jsonschema_rs.ValidationErrorKind.Type():
            wanted = " or ".join(sorted(kind.types))
            return f"with {place} of the type {TYPE_NAMES[type(value)]}, it takes {wanted}"
    return shorten(f"with {place or 'arguments'} against its schema: {error.message}")
