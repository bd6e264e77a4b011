"""Whatever an SDK holds becomes plain JSON values."""

from dataclasses import dataclass

import msgspec
import pytest
from pydantic import BaseModel

from upspiral.wire.plain import MAX_DEPTH, as_list, omit, parse, text_or_none, to_json, to_plain


class Model(BaseModel):
    """An object of an SDK."""

    text: str
    more: str | None = None


@dataclass
class Record:
    """Another."""

    text: str
    more: str | None = None


class Noun(msgspec.Struct):
    """A third."""

    text: str
    more: str | None = None


@pytest.mark.parametrize(
    "made", [Model(text="Hi"), Record("Hi"), Noun("Hi")], ids=lambda one: type(one).__name__
)
def test_objects_of_every_kind_become_what_they_say(made: object) -> None:
    plain = to_plain({"content": (made,)})
    [found] = plain["content"]
    assert found["text"] == "Hi"
    assert msgspec.json.decode(msgspec.json.encode(plain)) == plain


def test_what_holds_itself_comes_to_an_end() -> None:
    ring: dict[str, object] = {"text": "Hi"}
    ring["again"] = ring
    found, depth = to_plain(ring), 0
    while isinstance(found, dict) and "again" in found:
        found, depth = found["again"], depth + 1
    assert 1 <= depth <= MAX_DEPTH + 1


@pytest.mark.parametrize(
    ("text", "value"), [('[{"a": 1}]', [{"a": 1}]), ("[sic]", "[sic]"), (" Hi", " Hi"), ("7", "7"), (7, 7)]
)
def test_json_in_a_text_is_unpacked_where_it_holds_something(text: object, value: object) -> None:
    assert parse(text) == value


def test_what_is_text_already_is_not_quoted_again() -> None:
    assert (to_json('{"q": 1}'), to_json({"q": "é"}), to_json(None)) == ('{"q": 1}', '{"q":"é"}', "")


def test_ids_are_text_and_empty_fields_go() -> None:
    assert [text_or_none(one) for one in (7, "a", "", None)] == ["7", "a", None, None]
    assert omit({"type": "text", "a": None}, frozenset(("type",))) is None
    assert as_list("x") == []
