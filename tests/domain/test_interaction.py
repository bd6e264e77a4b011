"""One request and its answer."""

import msgspec
import pytest
from tests.conftest import Maker

from upspiral.domain import Interaction, Message, ToolCall
from upspiral.domain.ids import AgentId
from upspiral.domain.interaction import MAX_PARTICIPANTS, list_participants


def test_the_question_is_what_the_user_said_last(make: Maker) -> None:
    turns = (Message("user", "Hi"), Message("assistant", "Hello."), Message("user", "Where is it?"))
    assert make.interaction(messages=(*turns, Message("tool", "4"))).question == "Where is it?"
    assert make.interaction(messages=(Message("system", "Be kind."),)).question == ""


def test_an_interaction_is_the_same_after_it_was_written_as_json(make: Maker) -> None:
    calls = (ToolCall(name="look", arguments='{"q": 1}', result="4"),)
    told = make.interaction(tool_calls=calls, metadata={"task": "find"}, error="boom")
    assert msgspec.json.decode(msgspec.json.encode(told), type=Interaction) == told


@pytest.mark.parametrize(
    ("metadata", "credited", "ran", "counted"),
    [
        ({}, "", "", ""),
        ({"models": "support"}, "", "", ""),
        ({"models": " , "}, "", "", ""),
        ({"models": "a"}, "support", "a", ""),
        ({"models": "a,b"}, "support,a,b", "a,b", "a,b"),
        ({"models": '["support", "b"]'}, "support,b", "support,b", "b"),
        ({"models": "[support,b"}, "support,[support,b", "[support,b", "[support,b"),
        ({"models": "support, b,b"}, "support,b", "support,b", "b"),
        ({"models": "support,b", "agreed": "support,b"}, "support,b", "support,b", "b"),
        ({"ensemble": "part", "models": "support"}, "", "", ""),
        (
            {"ensemble": "given", "models": "support,b,c", "agreed": "support,b"},
            "support,b",
            "support,b,c",
            "",
        ),
        ({"cascade": "given", "models": "support"}, "", "", ""),
    ],
)
def test_who_gets_which_credit_is_read_from_what_the_sender_said(
    make: Maker, metadata: dict[str, str], credited: str, ran: str, counted: str
) -> None:
    found = list_participants(make.interaction(metadata=metadata))
    told = [[one.agent for one in found if getattr(one, name)] for name in ("credited", "ran", "counted")]
    assert [",".join(names) for names in told] == [credited, ran, counted]


def test_an_agent_of_joined_names_gets_no_credit_beside_its_models(make: Maker) -> None:
    found = list_participants(make.interaction(agent=AgentId("a+b"), metadata={"models": "a,b"}))
    assert [(one.agent, one.credited, one.counted) for one in found] == [("a", True, True), ("b", True, True)]


def test_a_list_without_end_names_at_most_so_many(make: Maker) -> None:
    names = ",".join([f"m{n}" for n in range(5 * MAX_PARTICIPANTS)] + ["x" * 5000])
    assert len(list_participants(make.interaction(metadata={"models": names}))) == MAX_PARTICIPANTS + 1
