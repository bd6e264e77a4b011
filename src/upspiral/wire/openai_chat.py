"""How are requests and answers of OpenAI's chat completions read and written? (pure)."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from upspiral.domain.interaction import RequestOptions, ToolDefinition
from upspiral.domain.message import (
    CallPart,
    FilePart,
    Message,
    OtherPart,
    Part,
    ReasoningPart,
    RefusalPart,
    TextPart,
)
from upspiral.wire.files import data_url, split_extra
from upspiral.wire.messages import parts_of, read_message
from upspiral.wire.options import write_shared
from upspiral.wire.parts import read_call, read_content
from upspiral.wire.plain import as_list
from upspiral.wire.reply import CUT, Reply, are_whole, read_error, word
from upspiral.wire.usage import read_usage

Body = dict[str, Any]
NO_CHOICE = "the answer has no choices"


def read_messages(body: Mapping[str, Any]) -> tuple[Message, ...]:
    """Read what the agent was shown."""
    return tuple(message for one in as_list(body.get("messages")) for message in read_message(one))


def write_messages(messages: Iterable[Message]) -> list[Body]:
    """Write messages as they were, or as another API's are written here.

    >>> write_messages([Message("user", "Hi")])
    [{'role': 'user', 'content': 'Hi'}]
    """
    written: list[Body] = []
    for message in messages:
        one = _write_message(message)
        before = written[-1] if written else {}
        if message.joined and message.role == "assistant" == before.get("role"):
            _join(before, one)
        else:
            written.append(one)
    return written


def _write_message(message: Message) -> Body:
    own = dict(message.extra or {})
    body: Body = {"role": own.pop("role", message.role), "content": message.content}
    if message.name:
        body["name"] = message.name
    if message.tool_call_id:
        body["tool_call_id"] = message.tool_call_id
    if message.parts:
        body |= _write_parts(message.parts)
    return {**body, **own}


def _write_parts(parts: Sequence[Part]) -> Body:
    calls = [part for part in parts if isinstance(part, CallPart)]
    refusals = [part for part in parts if isinstance(part, RefusalPart) and "field" in (part.extra or {})]
    thoughts = [part for part in parts if isinstance(part, ReasoningPart) and part.text]
    rest = [part for part in parts if not isinstance(part, CallPart | ReasoningPart) and part not in refusals]
    plain = all(isinstance(part, TextPart) and not part.extra for part in rest) and len(rest) <= 1
    body: Body = {"content": [_write_part(part) for part in rest]}
    if plain:
        body["content"] = next((part.text for part in rest if isinstance(part, TextPart)), None)
    if refusals:
        body["refusal"] = "".join(part.text for part in refusals)
    legacy = [call for call in calls if (call.extra or {}).get("legacy")]
    if legacy:
        body["function_call"] = {"name": legacy[0].name, "arguments": legacy[0].arguments}
    elif calls:
        body["tool_calls"] = [write_call(call) for call in calls]
    for thought in thoughts:
        name = (thought.extra or {}).get("field", "reasoning")
        body[name] = body.get(name, "") + thought.text
    return body


def _write_part(part: Part) -> Body:
    if isinstance(part, FilePart):
        return _write_file(part)
    if isinstance(part, OtherPart):
        return dict(part.value)
    if isinstance(part, RefusalPart):
        return {"type": "refusal", "refusal": part.text, **(part.extra or {})}
    return {"type": "text", "text": getattr(part, "text", ""), **(getattr(part, "extra", None) or {})}


def _write_file(part: FilePart) -> Body:
    name = {"image": "image_url", "audio": "input_audio", "video": "video_url"}.get(part.media, "file")
    own, inner = split_extra(part.extra, name)
    if part.media == "audio":
        form = (part.media_type or "").rpartition("/")[2]
        inner = {"data": part.data or "", "format": form, **inner}
    elif part.media in ("image", "video"):
        inner = {"url": data_url(part) or "", **inner}
    else:
        named = {"file_id": part.file_id, "filename": part.name, "file_data": data_url(part)}
        inner = {**{k: v for k, v in named.items() if v is not None}, **inner}
    return {"type": name, name: inner, **own}


def write_call(call: CallPart) -> Body:
    """Write a call of a tool."""
    own = dict(call.extra or {})
    if own.pop("type", None) in ("custom", "custom_tool_call"):
        return {
            "id": call.id,
            "type": "custom",
            "custom": {"name": call.name, "input": call.arguments},
            **own,
        }
    function = {"name": call.name, "arguments": call.arguments}
    return {"id": call.id or "", "type": "function", "function": function, **own}


def _join(before: Body, one: Body) -> None:
    words = [w for w in (before.get("content"), one.get("content")) if w]
    if all(isinstance(w, str) for w in words):
        before["content"] = "\n".join(words) or None
    else:
        before["content"] = [
            part for w in words for part in (w if isinstance(w, list) else [{"type": "text", "text": w}])
        ]
    if calls := [*before.get("tool_calls", ()), *one.get("tool_calls", ())]:
        before["tool_calls"] = calls


def write_tool(tool: ToolDefinition) -> Body:
    """Write the definition of a tool."""
    own, inner = split_extra(tool.extra, "function")
    if tool.kind != "function":
        return {"type": tool.kind, **({"name": tool.name} if tool.name else {}), **own}
    function: Body = {"name": tool.name}
    if tool.description:
        function["description"] = tool.description
    if tool.parameters is not None:
        function["parameters"] = tool.parameters
    return {"type": "function", "function": {**function, **inner}, **own}


def write_options(options: RequestOptions | None) -> Body:
    """Write what a request says besides its messages, where it was asked in this API."""
    body = write_shared(options, write_tool)
    if options and options.response_format is not None:
        body["response_format"] = options.response_format
    return body


def write_request(messages: Iterable[Message], options: RequestOptions | None) -> Body:
    """Write a request that was asked in this API."""
    return {"messages": write_messages(messages), **write_options(options)}


def read_reply(body: Mapping[str, Any]) -> Reply:
    """Read a whole answer; the first choice counts.

    >>> read_reply({"choices": [{"message": {"content": "Tomorrow."}, "finish_reason": "stop"}]}).text
    'Tomorrow.'
    """
    choices = [one for one in as_list(body.get("choices")) if isinstance(one, Mapping)]
    choice = next((one for one in choices if not one.get("index")), choices[0] if choices else {})
    message = choice.get("message") or ({"content": choice["text"]} if choice.get("text") else None)
    parts = [p for one in read_message(message, role="assistant") for p in parts_of(one)] if message else []
    refused = any(isinstance(part, RefusalPart) for part in parts)
    return Reply(
        parts=tuple(parts),
        model=word(body.get("model")),
        id=word(body.get("id")),
        usage=read_usage(body.get("usage")),
        finish_reason="refusal" if refused else word(choice.get("finish_reason")),
        error=read_error(body.get("error") or choice.get("error")) or (None if choices else NO_CHOICE),
    )


class ChatStream:
    """Gathers the chunks of a streamed answer."""

    def __init__(self) -> None:
        self.done = False
        """Did the stream say that it is complete?"""
        self._words: list[str] = []
        self._refusal: list[str] = []
        self._thoughts: list[str] = []
        self._calls = CallJoiner()
        self._known: Body = {}
        self._finish = ""
        self._error: str | None = None

    def take(self, event: Mapping[str, Any]) -> None:
        """Take one chunk; of several choices the first counts."""
        for name in ("id", "model", "usage"):
            if event.get(name):
                self._known[name] = event[name]
        self._error = self._error or read_error(event.get("error"))
        for choice in as_list(event.get("choices")):
            if isinstance(choice, Mapping) and not choice.get("index"):
                self._take_choice(choice)

    def _take_choice(self, choice: Mapping[str, Any]) -> None:
        self._finish = word(choice.get("finish_reason")) or self._finish
        delta = choice.get("delta") or choice.get("message") or {"content": choice.get("text")}
        if not isinstance(delta, Mapping):
            return
        content = delta.get("content")
        if isinstance(content, str):
            self._words.append(content)
        elif content is not None:
            self._words += [part.text for part in read_content(content) if isinstance(part, TextPart)]
        self._refusal.append(word(delta.get("refusal")))
        self._thoughts.append(word(delta.get("reasoning_content")) or word(delta.get("reasoning")))
        for call in as_list(delta.get("tool_calls")):
            if isinstance(call, Mapping):
                self._calls.take(call)
        if isinstance(delta.get("function_call"), Mapping):
            self._calls.take({"function": delta["function_call"]})

    def reply(self) -> Reply:
        """Give the answer so far."""
        words, refusal, thoughts = map("".join, (self._words, self._refusal, self._thoughts))
        calls = self._calls.parts()
        parts: list[Part] = [ReasoningPart(thoughts)] if thoughts else []
        parts += [TextPart(words)] if words else []
        parts += [RefusalPart(refusal)] if refusal else []
        return Reply(
            parts=(*parts, *calls),
            model=word(self._known.get("model")),
            id=word(self._known.get("id")),
            usage=read_usage(self._known.get("usage")),
            finish_reason="refusal" if refusal else self._finish,
            error=self._error or (None if self._finish or self.done or are_whole(calls) else CUT),
        )


class CallJoiner:
    """Joins the pieces of tool calls of a stream.

    A piece belongs to the call of its index. Some hosts number every call 0 or not at all: there a new id
    begins the next call.
    """

    def __init__(self) -> None:
        self._calls: list[Body] = []
        self._current: dict[object, Body] = {}

    def take(self, piece: Mapping[str, Any]) -> tuple[int, CallPart]:
        """Take the next piece; give the place of its call among the calls, and the piece as it was read."""
        place, call = piece.get("index"), read_call(piece)
        known = self._current.get(place)
        if known is None or (call.id and known["id"] and call.id != known["id"]):
            known = {"name": "", "arguments": [], "id": None}
            self._calls.append(known)
            self._current[place] = known
        known["name"] = known["name"] or call.name  # some hosts repeat it in every piece
        known["arguments"].append(call.arguments)
        known["id"] = known["id"] or call.id
        return next(at for at, one in enumerate(self._calls) if one is known), call

    def parts(self) -> tuple[CallPart, ...]:
        """Give the calls so far, in their order."""
        return tuple(
            CallPart(name=one["name"], arguments="".join(one["arguments"]), id=one["id"])
            for one in self._calls
        )
