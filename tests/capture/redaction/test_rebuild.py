"""What was taken apart to be hidden is put together as it was."""

from tests.conftest import START, Maker

from upspiral.capture.redaction.rebuild import (
    count_chars,
    rebuild_feedback,
    rebuild_interaction,
    rebuild_span,
    texts_of,
    texts_of_feedback,
    texts_of_span,
)
from upspiral.domain import Interaction, Message, ToolCall
from upspiral.domain.ids import DEFAULT_WORKSPACE
from upspiral.domain.span import Span, SpanId


def _rich(make: Maker) -> Interaction:
    return make.interaction(
        messages=(Message("system", "Be kind."), Message("user", "Where?", name="anna")),
        tool_calls=(ToolCall(name="look", arguments="{}"), ToolCall(name="ask", result="4", error="no")),
        metadata={"task": "find", "plan": "gold"},
        trace="t1",
        end_user="anna",
        error="boom",
    )


def test_an_interaction_whose_texts_are_put_back_unchanged_is_the_same(make: Maker) -> None:
    for told in (_rich(make), make.interaction()):
        assert rebuild_interaction(told, (text for _, text in texts_of(told))) == told


def test_each_text_comes_back_at_its_own_place(make: Maker) -> None:
    told = _rich(make)
    marked = rebuild_interaction(told, (f"{text}!" for _, text in texts_of(told)))
    there = [text for _, text in texts_of(told) if text]
    assert [text for _, text in texts_of(marked) if len(text) > 1] == [f"{text}!" for text in there]
    assert (marked.messages[1].content, marked.error, marked.end_user) == ("Where?!", "boom!", "anna!")
    assert marked.tool_calls[1].result == "4!"


def test_where_there_was_nothing_there_is_nothing_afterwards(make: Maker) -> None:
    plain = make.interaction()
    rebuilt = rebuild_interaction(plain, ("x" for _ in texts_of(plain)))
    assert (rebuilt.trace, rebuilt.end_user, rebuilt.error) == (None, None, None)


def test_the_names_of_metadata_are_told_with_their_values(make: Maker) -> None:
    assert ("plan", "gold") in list(texts_of(_rich(make)))


def test_feedback_and_steps_are_put_together_in_the_same_way(make: Maker) -> None:
    said = make.feedback(make.interaction(), 0.0, comment="Wrong.", correction="Left.", label="bad")
    assert rebuild_feedback(said, (text for _, text in texts_of_feedback(said))) == said
    step = Span(
        id=SpanId("s"), workspace=DEFAULT_WORKSPACE, trace="t", span="s", name="look", at=START, error="no",
        attributes={"db": "orders"},
    )  # fmt: skip
    assert rebuild_span(step, (text for _, text in texts_of_span(step))) == step


def test_characters_are_counted_over_all_that_is_looked_at(make: Maker) -> None:
    short, long = make.interaction(answer="a"), make.interaction(answer="a" * 101)
    assert count_chars([long]) - count_chars([short]) == 100
    assert count_chars([short, long]) == count_chars([short]) + count_chars([long])
