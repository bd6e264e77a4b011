"""What was answered, whichever API it came by."""

import pytest

from upspiral.domain.message import CallPart, ReasoningPart, RefusalPart, TextPart
from upspiral.wire.reply import MAX_ERROR_CHARS, Reply, are_whole, read_error


def test_words_thoughts_and_calls_are_told_apart() -> None:
    parts = (ReasoningPart("Hm."), TextPart("By noon."), CallPart(name="look", arguments="{}", id="c1"))
    told = Reply(parts=parts)
    assert (told.text, told.thoughts, told.refused) == ("By noon.", "Hm.", False)
    assert [(call.name, call.id) for call in told.tool_calls] == [("look", "c1")]
    assert told.kept_parts == parts


def test_an_answer_of_words_alone_keeps_no_parts() -> None:
    assert Reply(parts=(TextPart("By noon."),)).kept_parts == ()


def test_only_what_is_all_refusal_is_refused() -> None:
    assert Reply(parts=(RefusalPart("No."),)).refused
    assert not Reply(parts=(RefusalPart("No."), TextPart("But look."))).refused
    assert not Reply().refused


@pytest.mark.parametrize(
    ("given", "line"),
    [
        ({"type": "overloaded_error", "message": "busy"}, "overloaded_error: busy"),
        ({"message": "boom"}, "boom"),
        ("busy", "busy"),
        (None, None),
    ],
)
def test_an_error_of_any_api_is_told_in_one_line(given: object, line: str | None) -> None:
    assert read_error(given) == line


def test_a_long_error_is_cut() -> None:
    assert len(read_error({"message": "x" * 5_000}) or "") <= MAX_ERROR_CHARS + 20


@pytest.mark.parametrize(
    ("arguments", "whole"), [(("{}", '{"q": 1}'), True), (("{}", '{"q"'), False), ((), False)]
)
def test_calls_are_whole_where_all_their_arguments_are(arguments: tuple[str, ...], whole: bool) -> None:
    assert are_whole([CallPart(name="f", arguments=one) for one in arguments]) is whole
