"""Everything of an interaction and of feedback is hidden."""

import json

from tests.capture.redaction.planted import (
    REDACTOR,
)
from tests.conftest import Maker

from upspiral.domain import Message, ToolCall


def test_an_interaction_is_hidden_in_everything_that_was_said_and_called(make: Maker) -> None:
    call = ToolCall(name="mail", arguments='{"to": "anna@example.com"}', result="sent to ben@example.org")
    given = make.interaction(
        "I am anna@example.com",
        "Hello anna@example.com",
        end_user="Anna@example.com",
        error="415-555-2671 is busy",
        tool_calls=(call, ToolCall(name="x", error="no ben@example.org")),
        metadata={"password": "correct horse", "task": "greet"},
    )
    hidden = REDACTOR.interaction(given)
    anna, ben = REDACTOR.text("anna@example.com"), REDACTOR.text("ben@example.org")
    assert hidden.messages == (Message("user", f"I am {anna}"),)
    assert (hidden.answer, hidden.end_user) == (f"Hello {anna}", anna)
    assert hidden.error == f"{REDACTOR.text('415-555-2671')} is busy"
    assert json.loads(hidden.tool_calls[0].arguments) == {"to": anna}
    assert hidden.tool_calls[0].result == f"sent to {ben}"
    assert (hidden.tool_calls[1].error, hidden.tool_calls[1].result) == (f"no {ben}", None)
    assert hidden.metadata["task"] == "greet"
    assert hidden.metadata["password"].startswith("[secret:")
    assert (hidden.id, hidden.at, hidden.conversation) == (given.id, given.at, given.conversation)
    assert REDACTOR.interaction(hidden) is hidden


def test_the_name_of_a_field_helps_to_recognise_its_value(make: Maker) -> None:
    given = {"password": "correct horse", "phoneNumber": "4155552671", "order": "4155552671"}
    hidden = REDACTOR.interaction(make.interaction(metadata=given)).metadata
    assert hidden["password"].startswith("[secret:")
    assert hidden["phoneNumber"] == REDACTOR.text("415-555-2671")
    assert hidden["order"] == "4155552671"


def test_feedback_is_hidden_in_rater_comment_and_correction(make: Maker) -> None:
    about = make.interaction()
    given = make.feedback(
        about, 0.5, rater="anna@example.com", comment="ask +49 171 1234567", correction="ok"
    )
    hidden = REDACTOR.feedback(given)
    assert hidden.rater == REDACTOR.text("anna@example.com")
    assert hidden.comment == f"ask {REDACTOR.text('+491711234567')}"
    assert (hidden.correction, hidden.label, hidden.score) == ("ok", None, 0.5)
