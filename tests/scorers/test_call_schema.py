"""A call is held against the whole JSON schema of its tool, and a schema that is none does no harm."""

import json
import time
from typing import Any

import pytest

from upspiral.domain import ToolCall
from upspiral.domain.interaction import ToolDefinition
from upspiral.scorers.call_schema import find_schema_fault

BOOK = ToolDefinition(
    name="book",
    parameters={
        "type": "object",
        "properties": {
            "town": {"type": "string", "minLength": 1},
            "nights": {"type": "integer", "minimum": 1},
            "breakfast": {"type": ["boolean", "null"]},
            "room": {"enum": ["single", "double"]},
            "code": {"type": "string", "pattern": "^[A-Z]{3}$"},
            "guests": {
                "type": "array",
                "maxItems": 3,
                "items": {
                    "type": "object",
                    "properties": {"name": {"type": "string"}, "age": {"type": "integer"}},
                    "required": ["name"],
                    "additionalProperties": False,
                },
            },
            "pay": {"$ref": "#/$defs/pay"},
        },
        "required": ["town", "nights"],
        "additionalProperties": False,
        "$defs": {"pay": {"oneOf": [{"required": ["card"]}, {"required": ["iban"]}]}},
    },
)
NOW = ToolDefinition(name="now")


def call(name: str = "book", **arguments: Any) -> ToolCall:
    return ToolCall(name=name, arguments=json.dumps(arguments))


def paris(**more: Any) -> ToolCall:
    return call(**{"town": "Paris", "nights": 2, **more})


def test_a_call_that_keeps_to_its_definition_breaks_nothing() -> None:
    whole = {"room": "double", "code": "ABC", "guests": [{"name": "A", "age": 7}], "pay": {"card": 1}}
    assert find_schema_fault(paris(**whole), [BOOK, NOW]) is None
    assert find_schema_fault(paris(nights=2.0, breakfast=None), [BOOK]) is None
    assert find_schema_fault(call("now", anything=1), [NOW]) is None
    assert find_schema_fault(call("what", x=1), []) is None


@pytest.mark.parametrize(
    ("made", "fault"),
    [
        (call(town="Paris"), "book called without nights"),
        (paris(dog=True), "book called with dog, which it does not take"),
        (paris(nights="2"), "book called with nights of the type string, it takes integer"),
        (paris(nights=True), "book called with nights of the type boolean, it takes integer"),
        (paris(breakfast=0), "book called with breakfast of the type integer, it takes boolean or null"),
        (paris(nights=0), "book called with nights against its schema: 0 is less than the minimum of 1"),
        (paris(town=""), "book called with town against its schema"),
        (paris(room="suite"), "book called with room against its schema"),
        (paris(code="abc"), "book called with code against its schema"),
        (paris(guests=[{"name": "A"}, {"age": 7}]), "book called without guests[1].name"),
        (paris(guests=[{"name": 7}]), "book called with guests[0].name of the type integer"),
        (paris(guests=[{"name": "A", "x": 1}]), "book called with guests[0].x, which it does not take"),
        (paris(guests=[{"name": "A"}] * 4), "book called with guests against its schema"),
        (paris(pay={}), "book called with pay against its schema"),
        (paris(pay={"card": 1, "iban": 2}), "book called with pay against its schema"),
        (ToolCall(name="book", arguments="[1]"), "arguments that are no JSON object: [1]"),
        (call("bok", town="Paris", nights=2), "bok is no tool of the request"),
    ],
)
def test_each_way_to_break_a_schema_is_found_and_named(made: ToolCall, fault: str) -> None:
    said = find_schema_fault(made, [BOOK, NOW])
    assert said
    assert fault in said


@pytest.mark.parametrize(
    "schema",
    [
        {"properties": []},
        {"required": "town"},
        {"properties": {"town": {"type": 5}, "nights": True}},
        {"$ref": "http://127.0.0.1:9/schema.json"},
        {"$ref": "file:///etc/passwd"},
        {"$ref": "#/nowhere"},
        {"pattern": "("},
    ],
)
def test_what_is_no_schema_or_leads_elsewhere_does_no_harm(schema: dict[str, Any]) -> None:
    assert find_schema_fault(paris(), [ToolDefinition(name="book", parameters=schema)]) is None


def test_a_pattern_that_takes_for_ever_elsewhere_takes_a_moment() -> None:
    schema = {"properties": {"town": {"pattern": "^(a+)+$"}}}
    began = time.process_time()
    assert find_schema_fault(call(town=f"{'a' * 5_000}!"), [ToolDefinition(name="book", parameters=schema)])
    assert time.process_time() - began < 2
