"""Usage of every provider is priced as by hand."""

from datetime import UTC, datetime
from typing import Any

import pytest
from genai_prices import Usage as Counts
from genai_prices import calc_price
from hypothesis import given
from hypothesis import strategies as st

from upspiral.capture.config import CaptureSettings
from upspiral.capture.pricing.prices import PriceBook, TokenPrices
from upspiral.domain import Usage
from upspiral.wire.usage import read_usage

AT = datetime(2026, 1, 5, 12, tzinfo=UTC)

BOOK = PriceBook()


def openai_chat(read: int, wrote: int, cached: int = 0, thought: int = 0) -> dict[str, Any]:
    details = {"cached_tokens": cached}, {"reasoning_tokens": thought}
    return {
        "prompt_tokens": read,
        "completion_tokens": wrote,
        "prompt_tokens_details": details[0],
        "completion_tokens_details": details[1],
    }


def openai_responses(read: int, wrote: int, cached: int = 0, thought: int = 0) -> dict[str, Any]:
    return {
        "input_tokens": read,
        "output_tokens": wrote,
        "input_tokens_details": {"cached_tokens": cached},
        "output_tokens_details": {"reasoning_tokens": thought},
    }


def anthropic(beside: int, wrote: int, cached: int = 0, written: int = 0) -> dict[str, Any]:
    return {
        "input_tokens": beside,
        "output_tokens": wrote,
        "cache_read_input_tokens": cached,
        "cache_creation_input_tokens": written,
    }


def gemini(read: int, said: int, cached: int = 0, thought: int = 0) -> dict[str, Any]:
    return {
        "promptTokenCount": read,
        "candidatesTokenCount": said,
        "cachedContentTokenCount": cached,
        "thoughtsTokenCount": thought,
    }


def deepseek(hit: int, missed: int, wrote: int) -> dict[str, Any]:
    return {
        "prompt_tokens": hit + missed,
        "completion_tokens": wrote,
        "prompt_cache_hit_tokens": hit,
        "prompt_cache_miss_tokens": missed,
    }


M = 1e6

BODIES: list[tuple[str, str, dict[str, Any], float]] = [
    ("openai", "gpt-4o", openai_chat(1000, 100), (1000 * 2.5 + 100 * 10) / M),
    ("openai", "gpt-4o", openai_chat(1000, 100, 200), (800 * 2.5 + 200 * 1.25 + 100 * 10) / M),
    ("openai", "gpt-4o-mini", openai_chat(5000, 700), (5000 * 0.15 + 700 * 0.6) / M),
    ("openai", "gpt-4o-mini", openai_chat(5000, 700, 4096), (904 * 0.15 + 4096 * 0.075 + 700 * 0.6) / M),
    ("openai", "gpt-5", openai_responses(1000, 900, 0, 800), (1000 * 1.25 + 900 * 10) / M),
    ("openai", "gpt-5", openai_responses(3000, 50, 2304), (696 * 1.25 + 2304 * 0.125 + 50 * 10) / M),
    ("openai", "gpt-5-mini", openai_responses(1000, 100), (1000 * 0.25 + 100 * 2) / M),
    ("openai", "gpt-4.1", openai_chat(2000, 300, 1024), (976 * 2 + 1024 * 0.5 + 300 * 8) / M),
    ("openai", "gpt-4.1-mini", openai_chat(1000, 100), (1000 * 0.4 + 100 * 1.6) / M),
    ("openai", "gpt-4.1-nano", openai_responses(1000, 100), (1000 * 0.1 + 100 * 0.4) / M),
    ("openai", "o3-mini", openai_chat(1000, 900, 0, 800), (1000 * 1.1 + 900 * 4.4) / M),
    ("openai", "gpt-5-nano", openai_responses(1000, 100), (1000 * 0.05 + 100 * 0.4) / M),
    ("anthropic", "claude-opus-4-1", anthropic(1000, 100), (1000 * 15 + 100 * 75) / M),
    ("anthropic", "claude-opus-4-1", anthropic(0, 100, 1000), (1000 * 1.5 + 100 * 75) / M),
    ("anthropic", "claude-sonnet-4-5", anthropic(1000, 100), (1000 * 3 + 100 * 15) / M),
    ("anthropic", "claude-sonnet-4-5", anthropic(100, 10, 2000), (100 * 3 + 2000 * 0.3 + 10 * 15) / M),
    (
        "anthropic",
        "claude-sonnet-4-5",
        anthropic(100, 10, 2000, 500),
        (100 * 3 + 2000 * 0.3 + 500 * 3.75 + 10 * 15) / M,
    ),
    ("anthropic", "claude-3-5-haiku-20241022", anthropic(1000, 100), (1000 * 0.8 + 100 * 4) / M),
    ("anthropic", "claude-3-5-haiku-20241022", anthropic(10, 1, 900), (10 * 0.8 + 900 * 0.08 + 4) / M),
    ("anthropic", "claude-haiku-4-5", anthropic(1000, 100), (1000 * 1 + 100 * 5) / M),
    ("google", "gemini-2.5-flash", gemini(1000, 100), (1000 * 0.3 + 100 * 2.5) / M),
    ("google", "gemini-2.5-flash", gemini(1000, 100, 0, 400), (1000 * 0.3 + 500 * 2.5) / M),
    ("google", "gemini-2.5-flash-lite", gemini(1000, 100), (1000 * 0.1 + 100 * 0.4) / M),
    ("google", "gemini-2.5-pro", gemini(1000, 100), (1000 * 1.25 + 100 * 10) / M),
    ("google", "gemini-2.5-pro", gemini(300_000, 100), (300_000 * 2.5 + 100 * 15) / M),
    ("google", "gemini-2.0-flash", gemini(1000, 100), (1000 * 0.1 + 100 * 0.4) / M),
    ("mistral", "mistral-large-latest", openai_chat(1000, 100), (1000 * 2 + 100 * 6) / M),
    ("mistral", "mistral-small-latest", openai_chat(1000, 100), (1000 * 0.1 + 100 * 0.3) / M),
    ("mistral", "codestral-latest", openai_chat(1000, 100), (1000 * 0.3 + 100 * 0.9) / M),
    ("mistral", "ministral-8b-latest", openai_chat(1000, 100), (1000 * 0.15 + 100 * 0.15) / M),
    ("deepseek", "deepseek-chat", openai_chat(1000, 0), 1000 * 0.27 / M),
    ("deepseek", "deepseek-chat", deepseek(600, 400, 100), (400 * 0.27 + 600 * 0.07 + 100 * 1.1) / M),
    ("deepseek", "deepseek-reasoner", deepseek(0, 1000, 100), (1000 * 0.55 + 100 * 2.19) / M),
    ("x-ai", "grok-4", openai_chat(1000, 100), (1000 * 3 + 100 * 15) / M),
    ("x-ai", "grok-3", openai_chat(1000, 100), (1000 * 3 + 100 * 15) / M),
    ("x-ai", "grok-3-mini", openai_chat(1000, 100), (1000 * 0.3 + 100 * 0.5) / M),
    ("cohere", "command-r", openai_chat(1000, 100), (1000 * 0.15 + 100 * 0.6) / M),
    ("cohere", "command-r-plus", openai_chat(1000, 100), (1000 * 2.5 + 100 * 10) / M),
    ("groq", "llama-3.3-70b-versatile", openai_chat(1000, 100), (1000 * 0.59 + 100 * 0.79) / M),
    ("groq", "llama-3.1-8b-instant", openai_chat(1000, 100), (1000 * 0.05 + 100 * 0.08) / M),
]
"""Provider, model, its usage, and the price by hand; DeepSeek's is that of the hours 0:30 to 16:30 UTC."""


