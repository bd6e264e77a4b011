"""In which shapes do people keep question, answer and rating of a conversation? All become one row.

Read are: a list of messages (OpenAI), `conversations` of `from` and `value` (ShareGPT), and pairs such as
question and answer, prompt and completion, input and output, instruction and output (Alpaca).
"""

import json
from collections.abc import Iterable, Mapping
from typing import Any

QUESTIONS = ("question", "query", "prompt", "instruction", "input", "inputs", "user_message", "request")
ANSWERS = ("answer", "response", "completion", "output", "outputs", "reply", "assistant_message")
SYSTEMS = ("system", "system_prompt")
SPEAKERS = {
    "human": "user",
    "gpt": "assistant",
    "chatgpt": "assistant",
    "bot": "assistant",
    "ai": "assistant",
    "agent": "assistant",
    "customer": "user",
    "client": "user",
    "visitor": "user",
    "model": "assistant",
    "observation": "tool",
    "function_response": "tool",
    "function_call": "assistant",
}
"""Names of speakers in ShareGPT files, and our roles."""
PREFERENCES = ("chosen", "rejected")
OPINIONS = frozenset(
    ("success", "score", "scores", "thumbs", "rating", "feedback", "comment", "correction", "label")
)
"""Fields that say what was thought of the answer."""


def to_chat(row: Mapping[str, Any]) -> dict[str, Any]:
    """Give a row with `messages`, and `answer` where it stands beside them.

    Args:
        row: As it stands in the file.

    Raises:
        ValueError: No shape fits; the message names the fields that were seen and what to do.

    >>> to_chat({"question": "Hi?", "answer": "Hello."})
    {'messages': [{'role': 'user', 'content': 'Hi?'}], 'answer': 'Hello.'}
    >>> to_chat({"conversations": [{"from": "human", "value": "Hi"}, {"from": "gpt", "value": "Hello."}]})
    {'messages': [{'role': 'user', 'content': 'Hi'}, {'role': 'assistant', 'content': 'Hello.'}]}
    """
    found = dict(row)
    given = _decode(found.get("messages"))
    if isinstance(given, list) and given:
        return {**found, "messages": [_turn(one) for one in given]}
    talk = _decode(found.get("conversations") or found.get("conversation"))
    if isinstance(talk, list) and talk:
        found.pop("conversation", None)
        found.pop("conversations", None)
        return {**found, "messages": [_turn(one) for one in talk]}
    return _pair(found)


def shape_of(row: Mapping[str, Any]) -> str | None:
    """Name the shape of a row; None where none fits.

    >>> shape_of({"prompt": "a", "completion": "b"}), shape_of({"text": "a"}), shape_of({"messages": [{}]})
    ('prompt and completion', None, 'messages')
    """
    if isinstance(_decode(row.get("messages")), list):
        return "messages"
    if isinstance(_decode(row.get("conversations")), list):
        return "conversations"
    question, answer = _first_text(row, QUESTIONS), _first_text(row, ANSWERS)
    return f"{question} and {answer}" if question and answer else None


def _pair(row: dict[str, Any]) -> dict[str, Any]:
    question, answer = _first_text(row, QUESTIONS), _first_text(row, ANSWERS)
    if all(name in row for name in PREFERENCES):
        raise ValueError("it is a preference pair (chosen and rejected), and an interaction has one answer")
    if question is None or (answer is None and "messages" not in row):
        raise ValueError(_say_unknown(row))
    asked = _decode(row.pop(question))
    if question == "instruction" and isinstance(row.get("input"), str):
        asked = "\n\n".join(filter(None, (str(asked), row.pop("input"))))
    turns = _turns(asked)
    if system := _first_text(row, SYSTEMS):
        turns.insert(0, {"role": "system", "content": row.pop(system)})
    told = _decode(row.pop(answer)) if answer else None
    row.pop("messages", None)
    return {"messages": turns, "answer": _find_text(told), **row}


def _say_unknown(row: Mapping[str, Any]) -> str:
    seen = ", ".join(list(map(str, row))[:12]) or "none"
    return (
        f"it has no list of messages and no pair such as question and answer; its fields are: {seen};"
        " name yours with --map messages=FIELD, or --map question=FIELD --map answer=FIELD"
    )


def _turns(asked: Any) -> list[dict[str, Any]]:
    if isinstance(asked, Mapping) and isinstance(asked.get("messages"), list):
        asked = asked["messages"]
    if isinstance(asked, list) and asked and all(isinstance(one, Mapping) for one in asked):
        return [_turn(one) for one in asked]
    return [{"role": "user", "content": _find_text(asked)}]


def _turn(given: Any) -> dict[str, Any]:
    if not isinstance(given, Mapping):
        raise ValueError(f"one of its messages is no object: {str(given)[:60]!r}")
    turn = dict(given)
    role = turn.get("role") or turn.pop("from", None) or turn.pop("speaker", None)
    if role is None:
        raise ValueError("one of its messages has no role")
    turn["role"] = SPEAKERS.get(str(role).lower(), str(role))
    words = next((name for name in ("value", "text") if name in turn), None)
    if "content" not in turn and words:
        turn["content"] = turn.pop(words)
    return turn


def _find_text(value: Any) -> Any:
    """Find the words in an object of one text field; anything else stays."""
    if isinstance(value, Mapping):
        named = _first_text(value, (*QUESTIONS, *ANSWERS, "content", "text"))
        if named and isinstance(value[named], str):
            return value[named]
    return value


def _first_text(row: Mapping[str, Any], names: Iterable[str]) -> str | None:
    return next((name for name in names if row.get(name) not in (None, "", [], {})), None)


def _decode(value: Any) -> Any:
    """Unpack JSON that stands in a text, as in a cell of a CSV file."""
    if isinstance(value, str) and value.lstrip()[:2] in ("[{", '{"'):
        try:
            return json.loads(value)
        except ValueError:
            return value
    return value
