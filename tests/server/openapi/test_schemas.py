"""Schemas of answers, as generators of clients want them."""

from typing import Any

import msgspec
import pytest

from upspiral.server.openapi.schemas import answer_schemas, field_docs, find_structs, simplify, split_union


class Inner(msgspec.Struct):
    """Something within."""

    n: int = 0


class Outer(msgspec.Struct):
    """Something around."""

    name: str
    """What it is called."""
    inner: Inner | None = None


def test_fields_are_described_by_the_docstrings_beneath_them() -> None:
    assert field_docs(Outer) == {"name": "What it is called."}


def test_every_field_of_an_answer_is_there_and_what_it_is_made_of_is_a_component() -> None:
    [schema], components = answer_schemas([Outer])
    assert schema["$ref"].endswith("Outer")
    assert set(components["Outer"]["required"]) == {"name", "inner"}
    assert "Inner" in components
    assert components["Outer"]["properties"]["name"]["description"] == "What it is called."


def test_every_struct_is_found_once() -> None:
    assert sorted(one.cls.__name__ for one in find_structs([Outer, Inner])) == ["Inner", "Outer"]


@pytest.mark.parametrize(
    ("schema", "plain"),
    [
        ({"anyOf": [{"type": "string"}, {"type": "null"}]}, {"type": ["string", "null"]}),
        ({"type": "string", "title": "Name"}, {"type": "string"}),
        ({"items": {"title": "X", "type": "integer"}}, {"items": {"type": "integer"}}),
    ],
)
def test_schemas_are_written_plainly(schema: dict[str, Any], plain: dict[str, Any]) -> None:
    assert simplify(schema) == plain


def test_members_of_a_union_are_told_apart() -> None:
    assert split_union(int | str) == (int, str)
    assert split_union(int) == (int,)
