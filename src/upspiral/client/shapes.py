"""What was asked and answered, in the words of each SDK? Read by shape; no SDK is imported."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from msgspec import Struct

from upspiral.client.wire import messages, plain, read, text
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


def word(value: object) -> str:
    """Give text as it is and anything else, an SDK's "not given" among it, as nothing."""
    return value if isinstance(value, str) else ""


def _chat_question(asked: Asked) -> tuple[Message, ...]:
    return messages(asked.get("messages") or ())


def _chat_answer(given: Any) -> Answered:
    message = read(given, "choices", 0, "message")
    return Answered(
        text=text(message) or word(read(message, "refusal")),
        model=word(read(given, "model")),
        tool_calls=tuple(
            ToolCall(
                name=word(read(call, "function", "name") or read(call, "custom", "name")),
                arguments=word(read(call, "function", "arguments") or read(call, "custom", "input")),
            )
            for call in read(message, "tool_calls") or ()
        ),
        usage=usage(read(given, "usage")),
        ident=word(read(given, "id")),
    )


def _chat_chunks(given: Sequence[Any]) -> Answered:
    deltas = [
        read(c, "delta") for chunk in given for c in read(chunk, "choices") or () if not read(c, "index")
    ]
    calls: dict[int, tuple[str, str]] = {}
    for delta in deltas:
        for call in read(delta, "tool_calls") or ():
            place = read(call, "index") or 0
            name, arguments = calls.get(place, ("", ""))
            more = read(call, "function")
            calls[place] = (name or word(read(more, "name")), arguments + word(read(more, "arguments")))
    return Answered(
        text="".join(word(read(delta, "content")) or word(read(delta, "refusal")) for delta in deltas),
        model=next((m for chunk in given if (m := word(read(chunk, "model")))), ""),
        tool_calls=tuple(ToolCall(name=name, arguments=arguments) for name, arguments in calls.values()),
        usage=next((usage(u) for chunk in reversed(given) if (u := read(chunk, "usage"))), None),
        ident=word(read(given, 0, "id")),
    )


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
    return Answered(
        text="".join(word(read(part, "text")) or word(read(part, "refusal")) for part in parts),
        model=word(read(given, "model")),
        tool_calls=tuple(
            ToolCall(name=word(read(item, "name")), arguments=word(read(item, "arguments")))
            for item in output
            if read(item, "type") == "function_call"
        ),
        usage=usage(read(given, "usage")),
        ident=word(read(given, "id")),
    )


def _responses_chunks(given: Sequence[Any]) -> Answered:
    whole = next((r for event in reversed(given) if read(r := read(event, "response"), "output")), None)
    if whole is not None:
        return _responses_answer(whole)
    deltas = [word(read(e, "delta")) for e in given if read(e, "type") == "response.output_text.delta"]
    first = read(given, 0, "response")
    return Answered(text="".join(deltas), model=word(read(first, "model")), ident=word(read(first, "id")))


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
            ToolCall(name=word(read(block, "name")), arguments=plain(read(block, "input")))
            for block in blocks
            if read(block, "type") == "tool_use"
        ),
        usage=usage(read(given, "usage")),
        ident=word(read(given, "id")),
    )


def _anthropic_chunks(given: Sequence[Any]) -> Answered:
    start = next((m for event in given if (m := read(event, "message"))), None)
    names = {
        read(e, "index"): word(read(e, "content_block", "name"))
        for e in given
        if read(e, "content_block", "type") == "tool_use"
    }
    inputs = {
        place: "".join(
            word(read(e, "delta", "partial_json"))
            for e in given
            if read(e, "index") == place and read(e, "type") == "content_block_delta"
        )
        for place in names
    }
    said = usage(read(start, "usage"))
    last = next((u for event in reversed(given) if (u := read(event, "usage"))), None)
    return Answered(
        text="".join(
            word(read(e, "delta", "text")) for e in given if read(e, "type") == "content_block_delta"
        ),
        model=word(read(start, "model")),
        tool_calls=tuple(ToolCall(name=names[place], arguments=inputs[place]) for place in names),
        usage=Usage(said.input_tokens, _count(last, "output_tokens") or said.output_tokens) if said else None,
        ident=word(read(start, "id")),
    )


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
