"""Which messages does a span carry whose parts are attributes of their own?"""

from typing import Any

from upspiral.capture.otlp.conventions import Plan
from upspiral.capture.otlp.decode import Attributes
from upspiral.domain import Message
from upspiral.wire.messages import read_messages


def gather_numbered(attributes: Attributes, steps: Plan, side: str) -> list[Message]:
    """Gather the messages of one side whose parts are attributes of their own."""
    gathered: dict[int, dict[str, Any]] = {}
    for its_side, number, part, name in steps.indexed:
        if its_side == side:
            gathered.setdefault(number, {})[part] = attributes[name]
    role = "user" if side == "input" else "assistant"
    return [
        message
        for number in sorted(gathered)
        for message in read_messages([_nest(gathered[number])], role=role)
    ]


def _nest(parts: dict[str, Any]) -> dict[str, Any]:
    """Give a message whose fields have dotted names its depth."""
    calls: dict[str, dict[str, Any]] = {}
    contents: dict[str, dict[str, Any]] = {}
    for part, value in parts.items():
        head, _, rest = part.partition(".")
        number, _, tail = rest.partition(".")
        if head == "tool_calls":
            calls.setdefault(number, {})[tail.rpartition(".")[2]] = value
        elif head == "contents":
            _put(contents.setdefault(number, {}), tail.removeprefix("message_content."), value)
    named = ("role", "content", "name", "tool_call_id")
    whole = {name: parts[name] for name in named if parts.get(name) is not None}
    whole["tool_calls"] = list(calls.values())
    if contents:
        whole["content"] = list(contents.values())
    elif "function_call_name" in parts:
        called = {"name": parts["function_call_name"], "arguments": parts.get("function_call_arguments_json")}
        whole["tool_calls"] = [called]
    return {"role": None, "content": "", **whole}


def _put(into: dict[str, Any], name: str, value: Any) -> None:
    """Put a value under a dotted name, such as the URL of a picture under ``image.image.url``."""
    *outer, last = name.split(".")
    for step in outer:
        inner = into.setdefault(step, {})
        if not isinstance(inner, dict):
            return
        into = inner
    into[last] = value
