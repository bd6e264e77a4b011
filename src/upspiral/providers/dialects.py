"""In which words may a model be asked? Chat completions, responses, messages, embeddings (pure)."""

from collections.abc import Callable, Sequence
from typing import Any

from msgspec import Struct

from upspiral.domain import Message, Usage
from upspiral.domain.prompting import Prompt
from upspiral.domain.prompting.prompt import find_last_question
from upspiral.errors import InvalidInput, Rejected
from upspiral.providers import reading
from upspiral.providers.base import Completion
from upspiral.providers.sse import Stream
from upspiral.wire import anthropic, openai_chat, openai_responses
from upspiral.wire.reply import Reply
from upspiral.wire.translate.apis import Api
from upspiral.wire.usage import read_usage

Body = dict[str, Any]


class Dialect(Struct, frozen=True, kw_only=True):
    """One API in which models are asked."""

    name: str
    path: str
    """After the base URL of the endpoint."""
    messages: Callable[[Body], tuple[Message, ...]]
    """What the agent was shown, out of the request."""
    prompted: Callable[[Body, Prompt], Body]
    """The request with the version's instructions and examples put before it."""
    completion: Callable[[bytes, str], Completion]
    """What was answered; the second argument is the model that was asked."""
    reply: Callable[[Body], Reply] | None = None
    """The same, in parts; None where nothing is translated."""
    stream: Callable[[], Stream] | None = None
    """Gathers a streamed answer; None where there are none."""
    talks: bool = True
    """Is it a talk with a model, that may teach?"""
    recorded: bool = True
    """Is there anything in the answer that is worth writing down?"""
    takes_prompt: bool = True
    """Is anything put before the request?"""


def _get_list(body: Body, name: str) -> list[Body]:
    given = body.get(name)
    if not isinstance(given, list) or not given:
        raise InvalidInput(f"The list of {name} is empty or missing.", hint="Send at least one message.")
    return given


def _chat_messages(body: Body) -> tuple[Message, ...]:
    for one in _get_list(body, "messages"):
        if not isinstance(one, dict) or not isinstance(one.get("role"), str):
            raise InvalidInput("A message has no role.", hint="Use system, user, assistant or tool.")
        content = one.get("content")
        if content is not None and not isinstance(content, str | list):
            kind = type(content).__name__
            raise InvalidInput(
                f"The content of a {one['role']} message is of type {kind}.", hint="Send text."
            )
    return openai_chat.read_messages(body)


def _chat_prompted(body: Body, prompt: Prompt) -> Body:
    if prompt.is_empty:
        return {**_numbers(prompt.version.sampling), **body}
    listed = [*_write_turns(prompt.stable), *_insert_recalled(body["messages"], prompt)]
    return {**_numbers(prompt.version.sampling), **body, "messages": listed}


def _chat_completion(answer: bytes, model: str) -> Completion:
    found = reading.decode(answer, "chat completion")
    if not isinstance(found.get("choices"), list):
        raise Rejected("The answer is no chat completion: it has no choices.", status=200)
    return reading.to_completion(openai_chat.read_reply(found), model=model)


def _responses_messages(body: Body) -> tuple[Message, ...]:
    if not isinstance(body.get("input"), str):
        _check_items(_get_list(body, "input"))
    return openai_responses.read_messages(body)


def _check_items(given: list[Body]) -> None:
    for one in given:
        role = one.get("role") if isinstance(one, dict) else None
        if (role is not None and not isinstance(role, str)) or not isinstance(one, dict):
            raise InvalidInput(f"A message has the role {role!r}.", hint="Use system, user or assistant.")


def _responses_prompted(body: Body, prompt: Prompt) -> Body:
    asked = body["input"]
    listed = [{"role": "user", "content": asked}] if isinstance(asked, str) else asked
    turns = [*_write_turns(prompt.fixed), *_insert_recalled(listed, prompt)]
    named = _rename_tokens(prompt.version.sampling, "max_output_tokens")
    return {**named, **body, **_before(body, "instructions", prompt.instructions), "input": turns}


def _responses_completion(answer: bytes, model: str) -> Completion:
    said = _decode(answer, "response", "output")
    return reading.to_completion(openai_responses.read_reply(said), model=model)


def _messages_messages(body: Body) -> tuple[Message, ...]:
    _check_items(_get_list(body, "messages"))
    return anthropic.read_messages(body)


def _messages_prompted(body: Body, prompt: Prompt) -> Body:
    words = prompt.instructions
    first = {"system": _put_before(words, body.get("system"))} if words else {}
    return {
        "max_tokens": 1024,
        **_numbers(prompt.version.sampling),
        **body,
        **first,
        "messages": [*_write_turns(prompt.fixed), *_insert_recalled(body["messages"], prompt)],
    }


def _messages_completion(answer: bytes, model: str) -> Completion:
    return reading.to_completion(anthropic.read_reply(_decode(answer, "message", "content")), model=model)


def _completions_messages(body: Body) -> tuple[Message, ...]:
    """Read the older API, of a prompt that is continued."""
    asked = body.get("prompt")
    if not asked or not isinstance(asked, str | list):
        raise InvalidInput("The prompt is empty or missing.", hint="Send `prompt`, text or a list of texts.")
    return (Message("user", asked if isinstance(asked, str) else "\n".join(str(one) for one in asked)),)


def _completions_prompted(body: Body, prompt: Prompt) -> Body:
    before = "\n".join(one.content for one in (*prompt.stable, *prompt.recalled))
    asked = body["prompt"]
    if before:
        asked = [f"{before}\n{one}" for one in asked] if isinstance(asked, list) else f"{before}\n{asked}"
    return {**_numbers(prompt.version.sampling), **body, "prompt": asked}


