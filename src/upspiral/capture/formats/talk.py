"""What was said? Messages and answers in the shapes in which tools export them."""

from collections.abc import Mapping
from typing import Any

from upspiral.domain import Message
from upspiral.domain.message import Part, TextPart
from upspiral.wire.messages import is_message, parts_of, read_messages
from upspiral.wire.parts import is_part
from upspiral.wire.plain import as_list, parse, to_json
from upspiral.wire.reply import Reply

ANSWERS = ("content", "text", "output", "answer", "completion", "response", "result", "refusal")
QUESTIONS = ("content", "text", "input", "question", "prompt", "query")


def messages(value: Any) -> tuple[Message, ...]:
    """Read what a model was shown: a list of messages, an object that holds one, or mere text.

    >>> messages({"messages": [{"role": "user", "content": "Hi"}]})
    (Message(role='user', content='Hi'),)
    >>> messages("Hi")
    (Message(role='user', content='Hi'),)

    Raises:
        ValueError: Nothing is there.
    """
    value = parse(value)
    if value in (None, "", [], {}):
        raise ValueError("it has no input")
    return read_messages(_find(value, QUESTIONS))


def answer(value: Any) -> Reply:
    """Read what a model said: text, a message, a list of either, or a whole completion.

    >>> answer({"role": "assistant", "content": "Hello."}).text
    'Hello.'
    """
    value = parse(value)
    if value in (None, "", [], {}):
        return Reply()
    if isinstance(value, Mapping) and (choices := as_list(value.get("choices"))):
        value = choices[:1]  # the first is the answer; what was asked may stand beside them
    parts: list[Part] = []
    for message in read_messages(_find(value, ANSWERS), role="assistant"):
        if parts and message.role != "tool" and message.content:
            parts.append(TextPart("\n"))
        parts += parts_of(message) if message.role != "tool" else ()
    return Reply(parts=tuple(parts))


def _find(value: Any, names: tuple[str, ...]) -> Any:
    """Find what was said in an object of unknown shape; where no field has it, it stands as JSON."""
    if not isinstance(value, Mapping) or is_message(value) or is_part(value):
        return value
    if any(isinstance(value.get(name), list) for name in ("messages", "choices")):
        return value
    found = next((value[name] for name in names if isinstance(value.get(name), str | list)), None)
    return to_json(value) if found is None else found
