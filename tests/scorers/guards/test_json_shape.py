"""Answers that a program reads."""

import pytest

from upspiral.scorers import FormatGuard, SchemaGuard
from upspiral.scorers.guards.json_shape import NO_JSON, read_document

ORDER = '{"id": 7, "items": [{"name": "a", "n": 1}], "paid": true, "note": null}'


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        ('{"id": 8, "items": [{"name": "b", "n": 2.5}], "paid": false, "note": "x"}', ""),
        ('```json\n{"id": 8, "items": [], "paid": false, "note": null, "more": 1}\n```', ""),
        ('{"id": "8", "items": [], "paid": true, "note": null}', "id is string instead of number"),
        ('{"id": 8, "items": {}, "paid": true, "note": null}', "items is object instead of list"),
        ('{"id": 8, "items": [{"name": "b"}], "paid": true, "note": null}', "items[0].n is missing"),
        ('{"id": 8, "items": [], "paid": 1, "note": null}', "paid is number instead of boolean"),
        ("[]", "the answer is list instead of object"),
        ("It is paid.", "it is no JSON"),
        ('{"id": 8', "it is no JSON"),
    ],
)
def test_a_field_that_is_missing_or_of_another_type_is_named(answer: str, reason: str) -> None:
    found = SchemaGuard().score("", ORDER, answer)
    assert found.value == (0.0 if reason else 1.0)
    assert reason in found.reason


def test_where_the_reference_is_no_json_the_schema_guard_says_nothing() -> None:
    assert SchemaGuard().score("", "It left.", "anything").value == 1.0


@pytest.mark.parametrize(
    ("reference", "answer", "value"),
    [("{}", "[1]", 1.0), ("{}", "text", 0.0), ("text", "{}", 0.0), ("text", "other text", 1.0)],
)
def test_json_is_expected_where_the_reference_is_json(reference: str, answer: str, value: float) -> None:
    assert FormatGuard().score("", reference, answer).value == value


@pytest.mark.parametrize("text", ["", "12", '"a"', "null", "[" * 100_000, "{bad}", "```\n```"])
def test_what_is_no_document_is_none(text: str) -> None:
    assert read_document(text) is NO_JSON
