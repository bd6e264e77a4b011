"""What do senders call our fields? A table of attributes with versions, and the names of events."""

import re
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from msgspec import Struct

from upspiral.capture.otlp.decode import Attributes
from upspiral.domain.span import SpanKind

CACHED_KEYS = 64
"""Spans with more attributes than this are planned again each time, so that the cache stays small."""


class Name(Struct, frozen=True):
    """One attribute's name, and what it means to us."""

    name: str
    field: str
    since: str
    """The convention and the first release that had it (for OpenTelemetry 1.27: or an earlier one)."""
    until: str = ""
    """The release that gave it up; empty while it is current."""


NAMES = (
    Name("gen_ai.operation.name", "operation", "OpenTelemetry 1.27"),
    Name("llm.request.type", "operation", "OpenLLMetry"),
    Name("openinference.span.kind", "kind", "OpenInference 0.1"),
    Name("traceloop.span.kind", "kind", "OpenLLMetry"),
    Name("langfuse.observation.type", "kind", "Langfuse 5"),
    Name("ai.operationId", "kind", "AI SDK 5"),
    Name("mlflow.spanType", "kind", "MLflow 3"),
    Name("gen_ai.response.model", "model", "OpenTelemetry 1.27"),
    Name("llm.response.model_name", "model", "OpenInference 0.1"),
    Name("langfuse.observation.model.name", "model", "Langfuse 5"),
    Name("ai.response.model", "model", "AI SDK 5"),
    Name("mlflow.llm.model", "model", "MLflow 3"),
    Name("gen_ai.request.model", "wanted_model", "OpenTelemetry 1.27"),
    Name("ai.model.id", "wanted_model", "AI SDK 5"),
    Name("llm.model_name", "wanted_model", "OpenInference 0.1"),
    Name("llm.request.model_name", "wanted_model", "OpenInference 0.1"),
    Name("gen_ai.provider.name", "provider", "OpenTelemetry 1.37"),
    Name("gen_ai.system", "provider", "OpenTelemetry 1.27", "1.37"),
    Name("llm.provider", "provider", "OpenInference 0.1"),
    Name("llm.system", "provider", "OpenInference 0.1"),
    Name("mlflow.llm.provider", "provider", "MLflow 3"),
    Name("gen_ai.usage.input_tokens", "input_tokens", "OpenTelemetry 1.27"),
    Name("gen_ai.usage.prompt_tokens", "input_tokens", "OpenTelemetry 1.27", "1.27"),
    Name("llm.token_count.prompt", "input_tokens", "OpenInference 0.1"),
    Name("gen_ai.usage.output_tokens", "output_tokens", "OpenTelemetry 1.27"),
    Name("gen_ai.usage.completion_tokens", "output_tokens", "OpenTelemetry 1.27", "1.27"),
    Name("llm.token_count.completion", "output_tokens", "OpenInference 0.1"),
    Name("ai.usage.promptTokens", "input_tokens", "AI SDK 5"),
    Name("ai.usage.inputTokens", "input_tokens", "AI SDK 5"),
    Name("ai.usage.completionTokens", "output_tokens", "AI SDK 5"),
    Name("ai.usage.outputTokens", "output_tokens", "AI SDK 5"),
    Name("langfuse.observation.usage_details", "usage", "Langfuse 5"),
    Name("mlflow.chat.tokenUsage", "usage", "MLflow 3"),
    Name("langsmith.metadata.usage_metadata", "usage", "LangSmith 0.4"),
    Name("gen_ai.usage.cache_read.input_tokens", "cache_read", "OpenTelemetry 1.40"),
    Name("llm.token_count.prompt_details.cache_read", "cache_read", "OpenInference 0.1"),
    Name("ai.usage.inputTokenDetails.cacheReadTokens", "cache_read", "AI SDK 6"),
    Name("ai.usage.cachedInputTokens", "cache_read", "AI SDK 5"),
    Name("gen_ai.usage.cache_creation.input_tokens", "cache_write", "OpenTelemetry 1.40"),
    Name("llm.token_count.prompt_details.cache_write", "cache_write", "OpenInference 0.1"),
    Name("gen_ai.usage.cache_write.input_tokens", "cache_write", "Anthropic SDK 2"),
    Name("ai.usage.inputTokenDetails.cacheWriteTokens", "cache_write", "AI SDK 6"),
    Name("gen_ai.usage.reasoning.output_tokens", "reasoning_tokens", "OpenTelemetry 1.40"),
    Name("llm.token_count.completion_details.reasoning", "reasoning_tokens", "OpenInference 0.1"),
    Name("ai.usage.outputTokenDetails.reasoningTokens", "reasoning_tokens", "AI SDK 6"),
    Name("ai.usage.reasoningTokens", "reasoning_tokens", "AI SDK 5"),
    Name("langfuse.observation.cost_details", "costs", "Langfuse 5"),
    Name("mlflow.llm.cost", "costs", "MLflow 3"),
    Name("gen_ai.usage.cost", "cost", "OpenLLMetry"),
    Name("llm.cost.total", "cost", "OpenInference 0.1"),
    Name("gen_ai.input.messages", "input", "OpenTelemetry 1.37"),
    Name("langfuse.observation.input", "input", "Langfuse 5"),
    Name("ai.prompt.messages", "input", "AI SDK 5"),
    Name("gen_ai.output.messages", "output", "OpenTelemetry 1.37"),
    Name("langfuse.observation.output", "output", "Langfuse 5"),
    Name("gen_ai.system_instructions", "system", "OpenTelemetry 1.37"),
    Name("gen_ai.prompt", "input_text", "OpenTelemetry 1.27", "1.28"),
    Name("ai.prompt", "input_text", "AI SDK 5"),
    Name("input.value", "input_text", "OpenInference 0.1"),
    Name("traceloop.entity.input", "input_text", "OpenLLMetry"),
    Name("mlflow.spanInputs", "input_text", "MLflow 3"),
    Name("gen_ai.completion", "output_text", "OpenTelemetry 1.27", "1.28"),
    Name("ai.response.text", "output_text", "AI SDK 5"),
    Name("ai.response.object", "output_text", "AI SDK 5"),
    Name("ai.response.toolCalls", "output_calls", "AI SDK 5"),
    Name("gen_ai.tool.definitions", "tools", "OpenTelemetry 1.38"),
    Name("ai.prompt.tools", "tools", "AI SDK 5"),
    Name("mlflow.chat.tools", "tools", "MLflow 3"),
    Name("ai.prompt.toolChoice", "tool_choice", "AI SDK 5"),
    Name("llm.invocation_parameters", "sampling", "OpenInference 0.1"),
    Name("langfuse.observation.model.parameters", "sampling", "Langfuse 5"),
    Name("output.value", "output_text", "OpenInference 0.1"),
    Name("traceloop.entity.output", "output_text", "OpenLLMetry"),
    Name("mlflow.spanOutputs", "output_text", "MLflow 3"),
    Name("input.mime_type", "shape", "OpenInference 0.1"),
    Name("output.mime_type", "shape", "OpenInference 0.1"),
    Name("gen_ai.conversation.id", "conversation", "OpenTelemetry 1.34"),
    Name("session.id", "conversation", "OpenInference 0.1"),
    Name("langfuse.session.id", "conversation", "Langfuse 5"),
    Name("langsmith.metadata.session_id", "conversation", "LangSmith 0.4"),
    Name("langsmith.metadata.thread_id", "conversation", "LangSmith 0.4"),
    Name("langsmith.trace.session_id", "conversation", "LangSmith 0.4"),
    Name("ai.telemetry.metadata.sessionId", "conversation", "AI SDK 5"),
    Name("traceloop.association.properties.session_id", "conversation", "OpenLLMetry"),
    Name("traceloop.association.properties.thread_id", "conversation", "OpenLLMetry"),
    Name("enduser.id", "end_user", "OpenTelemetry 1.27"),
    Name("user.id", "end_user", "OpenInference 0.1"),
    Name("traceloop.association.properties.user_id", "end_user", "OpenLLMetry"),
    Name("gen_ai.user", "end_user", "OpenLLMetry"),
    Name("llm.user", "end_user", "OpenLLMetry"),
    Name("langfuse.user.id", "end_user", "Langfuse 5"),
    Name("langsmith.metadata.user_id", "end_user", "LangSmith 0.4"),
    Name("ai.telemetry.metadata.userId", "end_user", "AI SDK 5"),
    Name("gen_ai.agent.name", "agent", "OpenTelemetry 1.31"),
    Name("upspiral.agent", "agent", "Upspiral 0.2"),
    Name("agent.name", "agent", "OpenInference 0.1"),
    Name("langfuse.trace.name", "agent", "Langfuse 5"),
    Name("langsmith.trace.name", "run_name", "LangSmith 0.4"),
    Name("ai.telemetry.functionId", "agent", "AI SDK 5"),
    Name("upspiral.task", "task", "Upspiral 0.2"),
    Name("gen_ai.workflow.name", "task", "OpenTelemetry 1.41"),
    Name("traceloop.workflow.name", "task", "OpenLLMetry"),
    Name("upspiral.recommendation.type", "recommendation", "Upspiral 0.2"),
    Name("upspiral.recommendation.confidence", "confidence", "Upspiral 0.2"),
    Name("upspiral.trainable", "trainable", "Upspiral 0.2"),
    Name("gen_ai.response.id", "response_id", "OpenTelemetry 1.27"),
    Name("ai.response.id", "response_id", "AI SDK 5"),
    Name("error.type", "error_type", "OpenTelemetry 1.27"),
    Name("gen_ai.tool.name", "tool_name", "OpenTelemetry 1.31"),
    Name("tool.name", "tool_name", "OpenInference 0.1"),
    Name("ai.toolCall.name", "tool_name", "AI SDK 5"),
    Name("tool_call.function.name", "tool_name", "OpenInference 0.1"),
    Name("gen_ai.tool.call.id", "call_id", "OpenTelemetry 1.31"),
    Name("tool_call.id", "call_id", "OpenInference 0.1"),
    Name("tool.id", "call_id", "OpenInference 0.1"),
    Name("ai.toolCall.id", "call_id", "AI SDK 5"),
    Name("gen_ai.tool.call.arguments", "tool_arguments", "OpenTelemetry 1.38"),
    Name("tool_call.function.arguments", "tool_arguments", "OpenInference 0.1"),
    Name("tool.parameters", "tool_arguments", "OpenInference 0.1"),
    Name("ai.toolCall.args", "tool_arguments", "AI SDK 5"),
    Name("gen_ai.tool.call.result", "tool_result", "OpenTelemetry 1.38"),
    Name("ai.toolCall.result", "tool_result", "AI SDK 5"),
    Name("metadata", "metadata", "OpenInference 0.1"),
)
"""The earlier name wins where a span has several for one field."""

