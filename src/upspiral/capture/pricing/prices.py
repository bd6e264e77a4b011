"""What did an answer cost? From your own prices, else from the published ones; unknown stays unknown."""

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from functools import lru_cache
from typing import Any

from msgspec import Struct
from pydantic import BaseModel, Field

from upspiral.domain import Usage

MILLION = 1e6
MAKERS = frozenset(("openai", "anthropic", "google", "mistral", "cohere", "deepseek", "x-ai"))
"""Whose prices hold for a model's name where nobody says who served it: they make what they sell."""
PROVIDERS = {
    "aws.bedrock": "aws",
    "azure.ai.inference": "azure",
    "azure.ai.openai": "azure",
    "gcp.gemini": "google",
    "gcp.gen_ai": "google",
    "gcp.vertex_ai": "google",
    "mistral_ai": "mistral",
    "mistralai": "mistral",
    "vertexai": "google",
    "x_ai": "x-ai",
    "xai": "x-ai",
}
"""Names of providers in traces, and those of the published prices."""


class TokenPrices(BaseModel, frozen=True, extra="forbid"):
    """What a million tokens of a model cost, in your currency."""

    input: float = Field(ge=0, description="Of a million tokens that are read.")
    output: float = Field(0.0, ge=0, description="Of a million tokens that are written, reasoning included.")
    cache_read: float | None = Field(None, ge=0, description="Of those read from a cache; else as others.")
    cache_write: float | None = Field(None, ge=0, description="Of those put into a cache; else as others.")


class Rates(Struct, frozen=True):
    """What a million tokens of each kind cost."""

    input: float
    output: float
    cache_read: float
    cache_write: float

    def price(self, usage: Usage) -> float:
        """Price an answer; what a cache gave or took is part of the input.

        >>> Rates(2.5, 10.0, 1.25, 2.5).price(Usage(1000, 100, cache_read_tokens=200))
        0.00325
        """
        plain = max(0, usage.input_tokens - usage.cache_read_tokens - usage.cache_write_tokens)
        cached = usage.cache_read_tokens * self.cache_read + usage.cache_write_tokens * self.cache_write
        return (plain * self.input + cached + usage.output_tokens * self.output) / MILLION


class PriceBook(Struct, frozen=True):
    """Prices of models."""

    own: Mapping[str, TokenPrices] = {}
    """By the model's name, as the answer gives it; these come first."""

    def price(
        self, usage: Usage, model: str, *, provider: str = "", url: str = "", at: datetime
    ) -> float | None:
        """Price an answer; None where no price is known.

        Args:
            usage: What it consumed.
            model: The name under which the host answered.
            provider: Who served it, such as `openai`, where that is known.
            url: The address of the host, where that is known.
            at: When; published prices change.
        """
        if not (usage.input_tokens or usage.output_tokens) or not model:
            return None
        if mine := self.own.get(model):
            read = mine.input if mine.cache_read is None else mine.cache_read
            write = mine.input if mine.cache_write is None else mine.cache_write
            return Rates(mine.input, mine.output, read, write).price(usage)
        rates = _find_published(model, provider.lower(), url, at.date().isoformat())
        if rates is None:
            return None
        return rates.price(usage) if isinstance(rates, Rates) else _price_slowly(rates, usage)


@lru_cache(maxsize=4096)
def _find_published(model: str, provider: str, url: str, day: str) -> Any:
    """Look a model's published prices up: Rates, or what knows of tiers; None where nothing is known."""
    import genai_prices

    at = datetime.fromisoformat(f"{day}T12:00:00+00:00")
    one = genai_prices.Usage(input_tokens=1)
    try:
        if url:
            found = genai_prices.calc_price(one, model, provider_api_url=url, genai_request_timestamp=at)
        else:
            whose = PROVIDERS.get(provider, provider) or None
            found = genai_prices.calc_price(one, model, provider_id=whose, genai_request_timestamp=at)
    except LookupError:
        return None
    if not (provider or url) and found.provider.id not in MAKERS:
        return None  # another's price for a model of the same name would be a guess
    price = found.model_price
    fields = (price.input_mtok, price.output_mtok, price.cache_read_mtok, price.cache_write_mtok)
    plain = [float(one) if isinstance(one, Decimal) else None for one in fields]
    if any(flat is None and one is not None for flat, one in zip(plain, fields, strict=True)):
        return price  # it has tiers
    first, output, read, write = plain
    if first is None:
        return None
    return Rates(first, output or 0.0, first if read is None else read, first if write is None else write)


def _price_slowly(price: Any, usage: Usage) -> float:
    import genai_prices

    counts = genai_prices.Usage(
        input_tokens=usage.input_tokens,
        output_tokens=usage.output_tokens,
        cache_read_tokens=usage.cache_read_tokens,
        cache_write_tokens=usage.cache_write_tokens,
    )
    return float(price.calc_price(counts)["total_price"])
