"""How is a request of one API asked in another? (pure)."""

from collections.abc import Mapping
from typing import Any

from upspiral.wire import anthropic, openai_chat, openai_responses
from upspiral.wire.translate.apis import Api, check_refused
from upspiral.wire.translate.conversation import translate_messages
from upspiral.wire.translate.settings import read_settings, write_settings

Body = dict[str, Any]
READERS = {
    "chat": openai_chat.read_messages,
    "responses": openai_responses.read_messages,
    "messages": anthropic.read_messages,
}
WRITERS = {
    "chat": openai_chat.write_request,
    "responses": openai_responses.write_request,
    "messages": anthropic.write_request,
}


def translate_request(body: Mapping[str, Any], source: Api, target: Api) -> Body:
    """Ask in another API what is asked in one.

    Args:
        body: The request, as its caller wrote it.
        source: In which API.
        target: In which it is to be asked.

    Raises:
        InvalidInput: It holds what the other API has no words for; the message names all of it.

    >>> asked = {"model": "m", "system": "Be kind.", "max_tokens": 9, "messages": [
    ...     {"role": "user", "content": "Hi"}]}
    >>> translated = translate_request(asked, "messages", "responses")
    >>> translated["instructions"], translated["input"], translated["max_output_tokens"]
    ('Be kind.', [{'role': 'user', 'content': 'Hi'}], 9)
    """
    refused: list[str] = []
    messages = READERS[source](body)
    if source == "messages" and messages and messages[-1].role == "assistant":
        refused.append("a last message of the assistant")
    told = translate_messages(messages, target, refused)
    options = write_settings(read_settings(body, source, refused), source, target, refused)
    check_refused(refused, source, target)
    return {**WRITERS[target](told, options), "model": body.get("model")}
