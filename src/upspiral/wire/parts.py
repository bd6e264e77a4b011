"""What is one part of a message: words, a call of a tool, its result, a thought, a file? (pure).

Read are OpenAI's chat completions and responses, Anthropic's messages, OpenTelemetry's parts, and the shapes
of Gemini, Bedrock and the Vercel AI SDK, which name the same things otherwise. What no reader knows is kept
whole.
"""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from msgspec.structs import replace

from upspiral.domain.message import CallPart, Message, OtherPart, Part, ReasoningPart, RefusalPart, TextPart
from upspiral.wire.files import MEDIA, read_file
from upspiral.wire.plain import as_list, omit, text_or_none, to_json
from upspiral.wire.text import flatten

Fields = Mapping[str, Any]
TEXTS = frozenset((None, "text", "input_text", "output_text", "summary_text"))
CALLS = frozenset(
    ("tool_call", "tool_use", "function_call", "tool-call", "custom_tool_call", "server_tool_use")
)
RESULTS = frozenset(
    (
        *("tool_result", "tool_call_response", "function_call_output", "tool-result"),
        *("custom_tool_call_output", "web_search_tool_result"),
    )
)
THOUGHTS = frozenset(("reasoning", "thinking", "redacted_thinking", "thought"))
_CALL = frozenset(
    (
        *("type", "id", "call_id", "tool_call_id", "toolCallId", "toolUseId", "index", "function", "custom"),
        *("name", "raw_name", "toolName", "arguments", "raw_arguments", "input", "args"),
    )
)
RESULT_IDS = ("tool_use_id", "tool_call_id", "call_id", "toolCallId", "toolUseId", "id")
_RESULT = frozenset(("type", "content", "response", "result", "output", "name", "toolName", *RESULT_IDS))


def make_message(
    role: str,
    parts: Iterable[Part],
    *,
    name: str | None = None,
    joined: bool = False,
    extra: dict[str, Any] | None = None,
) -> Message:
    """Make a message of parts; one of nothing but words in one piece has none.

    >>> make_message("user", [TextPart("Hi")])
    Message(role='user', content='Hi')
    """
    parts = tuple(parts)
    plain = len(parts) == 1 and isinstance(parts[0], TextPart) and parts[0].extra is None
    return Message(role, flatten(parts), () if plain else parts, name, None, joined, extra)


def read_content(content: Any) -> Iterator[Part | Message]:
    """Read the content of a message: text, parts, or one part; results of tools are messages of their own.

    >>> list(read_content([{"text": "Looking."}, {"toolUse": {"toolUseId": "t", "name": "f", "input": {}}}]))
    [TextPart(text='Looking.'), CallPart(name='f', arguments='{}', id='t')]
    """
    if isinstance(content, list | tuple):
        for part in content:
            yield from read_part(part)
    elif content is not None and content != "":
        yield from read_part(content)


def is_part(given: Any) -> bool:
    """Say whether a value has the shape of a part."""
    if not isinstance(given, Mapping):
        return False
    kind = type_of(given)
    known = (
        kind in RESULTS | THOUGHTS or is_call(kind) or kind in MEDIA or (kind is not None and kind in TEXTS)
    )
    return known or (kind is None and (bool(_unwrap(given)[0]) or isinstance(given.get("text"), str)))


def type_of(given: Fields) -> str | None:
    """Give the type that a value names; empty where it is no text, and None where none stands.

    >>> type_of({"type": "text"}), type_of({"type": ["text"]}), type_of({})
    ('text', '', None)
    """
    kind = given.get("type")
    return kind if kind is None or isinstance(kind, str) else ""


def is_call(kind: Any) -> bool:
    """Say whether a type of parts is a call of a tool; hosts name those of their own tools one by one.

    >>> is_call("tool_use"), is_call("web_search_call"), is_call("text")
    (True, True, False)
    """
    return isinstance(kind, str) and (kind in CALLS or kind.endswith("_call"))


def read_part(part: Any) -> Iterator[Part | Message]:
    """Read one part of a message's content."""
    if isinstance(part, str):
        yield TextPart(part)
        return
    if not isinstance(part, Mapping):
        yield TextPart(to_json(part))
        return
    wrapped, inner = _unwrap(part)
    kind = wrapped or type_of(part)
    part = inner if wrapped else part
    if is_call(kind):
        yield read_call(part)
    elif kind in RESULTS:
        yield _read_result(part)
    elif kind in THOUGHTS:
        yield _read_thought(part)
    elif kind == "refusal":
        yield RefusalPart(str(part.get("refusal") or ""), omit(part, frozenset(("type", "refusal"))))
    elif kind in MEDIA and (file := read_file(part, str(kind))):
        yield file
    elif kind in TEXTS and (words := _words(part)) is not None:
        yield TextPart(words, omit(part, frozenset(("type", "text", "content", "value"))))
    else:
        yield OtherPart(dict(part))


