"""JSON stays JSON, and names of fields tell of secrets."""

import json
import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.capture.redaction.planted import (
    JSON,
    REDACTOR,
)


def test_json_stays_json_and_keeps_its_layout() -> None:
    given = (
        '{ "to": "Caf\\u00e9\\nanna@example.com",\n  "n": 1.50, "card": 4111111111111111,'
        ' "phone": 4155552671, "ben@example.org": [1, "x"], "esc": "\\u0061nna@example.com" }'
    )
    hidden = REDACTOR.text(given)
    read = json.loads(hidden)
    anna = REDACTOR.text("anna@example.com")
    assert read["to"] == f"Café\n{anna}"
    assert read["esc"] == anna
    assert read["card"] == REDACTOR.text("4111 1111 1111 1111")
    assert read["phone"] == REDACTOR.text("(415) 555-2671")
    assert REDACTOR.text("ben@example.org") in read
    assert '{ "to": "Caf\\u00e9\\n' in hidden
    assert '"n": 1.50,' in hidden


def test_the_name_of_a_json_field_tells_that_its_value_is_a_secret() -> None:
    given = {"user": "anna", "password": "correct horse", "apiKey": "abcd", "n": {"pwd": 12345}, "x": ["go"]}
    read = json.loads(REDACTOR.text(json.dumps(given)))
    assert [read["user"], read["x"]] == ["anna", ["go"]]
    for value in (read["password"], read["apiKey"], read["n"]["pwd"]):
        assert re.fullmatch(r"\[secret:\w{12}\]", value)
    schema = '{"password": {"type": "string"}, "api_key": null, "secret": "string"}'
    assert REDACTOR.text(schema) is schema


def test_json_within_json_is_read_to_the_bottom() -> None:
    inner = json.dumps({"mail": "anna@example.com", "say": '"hi"\n'})
    outer = json.dumps({"arguments": json.dumps(inner)})
    bottom = json.loads(json.loads(json.loads(REDACTOR.text(outer))["arguments"]))
    assert bottom == {"mail": REDACTOR.text("anna@example.com"), "say": '"hi"\n'}


@pytest.mark.long
@given(JSON, st.booleans())
@settings(max_examples=200, deadline=None)
def test_whatever_was_json_is_json_afterwards(value: object, plain: bool) -> None:
    given = json.dumps(value, ensure_ascii=plain)
    hidden = REDACTOR.text(given)
    assert type(json.loads(hidden)) in (type(value), str)
    assert not re.search(r"anna\.smith@example\.com(?!\w*\()", hidden)  # not what reads as a method