INDEXED_ATTRIBUTES = (
    Name("llm.input_messages", "input", "OpenInference 0.1"),
    Name("llm.output_messages", "output", "OpenInference 0.1"),
    Name("gen_ai.prompt", "input", "OpenLLMetry"),
    Name("gen_ai.completion", "output", "OpenLLMetry"),
    Name("llm.tools", "tools", "OpenInference 0.1"),
    Name("llm.request.functions", "tools", "OpenLLMetry"),
)
"""Names that go on with ``.N.`` and a part of message or tool N."""

MODEL_CALLS = frozenset(
    (
        *("chat", "text_completion", "generate_content", "completion", "llm", "generation", "chat_model"),
        *("ai.generatetext.dogenerate", "ai.streamtext.dostream"),
        *("ai.generateobject.dogenerate", "ai.streamobject.dostream"),
    )
)
"""Operations and kinds, in lower case, that mean a model answered."""

KINDS: Mapping[str, SpanKind] = {
    "invoke_agent": SpanKind.AGENT,
    "create_agent": SpanKind.AGENT,
    "agent": SpanKind.AGENT,
    "execute_tool": SpanKind.TOOL,
    "tool": SpanKind.TOOL,
    "invoke_workflow": SpanKind.CHAIN,
    "workflow": SpanKind.CHAIN,
    "span": SpanKind.CHAIN,
    "event": SpanKind.OTHER,
    "ai.generatetext": SpanKind.CHAIN,
    "ai.streamtext": SpanKind.CHAIN,
    "ai.generateobject": SpanKind.CHAIN,
    "ai.streamobject": SpanKind.CHAIN,
    "ai.toolcall": SpanKind.TOOL,
    "ai.embed": SpanKind.EMBEDDING,
    "ai.embed.doembed": SpanKind.EMBEDDING,
    "task": SpanKind.CHAIN,
    "chain": SpanKind.CHAIN,
    "retrieval": SpanKind.RETRIEVER,
    "retriever": SpanKind.RETRIEVER,
    "embeddings": SpanKind.EMBEDDING,
    "embedding": SpanKind.EMBEDDING,
    "rerank": SpanKind.RERANKER,
    "reranker": SpanKind.RERANKER,
    "guardrail": SpanKind.GUARDRAIL,
    "evaluator": SpanKind.EVALUATOR,
}
"""Operations and kinds, in lower case, of spans that are no model call."""

