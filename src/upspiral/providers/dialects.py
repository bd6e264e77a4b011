"""In which words may a model be asked? Chat completions, responses, messages, embeddings (pure)."""

from collections.abc import Callable
from typing import Any

import msgspec
from msgspec import Struct

from upspiral.domain import AgentVersion, Message, ToolCall, Usage
from upspiral.errors import InvalidInput, Rejected
from upspiral.providers import reading
from upspiral.providers.base import Completion
from upspiral.providers.sse import EventReader, MessagesReader, ResponsesReader, StreamReader
from upspiral.storable import decode_json

Body = dict[str, Any]


class Dialect(Struct, frozen=True, kw_only=True):
    """One API in which models are asked."""

    name: str
    path: str
    """After the base URL of the endpoint."""
    messages: Callable[[Body], tuple[Message, ...]]
    """What the agent was shown, out of the request."""
    prompted: Callable[[Body, AgentVersion], Body]
    """The request with the version's instructions and examples put before it."""
    completion: Callable[[bytes, str], Completion]
    """What was answered; the second argument is the model that was asked."""
    reader: type[EventReader] | None = None
    """Reads a stream; None where there are none."""


def text_of(content: object) -> str:
    """Give the text of a message's content, whatever its shape.

    >>> text_of([{"type": "text", "text": "Look:"}, {"type": "image_url", "image_url": {}}])
    'Look:'
    """
    if isinstance(content, str):
        return content
    if isinstance(content, list):
        return "\n".join(_part(part) for part in content if isinstance(part, str | dict)).strip()
    return ""


def _part(part: str | Body) -> str:
    if isinstance(part, str):
        return part
    text = part.get("text")
    return text if isinstance(text, str) else text_of(part.get("content"))


def _get_list(body: Body, name: str) -> list[Body]:
    given = body.get(name)
    if not isinstance(given, list) or not given:
        raise InvalidInput(f"The list of {name} is empty or missing.", hint="Send at least one message.")
    return given


def _read_messages(given: list[Body]) -> tuple[Message, ...]:
    found = []
    for one in given:
        role = one.get("role") if isinstance(one, dict) else None
        if (role is not None and not isinstance(role, str)) or not isinstance(one, dict):
            raise InvalidInput(f"A message has the role {role!r}.", hint="Use system, user or assistant.")
        if one.get("type") == "function_call_output":
            found.append(Message("tool", text_of(one.get("output"))))
        elif role is not None or "content" in one or _calls(one):
            text = "\n".join(part for part in (text_of(one.get("content")), *_calls(one)) if part)
            found.append(Message(role or ("assistant" if _calls(one) else "user"), text))
    return tuple(found)


def _calls(one: Body) -> list[str]:
    """Write the tool calls of a message as text, in whichever API they stand.

    A message is kept as text; a call that left no trace would be a hole in what the agent was shown.

    >>> _calls({"tool_calls": [{"function": {"name": "look", "arguments": '{"q": 1}'}}]})
    ['[called look({"q": 1})]']
    >>> _calls({"content": [{"type": "tool_use", "name": "look", "input": {"q": 1}}]})
    ['[called look({"q":1})]']
    """
    listed = [one.get("tool_calls"), one.get("content")]
    members = [m for given in listed if isinstance(given, list) for m in given if isinstance(m, dict)]
    made = [member.get("function") for member in members] + [one.get("function_call")]
    made += [member for member in (*members, one) if member.get("type") in ("tool_use", "function_call")]
    found = []
    for call in made:
        if isinstance(call, dict) and isinstance(call.get("name"), str):
            given = call.get("arguments", call.get("input"))
            said = given if isinstance(given, str) else msgspec.json.encode(given or {}).decode()
            found.append(f"[called {call['name']}({said})]")
    return found


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
    return _read_messages(body["messages"])


def _chat_prompted(body: Body, version: AgentVersion) -> Body:
    before = [{"role": m.role, "content": m.content} for m in version.with_prompt(())]
    return {**version.sampling, **body, "messages": [*before, *body["messages"]]}


def _chat_completion(answer: bytes, model: str) -> Completion:
    return reading.read(answer, model=model)


def _responses_messages(body: Body) -> tuple[Message, ...]:
    asked = body.get("input")
    said = (Message("user", asked),) if isinstance(asked, str) else _read_messages(_get_list(body, "input"))
    first = body.get("instructions")
    return (Message("system", first), *said) if isinstance(first, str) and first else said


def _responses_prompted(body: Body, version: AgentVersion) -> Body:
    words, shown = _apart(version)
    asked = body["input"]
    listed = [{"role": "user", "content": asked}] if isinstance(asked, str) else asked
    named = _rename_tokens(version.sampling, "max_output_tokens")
    return {**named, **body, **_before(body, "instructions", words), "input": [*shown, *listed]}


