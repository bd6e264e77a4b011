"""What a model reads before a request."""

from collections.abc import Sequence

import pytest
from msgspec import structs
from tests.factories import make_version

from upspiral.domain import AgentVersion, ExampleKind, Message
from upspiral.domain.ids import (
    DEFAULT_WORKSPACE,
    InteractionId,
    MemoryId,
    MemoryItemId,
)
from upspiral.domain.prompting import MemoryItem, write_prompt

PLAIN = make_version(number=3)
REMEMBERS = structs.replace(PLAIN, memory=MemoryId("mem_1"))
ITEM = MemoryItem(
    id=MemoryItemId("mi_1"),
    workspace=DEFAULT_WORKSPACE,
    memory=MemoryId("mem_1"),
    interaction=InteractionId("int_1"),
    conversation="c1",
    question="Can I return it?",
    answer="Within 30 days.",
    kind=ExampleKind.CORRECTION,
)
RECALLED = (Message("user", ITEM.question), Message("assistant", ITEM.answer))
ASKED = (Message("user", "Where is it?"),)


def _find_item(
    version: AgentVersion, question: str, *, apart_from: str | None = None
) -> Sequence[MemoryItem]:
    """Search a memory of one item."""
    return () if apart_from == ITEM.conversation else (ITEM,)


def test_a_version_without_words_of_its_own_changes_no_conversation() -> None:
    assert write_prompt(PLAIN, ASKED).put_before(ASKED) == ASKED


def test_instructions_and_rules_are_one_system_message_and_examples_are_turns_before_the_question() -> None:
    version = structs.replace(
        PLAIN, instructions="Be kind.", rules=("No vouchers.", ""), examples=(("Hi?", "Hello."),)
    )
    assert write_prompt(version, ASKED).put_before(ASKED) == (
        Message("system", "Be kind.\nNo vouchers."),
        Message("user", "Hi?"),
        Message("assistant", "Hello."),
        *ASKED,
    )


def test_rules_alone_are_a_system_message() -> None:
    version = structs.replace(PLAIN, rules=("Be short.",))
    assert write_prompt(version, ASKED).put_before(ASKED)[0] == Message("system", "Be short.")


def test_what_is_retrieved_stands_behind_everything_that_earlier_turns_sent_too() -> None:
    version = structs.replace(REMEMBERS, instructions="Be kind.", examples=(("Hi?", "Hello."),))
    before = (Message("system", "You are a shop."), Message("user", "Hello"), Message("assistant", "Yes?"))
    after = (Message("assistant", "Looking."), Message("tool", "{}", tool_call_id="t"))
    talk = (*before, Message("user", "Can I return it?"), *after)
    prompt = write_prompt(version, talk, _find_item)
    assert prompt.put_before(talk) == (*prompt.stable, *before, *RECALLED, *talk[3:])
    assert prompt.shown == (ITEM.id,)
    assert prompt.stable == write_prompt(version, ()).stable


def test_what_is_retrieved_is_never_part_of_the_instructions() -> None:
    prompt = write_prompt(structs.replace(REMEMBERS, instructions="Be kind."), ASKED, _find_item)
    said = [one.content for one in prompt.put_before(ASKED) if one.role == "system"]
    assert said == ["Be kind."]
    assert prompt.instructions == "Be kind."


def test_a_case_that_is_tested_does_not_meet_its_own_conversation() -> None:
    assert write_prompt(REMEMBERS, ASKED, _find_item, apart_from="c1").shown == ()
    assert write_prompt(REMEMBERS, ASKED, _find_item, apart_from="c2").shown == (ITEM.id,)


def test_a_request_without_a_question_is_shown_nothing() -> None:
    for messages in ((), (Message("system", "Be kind."),), (Message("user", "  "),)):
        assert write_prompt(REMEMBERS, messages, _find_item).shown == ()


def test_a_memory_is_never_left_out_in_silence() -> None:
    with pytest.raises(ValueError, match="support@3 has the memory mem_1, and nothing searches it"):
        write_prompt(REMEMBERS, ASKED)