MESSAGE_EVENTS = {
    "gen_ai.system.message": "system",
    "gen_ai.user.message": "user",
    "gen_ai.assistant.message": "assistant",
    "gen_ai.tool.message": "tool",
}
"""Events that carry one message of the request, up to OpenTelemetry 1.36."""

DETAILS = frozenset(
    ("gen_ai.client.inference.operation.details", "gen_ai.content.prompt", "gen_ai.content.completion")
)
"""Events whose attributes might as well stand on the span."""

CHOICE, EVALUATION, EXCEPTION = "gen_ai.choice", "gen_ai.evaluation.result", "exception"
READ_ATTRIBUTES = DETAILS | MESSAGE_EVENTS.keys() | {CHOICE, EVALUATION, EXCEPTION}

ENCODED = "mlflow.spanType"
"""A span that has this attribute is MLflow's, which writes every value as JSON, texts too."""

_RANKS = {row.name: (rank, row.field) for rank, row in reversed(list(enumerate(NAMES)))}
_SIDES = {row.name: row.field for row in INDEXED_ATTRIBUTES}
_NUMBERED = re.compile(
    rf"({'|'.join(re.escape(n) for n in _SIDES)})\.(\d{{1,4}})\.(?:message\.)?(.+)", re.DOTALL
)


