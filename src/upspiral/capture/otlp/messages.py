"""What was said? The shapes in which senders write messages, read into one."""

from collections.abc import Iterator
from typing import Any

from msgspec import Struct

from upspiral.capture.otlp.conventions import Plan
from upspiral.capture.otlp.decode import Attributes
from upspiral.capture.otlp.values import parse_json, text

TEXTS = (None, "text", "input_text", "output_text")
CALLS = ("tool_call", "tool_use", "function_call")
RESULTS = ("tool_call_response", "tool_result", "function_call_output")
THOUGHTS = ("reasoning", "thinking")


class CallPart(Struct, frozen=True):
    """A tool that a model asked for."""

    id: str
    name: str
    arguments: str


class Turn(Struct, frozen=True):
    """One message, with what is not text in it apart."""

    role: str
    content: str
    calls: tuple[CallPart, ...] = ()
    thoughts: str = ""


def turns(value: Any, role: str) -> list[Turn]:
    """Read messages in any of the usual shapes; what has none of them is one message of this role.

    Args:
        value: A list of messages, one message, a request or answer of OpenAI's, JSON of these, or text.
        role: For messages that name none.

    >>> turns('[{"role": "user", "parts": [{"type": "text", "content": "Hi"}]}]', "user")[0].content
    'Hi'
    """
    found = parse_json(value) if isinstance(value, str) else value
    if isinstance(found, dict):
        found = found.get("messages") or found.get("choices") or [found]
    if isinstance(found, list) and len(found) == 1 and isinstance(found[0], list):
        found = found[0]
    if isinstance(found, list) and found and all(isinstance(m, dict) and _is_message(m) for m in found):
        return [turn(message, role) for message in found]
    return [Turn(role, text(value))]


def _is_message(found: dict[str, Any]) -> bool:
    return "parts" in found or "content" in found or "tool_calls" in found or "message" in found


def turn(message: dict[str, Any], role: str) -> Turn:
    """Read one message: OpenTelemetry's parts, OpenAI's or Anthropic's content and tool calls."""
    inner = message.get("message")
    if inner is not None:
        message = _message(inner)
    said = message.get("role")
    body = message.get("parts") or message.get("content")
    asked = message.get("tool_calls")
    if isinstance(body, list):
        if len(body) == 1 and not asked:
            only = body[0]
            if isinstance(only, dict) and only.get("type") == "text" and isinstance(only.get("content"), str):
                return Turn(text(said or role), only["content"])
        return _split_parts(text(said or role), body, asked)
    calls = tuple(_calls(asked)) if asked else ()
    return Turn(text(said or role), text(body), calls)


def _message(inner: Any) -> dict[str, Any]:
    found = parse_json(inner) if isinstance(inner, str) else inner
    return found if isinstance(found, dict) else {"content": text(found)}


def _split_parts(role: str, body: list[Any], asked: Any) -> Turn:
    texts, thoughts, calls = [], [], []
    for part in body:
        kind = part.get("type") if isinstance(part, dict) else None
        if kind in CALLS:
            calls.append(_call(part))
        elif kind in THOUGHTS:
            thoughts.append(text(part.get("content") or part.get("thinking") or part.get("text")))
        else:
            texts.append(_part(part))
    return Turn(role, "\n".join(texts), (*calls, *_calls(asked)), "\n".join(thoughts))


def _part(part: Any) -> str:
    if not isinstance(part, dict):
        return text(part)
    content = part.get("content", part.get("text"))
    if part.get("type") in TEXTS and content is not None:
        return text(content)
    if part.get("type") in RESULTS:
        return text(part.get("response", part.get("result", part.get("output", content))))
    return text(part)


def _calls(asked: Any) -> Iterator[CallPart]:
    found = parse_json(asked) if isinstance(asked, str) else asked
    return (_call(c) for c in found if isinstance(c, dict)) if isinstance(found, list) else iter(())


def _call(found: dict[str, Any]) -> CallPart:
    function = found.get("function")
    inner = function if isinstance(function, dict) else found
    arguments = next((inner[k] for k in ("arguments", "input", "args") if inner.get(k) is not None), "")
    ident = found.get("id") or found.get("call_id") or found.get("tool_call_id")
    return CallPart(text(ident), text(inner.get("name")), text(arguments))


def gather_numbered(attributes: Attributes, steps: Plan, side: str) -> list[Turn]:
    """Gather the messages of one side whose parts are attributes of their own."""
    gathered: dict[int, dict[str, Any]] = {}
    for its_side, number, part, name in steps.indexed:
        if its_side == side:
            gathered.setdefault(number, {})[part] = attributes[name]
    role = "user" if side == "input" else "assistant"
    return [_flat(gathered[number], role) for number in sorted(gathered)]


def _flat(parts: dict[str, Any], role: str) -> Turn:
    calls: dict[str, dict[str, Any]] = {}
    contents: dict[str, dict[str, Any]] = {}
    for part, value in parts.items():
        head, _, rest = part.partition(".")
        number, _, tail = rest.partition(".")
        if head == "tool_calls":
            calls.setdefault(number, {})[tail.rpartition(".")[2]] = value
        elif head == "contents":
            contents.setdefault(number, {})[tail.removeprefix("message_content.")] = value
    whole = {"role": parts.get("role"), "content": parts.get("content"), "tool_calls": list(calls.values())}
    if contents:
        whole["content"] = list(contents.values())
    elif "function_call_name" in parts:
        called = {"name": parts["function_call_name"], "arguments": parts.get("function_call_arguments_json")}
        whole["tool_calls"] = [called]
    elif isinstance(whole["content"], str) and whole["content"][:1] == "[":
        inside = parse_json(whole["content"])
        if isinstance(inside, list) and all(isinstance(p, dict) and "type" in p for p in inside):
            whole["content"] = inside
    return turn(whole, role)
