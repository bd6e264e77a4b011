"""One request and its answer."""

import msgspec
from tests.conftest import Maker

from upspiral.domain import Interaction, Message, ToolCall


def test_the_question_is_what_the_user_said_last(make: Maker) -> None:
    turns = (Message("user", "Hi"), Message("assistant", "Hello."), Message("user", "Where is it?"))
    assert make.interaction(messages=(*turns, Message("tool", "4"))).question == "Where is it?"
    assert make.interaction(messages=(Message("system", "Be kind."),)).question == ""


def test_an_interaction_is_the_same_after_it_was_written_as_json(make: Maker) -> None:
    calls = (ToolCall(name="look", arguments='{"q": 1}', result="4"),)
    told = make.interaction(tool_calls=calls, metadata={"task": "find"}, error="boom")
    assert msgspec.json.decode(msgspec.json.encode(told), type=Interaction) == told