class Plan(Struct, frozen=True):
    """How spans with these attribute names are read."""

    fields: tuple[tuple[str, str], ...]
    """Field and name, the name that wins last."""
    rest: tuple[str, ...]
    """Names that mean nothing to us."""
    indexed: tuple[tuple[str, int, str, str], ...]
    """Side (input, output or tools), number of the message or tool, part of it, name."""


def plan(keys: tuple[str, ...]) -> Plan:
    """Look all names up in the table; instruments use the same few sets of names, so plans are kept.

    >>> plan(("gen_ai.system", "gen_ai.provider.name", "colour")).fields
    (('provider', 'gen_ai.system'), ('provider', 'gen_ai.provider.name'))
    """
    return _cached(keys) if len(keys) <= CACHED_KEYS else _plan(keys)


def _plan(keys: tuple[str, ...]) -> Plan:
    known = sorted((k for k in keys if k in _RANKS), key=lambda k: _RANKS[k], reverse=True)
    numbered = {k: m for k in keys if k not in _RANKS and (m := _NUMBERED.fullmatch(k))}
    return Plan(
        fields=tuple((_RANKS[k][1], k) for k in known),
        rest=tuple(k for k in keys if k not in _RANKS and k not in numbered),
        indexed=tuple((_SIDES[m[1]], int(m[2]), m[3], k) for k, m in numbered.items()),
    )


_cached = lru_cache(maxsize=256)(_plan)


def read(attributes: Attributes, steps: Plan) -> dict[str, Any]:
    """Give the values by our fields; empty ones are as good as absent."""
    found: dict[str, Any] = {}
    for field, name in steps.fields:
        value = attributes[name]
        if value is not None and value != "":
            found[field] = value
    return found
