"""How many tokens did an answer take, in the words of any API? (pure)."""

import math
from collections.abc import Mapping
from functools import cache
from typing import Any

from upspiral.domain import Usage

MAX_COUNT = 2**31 - 1
"""Largest number of tokens that is kept."""
_CHAT = frozenset(("prompt_tokens", "completion_tokens", "total_tokens"))
_INPUT = (
    "input_tokens",
    "prompt_tokens",
    "promptTokenCount",
    "inputTokens",
    "promptTokens",
    "input",
    "prompt",
)
_OUTPUT = (
    *("output_tokens", "completion_tokens", "candidatesTokenCount", "outputTokens", "completionTokens"),
    "completion",
)
_CACHE_READ = (
    *("prompt_tokens_details.cached_tokens", "input_tokens_details.cached_tokens", "cachedContentTokenCount"),
    *("prompt_cache_hit_tokens", "cached_tokens", "cachedInputTokens", "input_cached_tokens"),
    *("input_cache_read", "inputTokenDetails.cacheReadTokens", "input_token_details.cache_read"),
)
_CACHE_WRITE = ("input_token_details.cache_creation",)
_REASONING = (
    *("completion_tokens_details.reasoning_tokens", "output_tokens_details.reasoning_tokens"),
    *("thoughtsTokenCount", "reasoningTokens", "output_reasoning_tokens", "reasoning_tokens"),
    "output_token_details.reasoning",
)
_BESIDE_READ = ("cache_read_input_tokens", "cacheReadInputTokens")
_BESIDE_WRITE = ("cache_creation_input_tokens", "cacheWriteInputTokens")
"""Anthropic and Bedrock count what a cache gave or took beside the input, all others within it.

MLflow writes Anthropic's names for a count within; its total, the sum of input and output, tells."""


def read_usage(given: Any) -> Usage | None:
    """Read counts of tokens; the input includes what came from a cache or was put into one.

    >>> details = {"cached_tokens": 20}
    >>> read = read_usage({"prompt_tokens": 30, "completion_tokens": 5, "prompt_tokens_details": details})
    >>> read.input_tokens, read.output_tokens, read.cache_read_tokens
    (30, 5, 20)
    >>> read_usage({"input_tokens": 10, "output_tokens": 5, "cache_read_input_tokens": 20}).input_tokens
    30
    """
    if not isinstance(given, Mapping):
        return None
    if given.keys() <= _CHAT:  # as most chats count
        return Usage(read_count(given.get("prompt_tokens")), read_count(given.get("completion_tokens")))
    if "input" in given or "output" in given:
        return _read_categories(given)
    read, write = _find(given, _BESIDE_READ), _find(given, _BESIDE_WRITE)
    within = "total_tokens" in given and _find(given, ("total_tokens",)) == _find(given, _INPUT) + _find(
        given, _OUTPUT
    )
    beside = 0 if within else read + write
    return Usage(
        min(_find(given, _INPUT) + beside, MAX_COUNT),
        _find(given, _OUTPUT) + (_find(given, ("thoughtsTokenCount",))),
        cache_read_tokens=read or _find(given, _CACHE_READ),
        cache_write_tokens=write or _find(given, _CACHE_WRITE),
        reasoning_tokens=_find(given, _REASONING),
    )


def _read_categories(given: Mapping[str, Any]) -> Usage:
    """Read Langfuse's counts, of which each category is beside the others: `input`, `input_cached_tokens`.

    >>> _read_categories({"input": 3, "input_cached_tokens": 90, "output": 2}).input_tokens
    93
    """
    counts = {str(name): read_count(value) for name, value in given.items()}
    sides = {
        side: min(
            sum(n for name, n in counts.items() if name == side or name.startswith(f"{side}_")), MAX_COUNT
        )
        for side in ("input", "output")
    }
    cached = sum(n for name, n in counts.items() if name.startswith("input_cache") and "creation" not in name)
    written = sum(n for name, n in counts.items() if name.startswith("input_cache_creation"))
    thought = sum(n for name, n in counts.items() if name.startswith("output_reasoning"))
    return Usage(
        min(sides["input"], MAX_COUNT),
        min(sides["output"], MAX_COUNT),
        cache_read_tokens=cached,
        cache_write_tokens=written,
        reasoning_tokens=thought,
    )


def _find(given: Mapping[str, Any], names: tuple[str, ...]) -> int:
    paths, outer_names = _paths(names)
    if outer_names.isdisjoint(given):  # most counts are not there
        return 0
    for name, outer, inner in paths:
        if name in given:
            value = given[name]
        else:
            held = given.get(outer) if inner else None
            value = held.get(inner) if isinstance(held, Mapping) else None
        if value is not None and (found := read_count(value)):
            return found
    return 0


@cache
def _paths(names: tuple[str, ...]) -> tuple[list[tuple[str, str, str]], frozenset[str]]:
    """Part names at their dot, once: each with its outer and inner one; and all that may stand outside."""
    parted = [(name, *name.partition(".")[::2]) for name in names]
    return parted, frozenset((*names, *(outer for _, outer, _ in parted)))


def read_count(value: Any) -> int:
    """Read a whole number from 0 to 2,147,483,647; whatever else it is counts as 0, or as the most.

    >>> read_count("12"), read_count(12.0), read_count(-1), read_count(10**12), read_count(None)
    (12, 12, 0, 2147483647, 0)
    """
    if type(value) is int and 0 <= value <= MAX_COUNT:
        return value
    try:
        number = float(value) if isinstance(value, int | float | str) else 0.0
    except (ValueError, OverflowError):
        return 0
    return min(int(number), MAX_COUNT) if math.isfinite(number) and number > 0 else 0