def _words(part: Fields) -> str | None:
    found = next((part[name] for name in ("text", "content", "value") if part.get(name) is not None), None)
    if isinstance(found, Mapping):  # OpenAI's assistants: {"text": {"value": ...}}
        found = found.get("value")
    return None if found is None else to_json(found)


_WRAPPED = {
    "toolUse": "tool_use",
    "functionCall": "tool_use",
    "toolResult": "tool_result",
    "functionResponse": "tool_result",
    "function_response": "tool_result",
    "reasoningContent": "reasoning",
    "inlineData": "media",
    "inline_data": "media",
    "fileData": "media",
    "file_data": "media",
    "image": "image",
    "document": "document",
    "video": "video",
}
"""Of parts without a type (Bedrock, Gemini): the name of their only object, and what it is."""


def _unwrap(part: Fields) -> tuple[str, Fields]:
    if "type" in part:
        return "", part
    name = next((n for n in _WRAPPED if isinstance(part.get(n), Mapping)), None)
    if name is None:
        return ("reasoning", part) if part.get("thought") is True else ("", part)
    return _WRAPPED[name], {k: v for k, v in part.items() if k != name} | part[name]


def read_call(given: Fields, *, extra: dict[str, Any] | None = None) -> CallPart:
    """Read a call of a tool, in any API's shape.

    >>> read_call({"id": "c", "type": "function", "function": {"name": "f", "arguments": "{}"}})
    CallPart(name='f', arguments='{}', id='c')
    """
    body = next((given[n] for n in ("function", "custom") if isinstance(given.get(n), Mapping)), given)
    named = ("raw_arguments", "arguments", "input", "args")
    arguments = next((body[n] for n in named if body.get(n) is not None), None)
    ident = next((text_or_none(given.get(n)) for n in _CALL_IDS if given.get(n)), None)
    kind = given.get("type")
    own = {**(omit(given, _CALL) or {}), **(extra or {})}
    if isinstance(kind, str) and kind not in ("function", *_PLAIN_CALLS):
        own["type"] = kind
    if "call_id" in given and given.get("id") not in (None, ident):
        own["id"] = given["id"]
    name = next((body[n] for n in ("name", "raw_name", "toolName") if body.get(n)), "")
    if arguments is None and isinstance(kind, str) and kind.endswith("_call"):  # of a host's own tool
        arguments = next((own[n] for n in ("action", "queries", "code") if n in own), None)
    return CallPart(
        name=str(name or str(kind or "").removesuffix("_call")),
        arguments=to_json(arguments),
        id=ident,
        extra=own or None,
    )


_CALL_IDS = ("call_id", "tool_call_id", "toolCallId", "toolUseId", "id")
_PLAIN_CALLS = ("tool_call", "tool_use", "function_call", "tool-call")


def _read_result(part: Fields) -> Message:
    ident = next((text_or_none(part.get(n)) for n in RESULT_IDS if part.get(n)), None)
    told = next(
        (part[n] for n in ("content", "response", "result", "output") if part.get(n) is not None), None
    )
    if isinstance(told, Mapping) and "type" in told and "value" in told:  # the Vercel AI SDK's output
        told = told["value"]
    own = omit(part, _RESULT) or {}
    if part.get("type") not in (
        None,
        "tool_result",
        "tool_call_response",
        "function_call_output",
        "tool-result",
    ):
        own["type"] = part["type"]
    if "call_id" in part and part.get("id"):
        own["id"] = part["id"]
    read = isinstance(told, str | list)
    parts = (
        [p for p in read_content(told) if not isinstance(p, Message)] if read else [TextPart(to_json(told))]
    )
    name = text_or_none(part.get("name") or part.get("toolName"))
    made = make_message("tool", [] if told is None else parts, name=name, extra=own or None)
    return replace(made, tool_call_id=ident)


def _read_thought(part: Fields) -> ReasoningPart:
    inner = part.get("reasoningText")
    if isinstance(inner, Mapping):  # Bedrock
        part = inner
    words = next((part[n] for n in ("thinking", "text") if isinstance(part.get(n), str)), None)
    content = part.get("content")
    if words is None and isinstance(content, str):
        words = content
    if words is None:
        pieces = [one for name in ("thinking", "summary", "content") for one in as_list(part.get(name))]
        words = "\n".join(str(one.get("text") or "") for one in pieces if isinstance(one, Mapping))
        own = omit(part, frozenset(("type",)))
    else:
        own = omit(
            part,
            frozenset(("type", "thinking", "text", "thought", *(("content",) if content == words else ()))),
        )
    if part.get("type") == "redacted_thinking":
        own = {**(own or {}), "type": "redacted_thinking"}
    return ReasoningPart(words, own)