def _by_library(provider: str, model: str, usage: Usage) -> float:
    counts = Counts(
        input_tokens=usage.input_tokens,
        output_tokens=usage.output_tokens,
        cache_read_tokens=usage.cache_read_tokens,
        cache_write_tokens=usage.cache_write_tokens,
    )
    found = calc_price(counts, model, provider_id=provider, genai_request_timestamp=AT)
    return float(found.total_price)


@pytest.mark.parametrize(("provider", "model", "body", "expected"), BODIES)
def test_usage_of_every_provider_is_priced_as_by_hand(
    provider: str, model: str, body: dict[str, Any], expected: float
) -> None:
    usage = read_usage(body)
    assert usage is not None
    assert BOOK.price(usage, model, provider=provider, at=AT) == pytest.approx(expected, rel=1e-3)


COUNT = st.integers(0, 500_000)


@given(st.sampled_from(BODIES), COUNT, COUNT, COUNT, COUNT)
def test_the_quick_way_prices_as_the_library_does(
    body: tuple[str, str, Any, Any], plain: int, wrote: int, read: int, written: int
) -> None:
    provider, model = body[:2]
    usage = Usage(plain + read + written, wrote, cache_read_tokens=read, cache_write_tokens=written)
    found = BOOK.price(usage, model, provider=provider, at=AT)
    assert (found or 0.0) == pytest.approx(_by_library(provider, model, usage), rel=1e-6, abs=1e-12)


def test_what_nobody_publishes_is_unknown_and_never_guessed() -> None:
    usage = Usage(1000, 100)
    assert BOOK.price(usage, "my-model", at=AT) is None
    assert BOOK.price(usage, "gpt-4o", url="http://10.0.0.7:8000/v1", at=AT) is None
    assert BOOK.price(usage, "llama-3.3-70b-versatile", at=AT) is None  # several sell it, at several prices
    assert BOOK.price(Usage(), "gpt-4o", at=AT) is None
    assert BOOK.price(usage, "gpt-4o", url="https://api.openai.com/v1", at=AT) == pytest.approx(0.0035)
    assert BOOK.price(usage, "gpt-4o", provider="azure.ai.openai", at=AT) is not None


def test_ones_own_prices_come_first_and_serve_any_name() -> None:
    own = PriceBook(
        CaptureSettings(
            prices={"gpt-4o": TokenPrices(input=1, output=2), "mine": TokenPrices(input=1, cache_read=0)}
        ).prices
    )
    assert own.price(Usage(1_000_000, 500_000), "gpt-4o", at=AT) == 2.0
    assert own.price(Usage(1_000_000, 0, cache_read_tokens=400_000), "mine", at=AT) == 0.6
