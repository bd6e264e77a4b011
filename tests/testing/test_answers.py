"""The fake provider answers in the shapes of the documentation of each API."""

import pytest

from upspiral.testing.answers import find_question, whole
from upspiral.wire import anthropic, openai_chat, openai_responses

ASKED = [{"role": "system", "content": "Be kind."}, {"role": "user", "content": "Where is it?"}]
READ = {
    "/v1/chat/completions": (openai_chat.read_reply, {"messages": ASKED}),
    "/v1/responses": (openai_responses.read_reply, {"input": ASKED}),
    "/v1/messages": (anthropic.read_reply, {"messages": ASKED[1:]}),
}


@pytest.mark.parametrize("path", sorted(READ))
def test_what_was_asked_last_is_found_and_the_answer_is_read_as_its_api_means_it(path: str) -> None:
    read, body = READ[path]
    assert find_question(path, body) == "Where is it?"
    reply = read(whole(path, "By noon.", {"model": "m", **body}))
    assert reply.text == "By noon."
    assert reply.usage is not None
    assert reply.usage.output_tokens > 0