def _responses_completion(answer: bytes, model: str) -> Completion:
    said = _decode(answer, "response", "output")
    items = [item for item in said["output"] if isinstance(item, dict)]
    texts = [text_of(item.get("content")) for item in items if item.get("type") == "message"]
    return Completion(
        id=str(said.get("id") or ""),
        answer="\n".join(texts),
        model=str(said.get("model") or model),
        usage=_usage(said),
        finish_reason=str(said.get("status") or "completed"),
        tool_calls=tuple(
            ToolCall(name=str(item.get("name") or ""), arguments=str(item.get("arguments") or ""))
            for item in items
            if item.get("type") == "function_call"
        ),
    )


def _messages_messages(body: Body) -> tuple[Message, ...]:
    said = _read_messages(_get_list(body, "messages"))
    first = text_of(body.get("system"))
    return (Message("system", first), *said) if first else said


def _messages_prompted(body: Body, version: AgentVersion) -> Body:
    words, shown = _apart(version)
    first = _before({"system": text_of(body.get("system"))}, "system", words) if words else {}
    return {"max_tokens": 1024, **version.sampling, **body, **first, "messages": [*shown, *body["messages"]]}


def _messages_completion(answer: bytes, model: str) -> Completion:
    said = _decode(answer, "message", "content")
    blocks = [block for block in said["content"] if isinstance(block, dict)]
    return Completion(
        id=str(said.get("id") or ""),
        answer="".join(str(block.get("text") or "") for block in blocks if block.get("type") == "text"),
        model=str(said.get("model") or model),
        usage=_usage(said),
        finish_reason=str(said.get("stop_reason") or ""),
        tool_calls=tuple(
            ToolCall(
                name=str(block.get("name") or ""),
                arguments=msgspec.json.encode(block.get("input") or {}).decode(),
            )
            for block in blocks
            if block.get("type") == "tool_use"
        ),
    )


def _embeddings_messages(body: Body) -> tuple[Message, ...]:
    asked = body.get("input")
    if not asked or not isinstance(asked, str | list):
        raise InvalidInput("The input to embed is empty or missing.", hint="Send `input`, text or a list.")
    return (Message("user", asked if isinstance(asked, str) else "\n".join(str(one) for one in asked)),)


def _embeddings_completion(answer: bytes, model: str) -> Completion:
    said = _decode(answer, "list of embeddings", "data")
    usage = said.get("usage") or {}
    return Completion(
        answer="", model=str(said.get("model") or model), usage=Usage(int(usage.get("prompt_tokens") or 0))
    )


def _decode(answer: bytes, what: str, needed: str) -> Body:
    try:
        said: Body = decode_json(answer, type=Body)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise Rejected(f"The answer is no {what} ({error}).", status=200) from error
    if not isinstance(said.get(needed), list):
        raise Rejected(f"The answer is no {what}: it has no {needed}.", status=200)
    return said


def _usage(said: Body) -> Usage:
    usage = said.get("usage") or {}
    return Usage(int(usage.get("input_tokens") or 0), int(usage.get("output_tokens") or 0))


def _apart(version: AgentVersion) -> tuple[str, list[Body]]:
    """Part a version's prompt into its instructions and its shown examples."""
    prompt = version.with_prompt(())
    words = "\n".join(m.content for m in prompt if m.role == "system")
    return words, [{"role": m.role, "content": m.content} for m in prompt if m.role != "system"]


def _before(body: Body, name: str, words: str) -> Body:
    given = body.get(name)
    if given is not None and not isinstance(given, str):
        raise InvalidInput(f"`{name}` is of type {type(given).__name__}.", hint="Send text.")
    said = "\n".join(part for part in (words, given) if part)
    return {name: said} if said else {}


def _rename_tokens(sampling: dict[str, float], tokens: str) -> Body:
    return {tokens if name == "max_tokens" else name: value for name, value in sampling.items()}


CHAT = Dialect(
    name="chat",
    path="/chat/completions",
    messages=_chat_messages,
    prompted=_chat_prompted,
    completion=_chat_completion,
    reader=StreamReader,
)
RESPONSES = Dialect(
    name="responses",
    path="/responses",
    messages=_responses_messages,
    prompted=_responses_prompted,
    completion=_responses_completion,
    reader=ResponsesReader,
)
MESSAGES = Dialect(
    name="messages",
    path="/messages",
    messages=_messages_messages,
    prompted=_messages_prompted,
    completion=_messages_completion,
    reader=MessagesReader,
)
EMBEDDINGS = Dialect(
    name="embeddings",
    path="/embeddings",
    messages=_embeddings_messages,
    prompted=lambda body, _version: body,
    completion=_embeddings_completion,
)
