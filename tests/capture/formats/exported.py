"""Rows as each tool exports them, and reading them."""

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from tests.conftest import START

from upspiral.capture.formats import BadLine, Imported, Remark, RowImporter, rows
from upspiral.capture.formats.reading import read_rows
from upspiral.domain import Interaction
from upspiral.domain.ids import DEFAULT_WORKSPACE
from upspiral.plugin_kinds import IMPORTER

Found = Imported | Remark | BadLine

ASK = [{"role": "system", "content": "Be brief."}, {"role": "user", "content": "Where is it?"}]

CALL = {"id": "c1", "type": "function", "function": {"name": "search", "arguments": '{"q": "it"}'}}

STORED: dict[str, Any] = {
    "object": "chat.completion",
    "id": "chatcmpl-1",
    "created": 1767614400,
    "model": "gpt-x",
    "metadata": {"agent": "support", "session_id": "s1", "user_id": "u1", "shop": "north"},
    "messages": ASK,
    "choices": [{"index": 0, "message": {"role": "assistant", "content": "Here."}, "finish_reason": "stop"}],
    "usage": {"prompt_tokens": 12, "completion_tokens": 3},
}

GENERATION: dict[str, Any] = {
    "id": "obs1",
    "traceId": "t1",
    "type": "GENERATION",
    "name": "answer",
    "startTime": "2026-01-05T12:00:00.000Z",
    "endTime": "2026-01-05T12:00:00.250Z",
    "model": "gpt-x",
    "input": {"messages": ASK},
    "output": {"role": "assistant", "content": None, "tool_calls": [CALL]},
    "usageDetails": {"input": 12, "output": 3},
    "totalCost": 0.002,
    "metadata": {"task": "find"},
    "sessionId": "s1",
    "userId": "u1",
    "level": "DEFAULT",
    "scores": [{"id": "sc1", "name": "helpful", "value": 0.75, "dataType": "NUMERIC", "comment": "fine"}],
}

ENRICHED: dict[str, Any] = {
    "id": "obs2",
    "trace_id": "t2",
    "type": "GENERATION",
    "start_time": "2026-01-05 12:00:00.000000",
    "end_time": None,
    "level": "ERROR",
    "status_message": "quota",
    "provided_model_name": "gpt-x",
    "input": json.dumps(ASK),
    "output": "",
    "usage_details": {"input": 9},
    "session_id": "",
    "user_id": "",
    "metadata": {},
}

SPAN: dict[str, Any] = {
    "name": "ChatCompletion",
    "context": {"trace_id": "t3", "span_id": "sp1"},
    "span_kind": "LLM",
    "parent_id": None,
    "start_time": "2026-01-05T13:00:00+01:00",
    "end_time": "2026-01-05T13:00:01+01:00",
    "status_code": "OK",
    "attributes": {
        "llm.model_name": "gpt-x",
        "llm.token_count.prompt": 12,
        "llm.token_count.completion": 3,
        "llm.input_messages": [
            {"message.role": "system", "message.content": "Be brief."},
            {
                "message.role": "user",
                "message.contents": [
                    {"message_content.type": "text", "message_content.text": "Where is it?"}
                ],
            },
        ],
        "llm.output_messages": [
            {
                "message.role": "assistant",
                "message.content": "Here.",
                "message.tool_calls": [
                    {
                        "tool_call.function.name": "search",
                        "tool_call.function.arguments": '{"q": "it"}',
                    }
                ],
            }
        ],
        "session.id": "s1",
        "user.id": "u1",
        "metadata": '{"shop": "north"}',
    },
}

OTLP_NAMES: dict[str, Any] = {
    "llm.model_name": "gpt-x",
    "openinference.span.kind": "LLM",
    "llm.input_messages.0.message.role": "system",
    "llm.input_messages.0.message.content": "Be brief.",
    "llm.input_messages.1.message.role": "user",
    "llm.input_messages.1.message.content": "Where is it?",
    "llm.output_messages.0.message.content": "Here.",
    "llm.token_count.prompt": 12,
    "llm.token_count.completion": 3,
    "session.id": "s1",
}

DATAFRAME: dict[str, Any] = {
    "name": "ChatCompletion",
    "span_kind": "LLM",
    "context.span_id": "sp1",
    "context.trace_id": "t3",
    "start_time": 1767614400000,
    "end_time": 1767614401000,
    "status_code": "ERROR",
    "status_message": "",
    "events": [{"name": "exception", "attributes": {"exception.message": "quota"}}],
    "attributes.llm.model_name": "gpt-x",
    "attributes.llm.input_messages": [
        {"message.role": "system", "message.content": "Be brief."},
        {"message.role": "user", "message.content": "Where is it?"},
    ],
    "attributes.llm.output_messages": [{"message.role": "assistant", "message.content": "Here."}],
    "attributes.llm.token_count.prompt": 12,
    "attributes.llm.token_count.completion": 3,
    "attributes.session.id": "s1",
    "attributes.retrieval.documents": None,
}

INFERENCE_ID = "019b8e2f-4400-7000-8000-000000000001"

EPISODE_ID = "019b8e2f-4400-7000-8000-0000000000ee"

INFERENCE: dict[str, Any] = {
    "id": INFERENCE_ID,
    "function_name": "support",
    "variant_name": "baseline",
    "episode_id": EPISODE_ID,
    "input": {
        "system": "Be brief.",
        "messages": [{"role": "user", "content": [{"type": "text", "text": "Where is it?"}]}],
    },
    "output": [
        {"type": "thought", "text": "hm"},
        {"type": "text", "text": "Here."},
        {"type": "tool_call", "id": "c1", "name": None, "raw_name": "search", "raw_arguments": '{"q": "it"}'},
    ],
    "processing_time_ms": 250,
    "timestamp": "2026-01-05T12:00:00Z",
    "tags": {"user_id": "u1"},
}


def read(format: str, *rows: Any) -> list[Found]:
    return read_numbered(format, enumerate(rows, start=1))


def read_numbered(format: str, numbered: Iterable[tuple[int, Any]]) -> list[Found]:
    one = importer(format)
    named: dict[str, Any] = {"agent": None, "workspace": DEFAULT_WORKSPACE, "now": START}
    return list(read_rows(numbered, one.parse, unfold=one.unfold, **named))


def importer(format: str) -> RowImporter:
    made = IMPORTER.get(format)()
    assert isinstance(made, RowImporter)
    return made


def one(format: str, row: Any) -> Imported:
    [found] = read(format, row)
    assert isinstance(found, Imported), found
    return found


def file(path: Path, format: str) -> list[Found]:
    return read_numbered(format, rows(path))


def shown(found: Interaction) -> list[tuple[str, str]]:
    return [(message.role, message.content) for message in found.messages]


BRIEF = [("system", "Be brief."), ("user", "Where is it?")]
