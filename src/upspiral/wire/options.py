"""What does a request say besides its messages? Tools, the form of the answer, sampling (pure)."""

from collections.abc import Callable, Mapping
from typing import Any

from upspiral.domain.interaction import RequestOptions, ToolDefinition
from upspiral.wire.plain import as_list, omit, text_or_none

SAMPLING = frozenset(
    (
        *("temperature", "top_p", "top_k", "max_tokens", "max_completion_tokens", "max_output_tokens", "n"),
        *("seed", "stop", "stop_sequences", "presence_penalty", "frequency_penalty", "logit_bias"),
        *("logprobs", "top_logprobs", "reasoning_effort", "reasoning", "thinking", "verbosity"),
        *("parallel_tool_calls", "truncation"),
    )
)
"""Fields that say how an answer is drawn."""
UNKEPT = frozenset(
    (
        *("model", "messages", "input", "instructions", "system", "stream", "stream_options"),
        *("metadata", "user", "tools", "tool_choice", "response_format"),
    )
)
"""Fields that stand elsewhere in a record, or say nothing of what was asked."""
MESSAGES_ALONE = frozenset(("model", "messages", "input", "stream"))
"""Fields of a request that holds nothing but messages: nearly all of them."""
_SCHEMAS = ("parameters", "input_schema", "inputSchema", "parametersJsonSchema", "parameters_json_schema")
"""Where a tool's parameters are described: OpenAI, Anthropic, MCP and the Vercel AI SDK, Gemini."""
_TOOL = frozenset(("type", "function", "name", "description", *_SCHEMAS))
_FUNCTION = frozenset(("name", "description", "parameters"))


def read_options(body: Mapping[str, Any], api: str) -> RequestOptions | None:
    """Read the rest of a request; None where it holds nothing but messages.

    Args:
        body: The request.
        api: `chat`, `responses` or `messages`.

    >>> read_options({"model": "m", "messages": [], "temperature": 0}, "chat").sampling
    {'temperature': 0}
    """
    if body.keys() <= MESSAGES_ALONE:
        return None
    extra = {k: v for k, v in body.items() if k not in UNKEPT and k not in SAMPLING and v is not None}
    tools = tuple(read_tool(one) for one in as_list(body.get("tools")) if isinstance(one, Mapping))
    sampling = {k: v for k, v in body.items() if k in SAMPLING and v is not None}
    form, choice = body.get("response_format"), body.get("tool_choice")
    if not (tools or sampling or extra or form or choice):
        return None
    return RequestOptions(
        api=api,
        tools=tools,
        tool_choice=choice,
        response_format=form,
        sampling=sampling,
        extra=extra or None,
    )


def write_shared(
    options: RequestOptions | None, write_tool: Callable[[ToolDefinition], dict[str, Any]]
) -> dict[str, Any]:
    """Write what every API calls by the same names: sampling, tools and the choice among them.

    >>> write_shared(RequestOptions(sampling={"temperature": 0}, tool_choice="auto"), lambda tool: {})
    {'temperature': 0, 'tool_choice': 'auto'}
    """
    if options is None:
        return {}
    body: dict[str, Any] = {**options.sampling, **(options.extra or {})}
    if options.tools:
        body["tools"] = [write_tool(tool) for tool in options.tools]
    if options.tool_choice is not None:
        body["tool_choice"] = options.tool_choice
    return body


def read_tool(given: Mapping[str, Any]) -> ToolDefinition:
    """Read the definition of a tool, in any API's shape.

    >>> read_tool({"type": "function", "function": {"name": "f", "parameters": {"type": "object"}}})
    ToolDefinition(name='f', parameters={'type': 'object'})
    >>> read_tool({"name": "f", "input_schema": {"type": "object"}}).parameters
    {'type': 'object'}
    """
    inner = given.get("function")
    body: Mapping[str, Any] = inner if isinstance(inner, Mapping) else given
    schema = next((body[n] for n in _SCHEMAS if isinstance(body.get(n), dict)), None)
    kind = given.get("type")
    own = omit(given, _TOOL) or {}
    if body is not given:
        own |= {f"function.{k}": v for k, v in (omit(body, _FUNCTION) or {}).items()}
    return ToolDefinition(
        name=text_or_none(body.get("name")) or "",
        description=str(body.get("description") or ""),
        parameters=schema,
        kind="function" if kind in (None, "custom") and schema is not None else str(kind or "function"),
        extra=own or None,
    )
