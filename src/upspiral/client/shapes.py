"""What was asked and answered, in the words of each SDK? Read by shape; no SDK is imported."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import msgspec
from msgspec import Struct

from upspiral.client.wire import messages, read, text, to_text
from upspiral.domain import Message, ToolCall, Usage

Asked = Mapping[str, Any]
"""The keyword arguments of the call."""


class Answered(Struct, frozen=True, kw_only=True):
    """What came back."""

    text: str = ""
    model: str = ""
    tool_calls: tuple[ToolCall, ...] = ()
    usage: Usage | None = None
    ident: str = ""
    """The answer's own id."""
    finish: str = ""
    """Why it ended, in the SDK's own word; empty where the SDK does not say."""
    error: str | None = None
    """Why it is no whole answer; None for one that is."""


class Shape(Struct, frozen=True, kw_only=True):
    """How one method of an SDK is read."""

    question: Callable[[Asked], tuple[Message, ...]]
    answer: Callable[[Any], Answered]
    chunks: Callable[[Sequence[Any]], Answered]


def _count(usage: object, *names: str) -> int:
    return next((found for name in names if isinstance(found := read(usage, name), int)), 0)


def usage(given: object) -> Usage | None:
    """Read token counts; input includes what came from a cache.

    >>> usage({"prompt_tokens": 3, "completion_tokens": 5})
    Usage(input_tokens=3, output_tokens=5, cost=0.0)
    """
    if given is None:
        return None
    cached = _count(given, "cache_read_input_tokens") + _count(given, "cache_creation_input_tokens")
    return Usage(
        _count(given, "prompt_tokens", "input_tokens") + cached,
        _count(given, "completion_tokens", "output_tokens"),
    )


UNFINISHED_REASONS = frozenset(
    (
        "length",
        "max_tokens",
        "max_output_tokens",
        "content_filter",
        "refusal",
        "model_context_window_exceeded",
    )
)
"""Ends after which an answer is not what the model would have said: none of them is trained on."""
CUT = "the stream ended before the answer did"


def word(value: object) -> str:
    """Give text as it is and anything else, an SDK's "not given" among it, as nothing."""
    return value if isinstance(value, str) else ""


def _chat_question(asked: Asked) -> tuple[Message, ...]:
    return messages(asked.get("messages") or ())


def _chat_answer(given: Any) -> Answered:
    message = read(given, "choices", 0, "message")
    refusal = word(read(message, "refusal"))
    calls = [*(read(message, "tool_calls") or ())]
    if legacy := read(message, "function_call"):
        calls.append({"function": legacy})
    return Answered(
        text=text(message) or refusal,
        model=word(read(given, "model")),
        tool_calls=tuple(
            ToolCall(
                name=word(read(call, "function", "name") or read(call, "custom", "name")),
                arguments=to_text(read(call, "function", "arguments") or read(call, "custom", "input")),
            )
            for call in calls
        ),
        usage=usage(read(given, "usage")),
        ident=word(read(given, "id")),
        finish="refusal" if refusal else word(read(given, "choices", 0, "finish_reason")),
        error=_error(read(given, "error")),
    )


def _error(given: object) -> str | None:
    """Tell an error object of an API in one line; None where there is none.

    >>> _error({"code": "server_error", "message": "boom"}), _error(None), _error("busy")
    ('server_error: boom', None, 'busy')
    """
    if given is None:
        return None
    if isinstance(given, str):
        return given[:500]
    parts = (word(read(given, "code")) or word(read(given, "type")), word(read(given, "message")))
    return ": ".join(filter(None, parts))[:500] or to_text(given)[:500]


