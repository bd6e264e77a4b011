"""What can one call take at most? Counted without a tokenizer: a token is at least one byte (pure)."""

from typing import Any

import msgspec

from upspiral.domain import Usage
from upspiral.providers.base import ChatRequest, Completion

MESSAGE_TOKENS = 16
"""What a chat template puts around a message, or a provider around a request."""
FILE_TOKENS = 4_000
"""A picture, a recording or a document; its provider alone knows exactly."""
DEFAULT_OUTPUT_TOKENS = 4_096
"""Longest answer that is reckoned with where the request sets no limit."""
OUTPUT_LIMITS = ("max_tokens", "max_completion_tokens", "max_output_tokens")
"""Settings of a request that limit its answer."""


def bound_usage(request: ChatRequest) -> Usage:
    """Say what a request can take at most: the tokens of its text, and of the longest answer.

    >>> from upspiral.domain import Message
    >>> bound_usage(ChatRequest((Message("user", "Where is it?"),), max_tokens=100)).input_tokens
    51
    """
    options = request.options
    said = options.get("messages") or [msgspec.to_builtins(one) for one in request.messages]
    others = {name: value for name, value in options.items() if name not in ("messages", *OUTPUT_LIMITS)}
    limits = [request.max_tokens, *(options.get(name) for name in OUTPUT_LIMITS)]
    given = [int(limit) for limit in limits if isinstance(limit, int | float) and limit > 0]
    answers = options.get("n")
    count = answers if isinstance(answers, int) and answers > 1 else 1
    return Usage(
        input_tokens=MESSAGE_TOKENS * (1 + len(said)) + _count(said) + _count(others),
        output_tokens=count * max(given, default=DEFAULT_OUTPUT_TOKENS),
    )


def bound_answer(request: ChatRequest, completion: Completion) -> Usage:
    """Say what an answered call took at most, where its provider does not say."""
    asked, calls = bound_usage(request), msgspec.to_builtins(completion.tool_calls)
    written = _count([completion.answer, completion.thoughts, calls])
    return Usage(input_tokens=asked.input_tokens, output_tokens=min(written, asked.output_tokens))


def _count(value: Any) -> int:
    """Count the bytes of all texts in a value; a file counts as what files usually take."""
    if isinstance(value, str):
        return FILE_TOKENS if value.startswith("data:") else len(value.encode(errors="replace"))
    if isinstance(value, dict):
        if value.get("type") == "file":
            return FILE_TOKENS
        return sum(_count(name) + _count(one) for name, one in value.items() if name != "role")
    if isinstance(value, list | tuple):
        return sum(_count(one) for one in value)
    return 0 if value is None else len(str(value))
