"""How is an answer written in the words of the caller's API? (pure)."""

from collections.abc import Callable, Mapping
from typing import Any

import msgspec
from msgspec import Struct

from upspiral.domain import Usage
from upspiral.domain.message import CallPart, RefusalPart, TextPart
from upspiral.wire.openai_chat import write_call
from upspiral.wire.reply import Reply
from upspiral.wire.translate.apis import Api

Body = dict[str, Any]
ENDS = {
    "length": "length",
    "max_tokens": "length",
    "max_output_tokens": "length",
    "model_context_window_exceeded": "length",
    "incomplete": "length",
    "tool_calls": "calls",
    "tool_use": "calls",
    "function_call": "calls",
    "content_filter": "filter",
    "refusal": "refusal",
}
"""Why an answer ended, in the words of any API, and ours; every other is `stop`."""


class ReplyHead(Struct, frozen=True):
    """What stands in an answer besides the answer."""

    id: str
    """Used where the host names none."""
    model: str
    """Used where the host names none."""
    created: int
    """Seconds since 1970."""

    def complete(self, reply: Reply) -> "ReplyHead":
        """Give it with the id and the model that the host named."""
        return ReplyHead(reply.id or self.id, reply.model or self.model, self.created)


def end_of(reply: Reply) -> str:
    """Say why an answer ended: `stop`, `length`, `calls`, `filter` or `refusal`.

    >>> end_of(Reply(finish_reason="max_tokens")), end_of(Reply(finish_reason="completed"))
    ('length', 'stop')
    """
    end = ENDS.get(reply.finish_reason, "stop")
    return "calls" if end == "stop" and reply.tool_calls else end


def write_reply(reply: Reply, target: Api, head: ReplyHead) -> Body:
    """Write a whole answer.

    >>> told = Reply(parts=(TextPart("Hi"),), finish_reason="end_turn", id="msg_1", model="m")
    >>> write_reply(told, "chat", ReplyHead("x", "x", 0))["choices"][0]["message"]
    {'role': 'assistant', 'content': 'Hi', 'refusal': None}
    """
    return _WRITERS[target](reply, head.complete(reply))


def _write_chat(reply: Reply, head: ReplyHead) -> Body:
    words = "".join(part.text for part in reply.parts if isinstance(part, TextPart))
    refusal = "".join(part.text for part in reply.parts if isinstance(part, RefusalPart))
    message: Body = {"role": "assistant", "content": words or None, "refusal": refusal or None}
    if calls := reply.tool_calls:
        message["tool_calls"] = [
            write_call(CallPart(name=one.name, arguments=one.arguments, id=one.id)) for one in calls
        ]
    choice = {"index": 0, "message": message, "logprobs": None, "finish_reason": write_chat_end(reply)}
    top = {"id": head.id, "object": "chat.completion", "created": head.created, "model": head.model}
    return {**top, "choices": [choice], "usage": write_chat_usage(reply.usage)}


def write_chat_end(reply: Reply) -> str:
    """Write why an answer ended, as chat completions does."""
    end = end_of(reply)
    if end == "refusal":
        return "stop" if any(isinstance(part, RefusalPart) for part in reply.parts) else "content_filter"
    return {"calls": "tool_calls", "filter": "content_filter"}.get(end, end)


def write_chat_usage(usage: Usage | None) -> Body | None:
    """Write the count of tokens, as chat completions does."""
    if usage is None:
        return None
    return {
        "prompt_tokens": usage.input_tokens,
        "completion_tokens": usage.output_tokens,
        "total_tokens": usage.input_tokens + usage.output_tokens,
        "prompt_tokens_details": {"cached_tokens": usage.cache_read_tokens},
        "completion_tokens_details": {"reasoning_tokens": usage.reasoning_tokens},
    }


def _write_responses(reply: Reply, head: ReplyHead) -> Body:
    output: list[Body] = []
    for part in reply.parts:
        item = f"{len(output)}_{head.id}"
        if isinstance(part, CallPart):
            output.append(write_call_item(item, part.id or "", part.name, part.arguments))
        elif isinstance(part, TextPart | RefusalPart):
            content = write_output_part("refusal" if isinstance(part, RefusalPart) else "text", part.text)
            output.append(write_message_item(item, [content]))
    return write_response(reply, head, output)


