"""The quick look never takes for storable what is not."""

from typing import Any

import msgspec
import pytest
from hypothesis import given
from tests.conftest import Maker
from tests.storable.values import ANY, UNSTORABLE

from upspiral.domain import Interaction, Message, ToolCall, Usage
from upspiral.domain.ids import AgentId
from upspiral.storable import faults, mend
from upspiral.storable.limits import MAX_NAME, MAX_TEXT
from upspiral.storable.quick_look import is_surely_storable


@pytest.mark.long
@given(ANY)
def test_what_is_surely_storable_has_no_fault(value: Any) -> None:
    assert not is_surely_storable(value, MAX_TEXT) or list(faults(value)) == []


@pytest.mark.parametrize("value", UNSTORABLE.values(), ids=list(UNSTORABLE))
def test_each_kind_is_doubted_wherever_it_stands(value: Any, make: Maker) -> None:
    held = make.interaction(messages=(Message("user", "Hi", extra={"deep": [value]}),))
    assert not is_surely_storable({"said": [{"deep": value}]}, MAX_TEXT)
    assert not is_surely_storable(held, MAX_TEXT)


def test_records_that_are_whole_need_no_closer_look(make: Maker) -> None:
    tool = ToolCall(name="find", arguments='{"q": "😀"}', duration_ms=1.5)
    whole = make.interaction(
        "Où est-il? 😀", tool_calls=(tool,), usage=Usage(3, 4, 0.01), metadata={"名": "前"}
    )
    assert is_surely_storable(whole, MAX_TEXT)


@pytest.mark.parametrize("name", ["a" * (MAX_NAME + 1), "😀" * MAX_NAME, "a\0b"])
def test_a_name_that_may_be_too_long_or_cannot_be_kept_is_looked_at_closely(name: str, make: Maker) -> None:
    held = make.interaction(agent=AgentId(name))
    assert not is_surely_storable(held, MAX_TEXT)
    assert not is_surely_storable({name: "x"}, MAX_TEXT)
    assert mend(held).agent != name


def test_one_long_text_is_found_among_many_and_many_short_ones_are_not() -> None:
    assert not is_surely_storable(["x" * 1001, "y"], 1000)
    assert is_surely_storable(["x" * 900] * 9, 1000)


@pytest.mark.parametrize("value", [b"x", ["a\0b"], 7, ("a",)], ids=str)
@pytest.mark.parametrize("field", ["answer", "agent", "error", "latency_ms", "usage"])
def test_what_is_not_of_the_kind_that_its_field_declares_is_looked_at_closely(
    field: str, value: Any, make: Maker
) -> None:
    odd = msgspec.structs.replace(make.interaction(), **{field: value})
    assert not is_surely_storable(odd, MAX_TEXT) or list(faults(odd)) == []


@pytest.mark.parametrize("value", [float("nan"), float("inf"), 1e16, "a\0b"], ids=str)
@pytest.mark.parametrize("field", Usage.__struct_fields__)
def test_each_number_of_a_record_is_looked_at(field: str, value: Any, make: Maker) -> None:
    spent = msgspec.structs.replace(Usage(3, 4), **{field: value})
    held: Interaction = make.interaction(usage=spent)
    assert not is_surely_storable(spent, MAX_TEXT)
    assert not is_surely_storable(held, MAX_TEXT)