def _completions_completion(answer: bytes, model: str) -> Completion:
    found = _decode(answer, "completion", "choices")
    return reading.to_completion(openai_chat.read_reply(found), model=model)


def _write_count_request(body: Body, prompt: Prompt) -> Body:
    """Write what is counted as it would be asked, but for what counting does not take."""
    written = _messages_prompted(body, prompt)
    unasked = ("max_tokens", *prompt.version.sampling)
    return {name: value for name, value in written.items() if name in body or name not in unasked}


def _count_completion(answer: bytes, model: str) -> Completion:
    reading.decode(answer, "count of tokens")
    return Completion(answer="", model=model)


def _embeddings_messages(body: Body) -> tuple[Message, ...]:
    asked = body.get("input")
    if not asked or not isinstance(asked, str | list):
        raise InvalidInput("The input to embed is empty or missing.", hint="Send `input`, text or a list.")
    return (Message("user", asked if isinstance(asked, str) else "\n".join(str(one) for one in asked)),)


def _embeddings_completion(answer: bytes, model: str) -> Completion:
    said = _decode(answer, "list of embeddings", "data")
    usage = read_usage(said.get("usage")) or Usage()
    return Completion(answer="", model=str(said.get("model") or model), usage=usage)


def _decode(answer: bytes, what: str, needed: str) -> Body:
    said = reading.decode(answer, what)
    if not isinstance(said.get(needed), list):
        raise Rejected(f"The answer is no {what}: it has no {needed}.", status=200)
    return said


def _write_turns(messages: Sequence[Message]) -> list[Body]:
    return [{"role": one.role, "content": one.content} for one in messages]


def _insert_recalled(listed: list[Body], prompt: Prompt) -> list[Body]:
    """Put what was retrieved right before the last question, so that a host may cache all before it."""
    if not prompt.retrieved:
        return listed
    place = find_last_question([_is_question(one) for one in listed])
    return [*listed[:place], *_write_turns(prompt.recalled), *listed[place:]]


def _is_question(message: Body) -> bool:
    """Say whether a user's message is more than a tool's result, which must follow the call at once.

    >>> _is_question({"role": "user", "content": [{"type": "tool_result", "tool_use_id": "t"}]})
    False
    """
    content = message.get("content")
    blocks = content if isinstance(content, list) else ()
    is_result = any(isinstance(one, dict) and one.get("type") == "tool_result" for one in blocks)
    return message.get("role") == "user" and not is_result


def _before(body: Body, name: str, words: str) -> Body:
    given = body.get(name)
    if given is not None and not isinstance(given, str):
        raise InvalidInput(f"`{name}` is of type {type(given).__name__}.", hint="Send text.")
    said = "\n".join(part for part in (words, given) if part)
    return {name: said} if said else {}


def _put_before(words: str, given: Any) -> Any:
    """Put instructions before a system prompt; blocks stay blocks, with what they say of caching.

    >>> _put_before("Be kind.", [{"type": "text", "text": "Be short."}])
    [{'type': 'text', 'text': 'Be kind.'}, {'type': 'text', 'text': 'Be short.'}]
    """
    if isinstance(given, list):
        return [{"type": "text", "text": words}, *given]
    return "\n".join(part for part in (words, given) if isinstance(part, str) and part)


def _rename_tokens(sampling: dict[str, float], tokens: str) -> Body:
    return {tokens if name == "max_tokens" else name: value for name, value in _numbers(sampling).items()}


def _numbers(sampling: dict[str, float]) -> Body:
    """Write whole numbers as such: strict hosts refuse 100.0 tokens.

    >>> _numbers({"max_tokens": 100.0, "temperature": 0.5})
    {'max_tokens': 100, 'temperature': 0.5}
    """
    return {name: int(value) if float(value).is_integer() else value for name, value in sampling.items()}


CHAT = Dialect(
    name="chat",
    path="/chat/completions",
    messages=_chat_messages,
    prompted=_chat_prompted,
    completion=_chat_completion,
    reply=openai_chat.read_reply,
    stream=openai_chat.ChatStream,
)
RESPONSES = Dialect(
    name="responses",
    path="/responses",
    messages=_responses_messages,
    prompted=_responses_prompted,
    completion=_responses_completion,
    reply=openai_responses.read_reply,
    stream=openai_responses.ResponsesStream,
)
MESSAGES = Dialect(
    name="messages",
    path="/messages",
    messages=_messages_messages,
    prompted=_messages_prompted,
    completion=_messages_completion,
    reply=anthropic.read_reply,
    stream=anthropic.MessagesStream,
)
COMPLETIONS = Dialect(
    name="completions",
    path="/completions",
    messages=_completions_messages,
    prompted=_completions_prompted,
    completion=_completions_completion,
    stream=openai_chat.ChatStream,
)
COUNT_TOKENS = Dialect(
    name="count_tokens",
    path="/messages/count_tokens",
    messages=_messages_messages,
    prompted=_write_count_request,
    completion=_count_completion,
    talks=False,
    recorded=False,
)
TRANSLATED: dict[Api, Dialect] = {"chat": CHAT, "responses": RESPONSES, "messages": MESSAGES}
"""Whose callers may have a model at a host that speaks another of them."""
_APIS = {one.name: api for api, one in TRANSLATED.items()}


def api_of(dialect: Dialect) -> Api | None:
    """Give the API that a dialect is, if it is one that is translated."""
    return _APIS.get(dialect.name)


EMBEDDINGS = Dialect(
    talks=False,
    name="embeddings",
    path="/embeddings",
    messages=_embeddings_messages,
    prompted=lambda body, _prompt: body,
    takes_prompt=False,
    completion=_embeddings_completion,
)