def write_response(reply: Reply, head: ReplyHead, output: list[Body]) -> Body:
    """Write a response around what it puts out."""
    end = end_of(reply)
    declined = end == "refusal" and not any(isinstance(part, RefusalPart) for part in reply.parts)
    reason = {"length": "max_output_tokens", "filter": "content_filter"}.get(end)
    reason = "content_filter" if declined else reason
    return {
        **begin_response(head),
        "status": "incomplete" if reason else "completed",
        "incomplete_details": {"reason": reason} if reason else None,
        "output": output,
        "usage": _write_responses_usage(reply.usage),
    }


def begin_response(head: ReplyHead) -> Body:
    """Write a response of which nothing is there yet."""
    return {
        "id": head.id,
        "object": "response",
        "created_at": head.created,
        "status": "in_progress",
        "error": None,
        "incomplete_details": None,
        "instructions": None,
        "metadata": {},
        "model": head.model,
        "output": [],
        "parallel_tool_calls": True,
        "tool_choice": "auto",
        "tools": [],
        "usage": None,
    }


def write_message_item(item: str, content: list[Body], status: str = "completed") -> Body:
    """Write a message as an item of a response."""
    return {
        "id": f"msg_{item}",
        "type": "message",
        "status": status,
        "role": "assistant",
        "content": content,
    }


def write_output_part(kind: str, text: str) -> Body:
    """Write words or a refusal as a part of such a message."""
    if kind == "refusal":
        return {"type": "refusal", "refusal": text}
    return {"type": "output_text", "text": text, "annotations": [], "logprobs": []}


def write_call_item(item: str, call: str, name: str, arguments: str, *, status: str = "completed") -> Body:
    """Write a call of a tool as an item of a response."""
    named = {"id": f"fc_{item}", "type": "function_call", "status": status}
    return {**named, "call_id": call, "name": name, "arguments": arguments}


def _write_responses_usage(usage: Usage | None) -> Body | None:
    if usage is None:
        return None
    return {
        "input_tokens": usage.input_tokens,
        "input_tokens_details": {"cached_tokens": usage.cache_read_tokens},
        "output_tokens": usage.output_tokens,
        "output_tokens_details": {"reasoning_tokens": usage.reasoning_tokens},
        "total_tokens": usage.input_tokens + usage.output_tokens,
    }


def _write_messages(reply: Reply, head: ReplyHead) -> Body:
    content: list[Body] = []
    for part in reply.parts:
        if isinstance(part, CallPart):
            given = parse_arguments(part.arguments)
            content.append({"type": "tool_use", "id": part.id or "", "name": part.name, "input": given})
        elif isinstance(part, TextPart | RefusalPart):
            content.append({"type": "text", "text": part.text, "citations": None})
    ending = {"stop_reason": write_messages_end(reply), "stop_sequence": None}
    return {**begin_message(head), "content": content, **ending, "usage": write_messages_usage(reply.usage)}


def begin_message(head: ReplyHead) -> Body:
    """Write a message of which nothing is there yet."""
    top = {"id": head.id, "type": "message", "role": "assistant", "model": head.model, "content": []}
    return {**top, "stop_reason": None, "stop_sequence": None, "usage": write_messages_usage(None)}


def parse_arguments(arguments: str) -> Mapping[str, Any]:
    """Read the arguments of a call; what is no object is kept within one.

    >>> parse_arguments('{"q": 1}'), parse_arguments(""), parse_arguments("[1")
    ({'q': 1}, {}, {'arguments': '[1'})
    """
    try:
        found = msgspec.json.decode(arguments or "{}")
    except msgspec.DecodeError:
        found = None
    return found if isinstance(found, dict) else {"arguments": arguments}


def write_messages_end(reply: Reply) -> str:
    """Write why an answer ended, as messages does."""
    ends = {"length": "max_tokens", "calls": "tool_use", "filter": "refusal", "refusal": "refusal"}
    return ends.get(end_of(reply), "end_turn")


def write_messages_usage(usage: Usage | None) -> Body:
    """Write the count of tokens, as messages does: what a cache gave or took stands beside the input."""
    usage = usage or Usage()
    cached = usage.cache_read_tokens + usage.cache_write_tokens
    return {
        "input_tokens": max(0, usage.input_tokens - cached),
        "cache_creation_input_tokens": usage.cache_write_tokens,
        "cache_read_input_tokens": usage.cache_read_tokens,
        "output_tokens": usage.output_tokens,
    }


_WRITERS: dict[Api, Callable[[Reply, ReplyHead], Body]] = {
    "chat": _write_chat,
    "responses": _write_responses,
    "messages": _write_messages,
}
