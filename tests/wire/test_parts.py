"""Parts of every API's shape are read as one kind of part."""

from typing import Any

import pytest

from upspiral.domain.message import CallPart, FilePart, Message, OtherPart, Part, ReasoningPart, TextPart
from upspiral.wire.parts import is_call, make_message, read_call, read_content, read_part

CALL = CallPart(name="look", arguments='{"q":1}', id="c1")


@pytest.mark.parametrize(
    "given",
    [
        {"id": "c1", "type": "function", "function": {"name": "look", "arguments": '{"q":1}'}},
        {"type": "tool_use", "id": "c1", "name": "look", "input": {"q": 1}},
        {"type": "function_call", "call_id": "c1", "name": "look", "arguments": '{"q":1}'},
        {"type": "tool-call", "toolCallId": "c1", "toolName": "look", "args": {"q": 1}},
    ],
)
def test_a_call_of_a_tool_is_the_same_in_every_apis_shape(given: dict[str, Any]) -> None:
    assert read_call(given) == CALL


@pytest.mark.parametrize(
    ("given", "part"),
    [
        ({"type": "input_text", "text": "Hi"}, TextPart("Hi")),
        ({"type": "thinking", "thinking": "Hm."}, ReasoningPart("Hm.")),
        (
            {"type": "image_url", "image_url": {"url": "https://x/a.png"}},
            FilePart(media="image", url="https://x/a.png"),
        ),
    ],
)
def test_words_thoughts_and_files_are_parts_of_their_own(given: dict[str, Any], part: Part) -> None:
    assert list(read_part(given)) == [part]


def test_a_part_of_a_kind_that_nobody_knows_is_kept_whole() -> None:
    new = {"type": "hologram", "beam": {"x": [1]}}
    assert list(read_part(new)) == [OtherPart(new)]


def test_results_of_tools_are_messages_beside_the_words() -> None:
    content = [{"type": "tool_result", "tool_use_id": "c1", "content": "4"}, {"type": "text", "text": "So?"}]
    result, words = read_content(content)
    assert isinstance(result, Message)
    assert (result.role, result.content, result.tool_call_id) == ("tool", "4", "c1")
    assert words == TextPart("So?")


def test_a_message_of_one_piece_of_words_has_no_parts_and_one_with_a_file_has_all() -> None:
    assert make_message("user", [TextPart("Hi")]) == Message("user", "Hi")
    file = FilePart(media="image", url="https://x/a.png")
    assert make_message("user", [TextPart("Look:"), file]).parts == (TextPart("Look:"), file)


@pytest.mark.parametrize(
    ("kind", "call"), [("tool_use", True), ("web_search_call", True), ("text", False), (None, False)]
)
def test_a_call_is_known_by_its_type(kind: str | None, call: bool) -> None:
    assert is_call(kind) is call
