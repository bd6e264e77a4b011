"""What was said? Messages, answers and tool calls in the shapes in which tools export them."""

import json
from collections.abc import Mapping
from typing import Any

from upspiral.capture.formats.values import decode_text, first_field
from upspiral.domain import Message, ToolCall

ROLES = {"human": "user", "ai": "assistant", "model": "assistant", "developer": "system"}
ANSWERS = ("content", "text", "output", "answer", "completion", "response", "result", "refusal")
QUESTIONS = ("content", "text", "input", "question", "prompt", "query")
CALLS = ("tool_call", "tool_use", "function_call")


def messages(value: Any) -> tuple[Message, ...]:
    """Read what a model was shown: a list of messages, an object that holds one, or mere text.

    >>> messages({"messages": [{"role": "user", "content": "Hi"}]})
    (Message(role='user', content='Hi'),)
    >>> messages("Hi")
    (Message(role='user', content='Hi'),)

    Raises:
        ValueError: Nothing is there.
    """
    value = decode_text(value)
    if isinstance(value, Mapping) and isinstance(value.get("messages"), list):
        system = value.get("system")
        words = json.dumps(system, ensure_ascii=False) if isinstance(system, Mapping) else system
        value = [*([{"role": "system", "content": words}] if words else []), *value["messages"]]
    if isinstance(value, Mapping) and "role" in value:
        value = [value]
    if isinstance(value, list) and value and all(isinstance(one, Mapping) for one in value):
        return tuple(_message(one) for one in value)
    if value in (None, "", [], {}):
        raise ValueError("it has no input")
    return (Message("user", _find_text(value, QUESTIONS)),)


def _message(given: Mapping[str, Any]) -> Message:
    role = str(given.get("role") or given.get("type") or "user")
    return Message(ROLES.get(role, role), text(first_field(given, "content", "content_parts")))


def answer(value: Any) -> tuple[str, tuple[ToolCall, ...]]:
    """Read what a model said: text, a message, a list of either, or a whole completion.

    >>> answer({"role": "assistant", "content": "Hello."})
    ('Hello.', ())
    """
    value = decode_text(value)
    if isinstance(value, Mapping):
        inner = first_field(value, "choices", "message")
        if isinstance(inner, list):
            inner = inner[0]
        if isinstance(inner, Mapping):
            return answer(inner)
        return _find_text(value, ANSWERS), calls(value)
    if isinstance(value, list):
        return text(value), tuple(call for part in value for call in calls(part))
    return ("" if value is None else str(value)), ()


def text(content: Any) -> str:
    r"""Join the words of a message's content; a part that has none is named in brackets.

    >>> text([{"type": "text", "text": "See"}, {"type": "image_url", "image_url": {}}])
    'See\n[image_url]'
    """
    if isinstance(content, list):
        return "\n".join(part for part in map(_part, content) if part)
    if isinstance(content, Mapping):
        return _part(content)
    return "" if content is None else str(content)


def _part(part: Any) -> str:
    if not isinstance(part, Mapping):
        return text(part)
    kind = str(part.get("type") or "")
    if kind in CALLS or kind in ("thought", "reasoning", "thinking"):
        return ""
    words = first_field(part, "text", "value", "content", "result")
    if isinstance(words, str | list):
        return text(words)
    if words is not None:
        return json.dumps(words, ensure_ascii=False)
    if "arguments" in part:
        return json.dumps(part["arguments"], ensure_ascii=False)
    return f"[{kind}]" if kind and kind != "message" and "content" not in part else ""


def _find_text(value: Any, names: tuple[str, ...]) -> str:
    """Find the words in an object of unknown shape; where no field has them it stands as JSON."""
    if isinstance(value, Mapping):
        found = next((value[name] for name in names if isinstance(value.get(name), str | list)), None)
        if found is not None:
            return text(found)
        return "" if "tool_calls" in value or "role" in value else json.dumps(value, ensure_ascii=False)
    return text(value)


def calls(given: Any) -> tuple[ToolCall, ...]:
    """Find the tools a message or a content block calls, in OpenAI's, Anthropic's or TensorZero's shape.

    >>> calls({"type": "tool_use", "name": "search", "input": {"q": "x"}})[0].arguments
    '{"q": "x"}'
    """
    if not isinstance(given, Mapping):
        return ()
    if given.get("type") in CALLS:
        return (_call(given),)
    wanted = [*_list(given.get("tool_calls")), given.get("function_call")]
    own = (_call(call) for call in wanted if isinstance(call, Mapping))
    return (*own, *(call for part in _list(given.get("content")) for call in calls(part)))


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def _call(given: Mapping[str, Any]) -> ToolCall:
    body = given["function"] if isinstance(given.get("function"), Mapping) else given
    arguments = first_field(body, "raw_arguments", "arguments", "input", "args")
    if not isinstance(arguments, str):
        arguments = "" if arguments is None else json.dumps(arguments, ensure_ascii=False)
    return ToolCall(name=str(first_field(body, "name", "raw_name") or ""), arguments=arguments)
