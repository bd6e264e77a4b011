"""What a database cannot hold is found and mended by one module, whatever kind of value it is."""

from typing import Any

import pytest
from hypothesis import given
from tests.conftest import Maker
from tests.storable.values import ANY, UNSTORABLE

from upspiral.domain import Message, ToolCall, Usage
from upspiral.domain.ids import AgentId
from upspiral.storable import faults, mend, mend_name
from upspiral.storable.limits import MAX_NAME


@pytest.mark.parametrize("value", UNSTORABLE.values(), ids=list(UNSTORABLE))
def test_each_kind_is_found_where_it_stands_and_mended(value: Any) -> None:
    held = {"said": [{"deep": value}]}
    (fault,) = faults(held)
    assert fault.path == ("said", 0, "deep")
    assert list(faults(mend(held))) == []


@pytest.mark.long
@given(ANY)
def test_what_was_mended_holds_no_fault_and_stays_as_it_is(value: Any) -> None:
    once = mend(value)
    assert list(faults(once)) == []
    assert mend(once) is once


def test_a_record_is_mended_in_every_field(make: Maker) -> None:
    given = make.interaction(
        "a\0b",
        "\ud83d",
        agent=AgentId("a" * 9000),
        model="m" * 9000,
        usage=Usage(10**30, 2, float("inf")),
        latency_ms=float("nan"),
        tool_calls=(ToolCall(name="t" * 9000, duration_ms=float("inf")),),
        metadata={"\0": "\0", "n" * 9000: "x"},
    )
    found = mend(given)
    assert list(faults(found)) == []
    assert found.messages == (Message("user", "a\ufffdb"),)
    assert (found.answer, found.usage, found.latency_ms) == ("\ufffd", Usage(0, 2, 0.0), 0.0)
    assert (found.id, found.at, found.conversation) == (given.id, given.at, given.conversation)


def test_what_is_whole_comes_back_as_the_same_object(make: Maker) -> None:
    interaction = make.interaction("Où est-il? 😀", tool_calls=(ToolCall(name="find"),), metadata={"a": "b"})
    assert mend(interaction) is interaction


def test_names_that_begin_alike_stay_apart() -> None:
    one, other = mend_name("x" * 9000 + "1"), mend_name("x" * 9000 + "2")
    assert one != other
    assert mend_name(one) == one
    assert len(one) <= MAX_NAME


def test_a_name_is_bounded_in_bytes_as_an_index_counts_them() -> None:
    name = mend_name("😀" * 200)
    assert len(name.encode()) <= 3 * MAX_NAME
    assert mend_name("漢" * 200) == "漢" * 200


def test_a_long_text_says_that_it_was_cut() -> None:
    assert mend("x" * 2_000_000).endswith("[cut here; it had 2,000,000 characters]")


def test_two_halves_of_a_character_that_meet_are_one() -> None:
    assert mend("\ud83d\ude00") == "😀"
