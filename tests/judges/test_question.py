"""A conversation is shown to a judge without what the operator told the agent."""

from upspiral.domain import Message
from upspiral.judges.question import render_question


def test_instructions_are_not_shown() -> None:
    asked = [Message("system", "The secret code is 7."), Message("user", "Why?")]
    assert "secret" not in render_question(asked)


def test_a_conversation_names_who_speaks() -> None:
    asked = [
        Message("user", "Hi"),
        Message("assistant", "Hello"),
        Message("tool", "42"),
        Message("user", "?"),
    ]
    assert render_question(asked) == "user: Hi\n\nassistant: Hello\n\ntool: 42\n\nuser: ?"


def test_nothing_asked_is_an_empty_text() -> None:
    assert render_question([]) == ""
