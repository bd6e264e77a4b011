"""Which messages does a span carry whose parts are attributes of their own?"""

from typing import Any

from upspiral.capture.otlp.conventions import Plan
from upspiral.capture.otlp.decode import Attributes
from upspiral.domain import Message
from upspiral.wire.messages import read_messages

CALL_IN_CONTENTS = "tool_call."
"""How the fields of a call begin that stands among the parts of a message's content."""


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
    called: dict[str, dict[str, Any]] = {}
    for part, value in parts.items():
        head, _, rest = part.partition(".")
        number, _, tail = rest.partition(".")
        if head == "tool_calls":
            calls.setdefault(number, {})[tail.rpartition(".")[2]] = value
        elif head == "function_call" and rest:
            calls.setdefault("", {})[rest] = value
        elif head == "contents":
            if tail.startswith(CALL_IN_CONTENTS):
                called.setdefault(number, {})[tail.rpartition(".")[2]] = value
            else:
                _put(contents.setdefault(number, {}), tail.removeprefix("message_content."), value)
    named = ("role", "content", "name", "tool_call_id")
    whole = {name: parts[name] for name in named if parts.get(name) is not None}
    whole["tool_calls"] = list(calls.values())
    if contents:
        known = {call.get("id") for call in calls.values()}
        whole["content"] = [
            {"type": "tool_use", **called[number]} if number in called else part
            for number, part in contents.items()
            if number not in called or called[number].get("id") not in known
        ]
    elif "function_call_name" in parts:
        asked = {"name": parts["function_call_name"], "arguments": parts.get("function_call_arguments_json")}
        whole["tool_calls"] = [asked]
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
