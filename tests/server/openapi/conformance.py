"""Does an answer fit the API document? Checked without mercy: fields that no schema names are wrong too."""

import copy
from collections.abc import Iterator, Mapping
from typing import Any

import jsonschema_rs

Operation = dict[str, Any]


def operations(document: Mapping[str, Any]) -> Iterator[tuple[str, str, Operation]]:
    """Give path, method and description of every operation."""
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            yield path, method, operation


def successes(operation: Operation) -> list[tuple[str, dict[str, Any]]]:
    """Give the responses of success, each with its status."""
    return [(status, one) for status, one in operation["responses"].items() if status.startswith("2")]


def check(document: Mapping[str, Any], schema: dict[str, Any], value: object) -> None:
    """See that a value fits a schema of the document.

    Raises:
        jsonschema_rs.ValidationError: Says where it does not.
    """
    made = {**close(schema), "components": close(dict(document["components"]))}
    jsonschema_rs.validator_for(made, validate_formats=True).validate(value)


def close(schema: Any) -> Any:
    """Forbid fields that an object does not name, unless it says that it is open."""
    if isinstance(schema, list):
        return [close(one) for one in schema]
    if not isinstance(schema, dict):
        return schema
    made = {name: close(inner) for name, inner in schema.items()}
    if isinstance(made.get("properties"), dict) and made.get("type") == "object":
        made.setdefault("additionalProperties", False)
    return copy.copy(made)
