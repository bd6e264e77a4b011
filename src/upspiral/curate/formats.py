"""How are Examples written down for others? JSON lines and one content hash (pure)."""

import hashlib
from collections.abc import Iterable

import msgspec

from upspiral.domain import Example
from upspiral.scorers.heuristic import Heuristic


def chat_line(example: Example) -> str:
    """Write the line that fine-tuning programs and providers read: the messages, the answer last."""
    messages = [{"role": message.role, "content": message.content} for message in example.messages]
    return _json({"messages": [*messages, {"role": "assistant", "content": example.answer}]})


def council_line(example: Example, *, failed: str = "") -> str:
    """Write the line of the AutoGen council: instruction, output, reasoning, quality_score.

    Args:
        example: What is taught.
        failed: The answer that went wrong; what the score compares with.
    """
    question = next((m.content for m in reversed(example.messages) if m.role == "user"), "")
    score = Heuristic().score(question, failed, example.answer)
    return _json(
        {
            "instruction": question,
            "output": example.answer,
            "reasoning": f"{example.kind.capitalize()} by {example.source or 'unknown'} on {example.slice}.",
            "quality_score": score.value,
        }
    )


def sha256(examples: Iterable[Example]) -> str:
    """Hash messages, tools, answer and split of every Example, in whatever order they come.

    >>> sha256([])
    'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855'
    """
    lines = sorted(_json(_list_hashed(e)) for e in examples)
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()


def _list_hashed(example: Example) -> list[object]:
    """Give what an Example teaches or asks; what only a case with tools has stands where there is any."""
    said: list[object] = [example.messages, example.answer, example.split, example.interaction]
    tools = [example.options, example.tool_messages] if example.options or example.tool_messages else []
    return [*said, *tools, *([example.recorded] if example.recorded else [])]


def _json(value: object) -> str:
    return msgspec.json.encode(value).decode()