def _chat_chunks(given: Sequence[Any]) -> Answered:
    choices = [c for chunk in given for c in read(chunk, "choices") or () if not read(c, "index")]
    deltas = [read(choice, "delta") for choice in choices]
    refusal = "".join(word(read(delta, "refusal")) for delta in deltas)
    finish = next((f for c in reversed(choices) if (f := word(read(c, "finish_reason")))), "")
    failed = next((e for chunk in given if (e := _error(read(chunk, "error")))), None)
    calls = _join_calls(deltas)
    return Answered(
        text="".join(text(delta) for delta in deltas) or refusal,
        model=next((m for chunk in given if (m := word(read(chunk, "model")))), ""),
        tool_calls=calls,
        usage=next((usage(u) for chunk in reversed(given) if (u := read(chunk, "usage"))), None),
        ident=word(read(given, 0, "id")),
        finish="refusal" if refusal else finish,
        error=failed or (None if finish or _are_whole(calls) else CUT),
    )


def _are_whole(calls: Sequence[ToolCall]) -> bool:
    """Say whether there are tool calls and all their arguments came to an end.

    Some hosts name no finish reason after tool calls; arguments that are whole JSON were not cut.

    >>> [_are_whole([ToolCall(name="f", arguments=arguments)]) for arguments in ('{"q": 1}', '{"q": ', "")]
    [True, False, False]
    """
    try:
        return bool(calls) and all(msgspec.json.decode(call.arguments) is not None for call in calls)
    except msgspec.DecodeError:
        return False


def _join_calls(deltas: Sequence[Any]) -> tuple[ToolCall, ...]:
    """Join the pieces of tool calls of a stream.

    A piece belongs to the call of its index. Some hosts number every call 0 or not at all: there a new id,
    or a whole new name after arguments have come, begins the next call.
    """
    calls: list[list[str]] = []  # name, arguments, id
    current: dict[object, int] = {}
    for piece in (call for delta in deltas for call in _pieces(delta)):
        place, ident = read(piece, "index"), word(read(piece, "id"))
        name, more = word(read(piece, "function", "name")), read(piece, "function", "arguments")
        at = current.get(place)
        known = calls[at] if at is not None else None
        if known is None or (ident and known[2] and ident != known[2]):
            calls.append([name, "", ident])
            current[place] = len(calls) - 1
            known = calls[-1]
        known[0] = known[0] or name  # some hosts repeat the name in every piece
        known[1] += to_text(more)
        known[2] = known[2] or ident
    return tuple(ToolCall(name=name, arguments=arguments) for name, arguments, _ in calls)


def _pieces(delta: Any) -> list[Any]:
    legacy = read(delta, "function_call")
    return [*(read(delta, "tool_calls") or ()), *([{"function": legacy}] if legacy else ())]


def _responses_question(asked: Asked) -> tuple[Message, ...]:
    system = word(asked.get("instructions"))
    given = asked.get("input") or ()
    turns: Any = [{"role": "user", "content": given}] if isinstance(given, str) else list(given)
    return messages([*([{"role": "system", "content": system}] if system else ()), *map(_item, turns)])


def _item(item: Any) -> Any:
    return {"role": "tool", "content": text(item)} if read(item, "type") == "function_call_output" else item


def _responses_answer(given: Any) -> Answered:
    output = read(given, "output") or ()
    parts = [p for item in output if read(item, "type") == "message" for p in read(item, "content") or ()]
    refused = any(read(part, "type") == "refusal" for part in parts)
    status = word(read(given, "status"))
    error = _error(read(given, "error"))
    return Answered(
        text="".join(word(read(part, "text")) or word(read(part, "refusal")) for part in parts),
        model=word(read(given, "model")),
        tool_calls=tuple(
            ToolCall(name=word(read(item, "name")), arguments=to_text(read(item, "arguments")))
            for item in output
            if read(item, "type") == "function_call"
        ),
        usage=usage(read(given, "usage")),
        ident=word(read(given, "id")),
        finish="refusal" if refused else word(read(given, "incomplete_details", "reason")),
        error=error or (f"the response is {status}" if status in {"failed", "cancelled"} else None),
    )


