"""What does a span say of a request besides its messages, and of what the answer took?"""

from collections.abc import Mapping
from typing import Any

from msgspec.structs import replace

from upspiral.capture.otlp.decode import Attributes
from upspiral.capture.otlp.values import amount, count
from upspiral.domain import RequestOptions, Usage
from upspiral.wire.options import read_options
from upspiral.wire.plain import as_list, parse
from upspiral.wire.usage import read_usage

REQUEST = "gen_ai.request."
SAMPLING = {
    "gen_ai.request.temperature": "temperature",
    "gen_ai.request.top_p": "top_p",
    "gen_ai.request.top_k": "top_k",
    "gen_ai.request.max_tokens": "max_tokens",
    "gen_ai.request.seed": "seed",
    "gen_ai.request.stop_sequences": "stop_sequences",
    "gen_ai.request.presence_penalty": "presence_penalty",
    "gen_ai.request.frequency_penalty": "frequency_penalty",
    "gen_ai.request.choice.count": "n",
}
"""Attributes of OpenTelemetry, and the fields of a request that they tell; they stay in the metadata, too."""


def read_request(found: Mapping[str, Any], attributes: Attributes) -> RequestOptions | None:
    """Read tools and sampling; None where the span tells none."""
    told = {SAMPLING[name]: attributes[name] for name in SAMPLING.keys() & attributes.keys()}
    if not told and "sampling" not in found and "tools" not in found:
        return None
    given = parse(found["sampling"]) if "sampling" in found else None
    body = {**(given if isinstance(given, Mapping) else {}), **told}
    tools = [parse(one) for one in as_list(parse(found["tools"]))] if "tools" in found else []
    return read_options({**body, **({"tools": tools} if tools else {})}, "") if body or tools else None


def read_counts(found: Mapping[str, Any]) -> Usage:
    """Read counts of tokens and the cost; what a cache gave is part of the input."""
    details = read_usage(parse(found["usage"])) if "usage" in found else None
    costs = parse(found["costs"]) if "costs" in found else None
    cost = amount(found["cost"]) if "cost" in found else None
    if cost is None and isinstance(costs, Mapping) and costs:
        cost = amount(costs.get("total")) or sum(map(amount, costs.values()))
    if details is not None and "input_tokens" not in found:
        return replace(details, cost=cost)
    return Usage(
        count(found.get("input_tokens")),
        count(found.get("output_tokens")),
        cost,
        cache_read_tokens=count(found.get("cache_read")),
        cache_write_tokens=count(found.get("cache_write")),
        reasoning_tokens=count(found.get("reasoning_tokens")),
    )
