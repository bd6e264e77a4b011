"""Records in our own form or in that of any API are read alike."""

import msgspec
import pytest

from upspiral.domain import Message
from upspiral.domain.message import CallPart, FilePart, ReasoningPart, TextPart
from upspiral.wire.record import read_options, read_parts, read_recorded

TOLD = [
    Message("user", "Hi"),
    Message("assistant", "Look", parts=(TextPart("Look"), CallPart(name="look", arguments="{}", id="c1"))),
    Message("tool", "4", tool_call_id="c1"),
]


@pytest.mark.parametrize("message", TOLD, ids=lambda one: one.role)
def test_a_message_in_our_own_form_is_read_back_as_it_was(message: Message) -> None:
    [found] = read_recorded(msgspec.to_builtins(message))
    assert found.parts == message.parts
    assert (found.role, found.tool_call_id) == (message.role, message.tool_call_id)


def test_a_message_of_an_api_is_read_as_that_api_means_it() -> None:
    given = {"role": "user", "content": [{"type": "image_url", "image_url": {"url": "https://x/a.png"}}]}
    [found] = read_recorded(given)
    assert found.parts == (FilePart(media="image", url="https://x/a.png"),)


def test_parts_of_an_answer_are_read_in_either_form() -> None:
    assert read_parts([{"type": "text", "text": "Hi"}]) == (TextPart("Hi"),)
    assert read_parts([{"type": "thinking", "thinking": "Hm."}]) == (ReasoningPart("Hm."),)


def test_options_may_name_tools_as_any_api_does() -> None:
    found = read_options({"tools": [{"name": "f", "input_schema": {}}], "sampling": {"top_p": 1}})
    assert [tool.name for tool in found.tools] == ["f"]