def _responses_chunks(given: Sequence[Any]) -> Answered:
    failed = next((_error(e) for e in given if read(e, "type") == "error"), None)
    last = next((r for event in reversed(given) if (r := read(event, "response"))), None)
    ended = any(read(e, "type") in ENDS for e in given)
    whole = _responses_answer(last)
    if not whole.text and not whole.tool_calls:
        deltas = [word(read(e, "delta")) for e in given if read(e, "type") == "response.output_text.delta"]
        whole = msgspec.structs.replace(whole, text="".join(deltas))
    return msgspec.structs.replace(whole, error=failed or whole.error or (None if ended else CUT))


ENDS = ("response.completed", "response.incomplete", "response.failed", "response.cancelled")
"""Events that end a stream of the Responses API."""


def _anthropic_question(asked: Asked) -> tuple[Message, ...]:
    system = text({"content": asked.get("system")})
    return messages(
        [*([{"role": "system", "content": system}] if system else ()), *asked.get("messages", ())]
    )


def _anthropic_answer(given: Any) -> Answered:
    blocks = read(given, "content") or ()
    return Answered(
        text="".join(word(read(block, "text")) for block in blocks if read(block, "type") == "text"),
        model=word(read(given, "model")),
        tool_calls=tuple(
            ToolCall(name=word(read(block, "name")), arguments=to_text(read(block, "input")))
            for block in blocks
            if read(block, "type") in {"tool_use", "server_tool_use"}
        ),
        usage=usage(read(given, "usage")),
        ident=word(read(given, "id")),
        finish=word(read(given, "stop_reason")),
        error=_error(read(given, "error")),
    )


def _anthropic_chunks(given: Sequence[Any]) -> Answered:
    start = next((m for event in given if (m := read(event, "message"))), None)
    said = usage(read(start, "usage"))
    last = next((u for event in reversed(given) if (u := read(event, "usage"))), None)
    failed = next((_error(read(e, "error")) for e in given if read(e, "type") == "error"), None)
    finish = next((f for e in reversed(given) if (f := word(read(e, "delta", "stop_reason")))), "")
    ended = finish or any(read(e, "type") == "message_stop" for e in given)
    return Answered(
        text="".join(
            word(read(e, "delta", "text")) for e in given if read(e, "type") == "content_block_delta"
        ),
        model=word(read(start, "model")),
        tool_calls=_anthropic_calls(given),
        usage=Usage(said.input_tokens, _count(last, "output_tokens") or said.output_tokens) if said else None,
        ident=word(read(start, "id")),
        finish=finish,
        error=failed or (None if ended else CUT),
    )


def _anthropic_calls(given: Sequence[Any]) -> tuple[ToolCall, ...]:
    calls: dict[object, list[str]] = {}
    for event in given:
        place = read(event, "index")
        if read(event, "content_block", "type") in {"tool_use", "server_tool_use"}:
            calls[place] = [word(read(event, "content_block", "name")), ""]
        elif place in calls:
            calls[place][1] += word(read(event, "delta", "partial_json"))
    return tuple(ToolCall(name=name, arguments=arguments) for name, arguments in calls.values())


CHAT = Shape(question=_chat_question, answer=_chat_answer, chunks=_chat_chunks)
RESPONSES = Shape(question=_responses_question, answer=_responses_answer, chunks=_responses_chunks)
ANTHROPIC = Shape(question=_anthropic_question, answer=_anthropic_answer, chunks=_anthropic_chunks)
METHODS: Mapping[str, Shape] = {
    "chat.completions.create": CHAT,
    "chat.completions.parse": CHAT,
    "beta.chat.completions.parse": CHAT,
    "responses.create": RESPONSES,
    "responses.parse": RESPONSES,
    "messages.create": ANTHROPIC,
    "beta.messages.create": ANTHROPIC,
}
"""The methods that are recorded, by their path from the client."""


def is_recordable(client: object) -> bool:
    """Say whether a client has at least one of the methods that are recorded.

    >>> is_recordable(object())
    False
    """
    return any(callable(read(client, *path.split("."))) for path in METHODS)
