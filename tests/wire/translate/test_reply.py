"""A whole answer in the words of each API."""

import pytest

from upspiral.domain.interaction import Usage
from upspiral.domain.message import CallPart, RefusalPart, TextPart
from upspiral.wire import anthropic, openai_chat, openai_responses
from upspiral.wire.reply import Reply
from upspiral.wire.translate.apis import APIS, Api
from upspiral.wire.translate.reply import ReplyHead, end_of, parse_arguments, write_reply

READ = {
    "chat": openai_chat.read_reply,
    "responses": openai_responses.read_reply,
    "messages": anthropic.read_reply,
}
HEAD = ReplyHead("x", "m", 0)
ANSWER = Reply(
    parts=(TextPart("Look."), CallPart(name="look", arguments='{"q":1}', id="c1")),
    usage=Usage(input_tokens=30, output_tokens=5, cache_read_tokens=20),
    finish_reason="tool_use",
)


@pytest.mark.parametrize("target", APIS)
def test_what_is_written_says_the_same_when_it_is_read_again(target: Api) -> None:
    again = READ[target](write_reply(ANSWER, target, HEAD))
    assert again.text == "Look."
    assert [(call.name, call.arguments, call.id) for call in again.tool_calls] == [("look", '{"q":1}', "c1")]
    assert again.usage is not None
    assert (again.usage.input_tokens, again.usage.output_tokens) == (30, 5)
    assert again.usage.cache_read_tokens == 20


@pytest.mark.parametrize(
    ("reply", "end"),
    [
        (Reply(finish_reason="max_tokens"), "length"),
        (Reply(finish_reason="length"), "length"),
        (Reply(finish_reason="end_turn"), "stop"),
        (Reply(finish_reason="content_filter"), "filter"),
        (Reply(parts=(CallPart(name="f"),), finish_reason="tool_calls"), "calls"),
        (Reply(parts=(RefusalPart("No."),), finish_reason="refusal"), "refusal"),
    ],
)
def test_ends_of_every_api_are_a_few_of_ours(reply: Reply, end: str) -> None:
    assert end_of(reply) == end


def test_arguments_that_are_no_object_are_kept_within_one() -> None:
    assert parse_arguments('{"q": 1}') == {"q": 1}
    assert parse_arguments("[1") == {"arguments": "[1"}
    assert parse_arguments("") == {}
