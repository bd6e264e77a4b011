"""What does a span say of a request besides its messages, and of what the answer took?"""

from collections.abc import Mapping
from typing import Any

from msgspec.structs import replace

from upspiral.capture.otlp.steps import SpanStep
from upspiral.capture.otlp.values import amount, count
from upspiral.domain import RequestOptions, Usage
from upspiral.wire.options import SAMPLING as SAMPLING_FIELDS
from upspiral.wire.options import read_options, read_tool
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
    "langsmith.metadata.ls_temperature": "temperature",
    "langsmith.metadata.ls_max_tokens": "max_tokens",
}
"""Attributes of OpenTelemetry, and the fields of a request that they tell; they stay in the metadata, too."""


ASKED = ("tools", "tool_choice", "response_format", "parallel_tool_calls")
"""Fields of a request that some senders leave beside its messages, in one object of JSON."""
SCHEMA = "tool.json_schema"
NO_FIELDS = frozenset(("base_url", "api_key", "model_impl", "model_name", "_type", "user"))
"""What senders put among the parameters of a request, and is none, or has a place of its own."""
NO_VALUES = ("Infinity", "-Infinity", "NaN", "NOT_GIVEN", "None", "")
"""What senders write where an application has set nothing."""


def read_request(step: SpanStep) -> RequestOptions | None:
    """Read tools, sampling and the like; None where the span tells none."""
    found, attributes = step.found, step.raw.attributes
    told = {SAMPLING[name]: _number(attributes[name]) for name in step.plan.rest if name in SAMPLING}
    given = parse(found["sampling"]) if "sampling" in found else None
    body = {**_read_object(found), **(given if isinstance(given, Mapping) else {}), **told}
    if not (body or step.plan.indexed or "tools" in found or "tool_choice" in found):
        return None  # as nearly always
    if "tool_choice" in found:
        body["tool_choice"] = parse(found["tool_choice"])
    tools = [parse(one) for one in as_list(parse(found["tools"]))] if "tools" in found else []
    gathered = _gather_tools(step)
    if gathered or tools:
        body["tools"] = max(tools, gathered, key=_count_schemas) if gathered and tools else gathered or tools
    body = {name: value for name, value in body.items() if _is_said(name, value)}
    return read_options(body, "") if body else None


def read_model(found: Mapping[str, Any]) -> str:
    """Give the model that a request names, for spans that name none beside it."""
    for name in ("sampling", "input_text"):
        given = parse(found.get(name))
        if isinstance(given, Mapping) and isinstance(model := given.get("model"), str):
            return model
    return ""


def _count_schemas(tools: list[Any]) -> tuple[int, int]:
    """Count the tools whose parameters are described, and all: some senders name a tool and no more."""
    read = [read_tool(one) for one in tools if isinstance(one, Mapping)]
    return sum(one.parameters is not None for one in read), len(read)


def _is_said(name: str, value: Any) -> bool:
    return value is not None and name not in NO_FIELDS and not (isinstance(value, str) and value in NO_VALUES)


def _number(value: Any) -> Any:
    """Read a number that stands as text; anything else stays.

    >>> _number("0.5"), _number("12"), _number("auto")
    (0.5, 12, 'auto')
    """
    try:
        number = float(value) if isinstance(value, str) else value
    except ValueError:
        return value
    return (
        int(number)
        if isinstance(number, float) and isinstance(value, str) and number.is_integer()
        else number
    )


def _read_object(found: Mapping[str, Any]) -> dict[str, Any]:
    """Read what stands beside the messages, where they are in an object; looked into only where it may be."""
    told = found.get("input", found.get("input_text"))
    if isinstance(told, str) and told.lstrip()[:1] == "{" and any(f'"{name}"' in told for name in ASKED):
        told = parse(told)
    if not isinstance(told, Mapping):
        return {}
    names = ASKED if "sampling" in found or "messages" not in told else (*ASKED, *SAMPLING_FIELDS)
    return {name: told[name] for name in names if told.get(name) is not None}


def _gather_tools(step: SpanStep) -> list[Any]:
    """Gather the tools whose parts are attributes of their own."""
    gathered: dict[int, dict[str, Any]] = {}
    for side, number, part, name in step.plan.indexed:
        if side == "tools":
            gathered.setdefault(number, {})[part] = parse(step.raw.attributes[name])
    return [one.get(SCHEMA, {"type": "function", "function": one}) for _, one in sorted(gathered.items())]


def read_counts(found: Mapping[str, Any]) -> Usage:
    """Read counts of tokens and the cost; what a cache gave is part of the input."""
    details = read_usage(parse(found["usage"])) if "usage" in found else None
    costs = parse(found["costs"]) if "costs" in found else None
    cost = amount(found["cost"]) if "cost" in found else None
    if cost is None and isinstance(costs, Mapping) and costs:
        total = amount(costs.get("total")) or amount(costs.get("total_cost"))
        cost = total or sum(map(amount, costs.values()))
    if details is not None and "input_tokens" not in found:
        return replace(details, cost=cost)
    more = details or Usage()
    return Usage(
        count(found.get("input_tokens")),
        count(found.get("output_tokens")) or more.output_tokens,
        cost,
        cache_read_tokens=count(found.get("cache_read")) or more.cache_read_tokens,
        cache_write_tokens=count(found.get("cache_write")) or more.cache_write_tokens,
        reasoning_tokens=count(found.get("reasoning_tokens")) or more.reasoning_tokens,
    )
