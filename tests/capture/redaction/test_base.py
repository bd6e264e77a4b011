"""A redactor of texts hides in everything, and several hide one after the other."""

from tests.conftest import START, Maker

from upspiral.capture.redaction.base import RedactorChain, TextRedactor
from upspiral.domain import Message, ToolCall
from upspiral.domain.ids import DEFAULT_WORKSPACE
from upspiral.domain.span import Span, SpanId

HIDES = TextRedactor(lambda text: text.replace("Anna", "[name]"))


def test_a_redactor_of_texts_hides_in_questions_answers_calls_and_metadata(make: Maker) -> None:
    told = make.interaction(
        answer="Anna is here.",
        messages=(Message("user", "Is Anna here?"),),
        tool_calls=(ToolCall(name="look", arguments='{"who": "Anna"}', result="Anna"),),
        metadata={"who": "Anna"},
        end_user="Anna",
    )
    [hidden] = HIDES.interactions([told])
    assert "Anna" not in str(hidden)
    assert hidden.answer == "[name] is here."
    assert hidden.id == told.id


def test_it_hides_in_feedback_and_in_steps(make: Maker) -> None:
    said = HIDES.feedback(make.feedback(make.interaction(), 0.0, rater="Anna", comment="Anna asked."))
    assert (said.rater, said.comment) == ("[name]", "[name] asked.")
    step = Span(
        id=SpanId("s"), workspace=DEFAULT_WORKSPACE, trace="t", span="s", name="call Anna", at=START,
        attributes={"who": "Anna"},
    )  # fmt: skip
    hidden = HIDES.step(step)
    assert (hidden.name, hidden.attributes) == ("call [name]", {"who": "[name]"})


def test_each_redactor_of_a_chain_sees_what_the_one_before_it_left(make: Maker) -> None:
    chain = RedactorChain((HIDES, TextRedactor(lambda text: text.replace("[name]", "[staff]"))))
    assert chain.text("Anna") == "[staff]"
    assert chain.interactions([make.interaction(answer="Anna")])[0].answer == "[staff]"
    assert chain.feedback(make.feedback(make.interaction(), rater="Anna")).rater == "[staff]"
