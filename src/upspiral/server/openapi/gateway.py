"""How is the hot path described in the OpenAPI document?

Answers are those of the model's host, so their schemas name the main fields and leave the rest open.
"""

from typing import Any

JSON, EVENTS = "application/json", "text/event-stream"
HI = [{"role": "user", "content": "Where is my parcel?"}]
REPLY = "It comes tomorrow."
INTERACTION = "int_019b76daa800629f6fbed82c07cd"
MODEL = {
    "type": "string",
    "minLength": 1,
    "description": "The agent's name; `auto`, `auto:ensemble` or `auto:cascade` leave the choice open.",
    "example": "support",
}
MESSAGES = {"type": "array", "minItems": 1, "items": {"type": "object"}}
STREAM = {
    "type": "boolean",
    "description": "Answer as server-sent events, byte for byte; of several agents in one piece.",
}
HEADER = {
    "x-upspiral-interaction": {
        "description": "The id of the Interaction, to which feedback refers.",
        "schema": {"type": "string"},
    },
    "x-upspiral-feedback-token": {
        "description": "Lets a page rate this answer, and nothing else: `POST /api/v1/response-feedback`.",
        "schema": {"type": "string"},
    },
}
TEXT, OBJECTS = {"type": "string"}, {"type": "array", "items": {"type": "object"}}
NUMBER_OF_TOKENS = {"type": "object", "description": "Tokens, as the host counted them."}


def _open(required: list[str], properties: dict[str, Any]) -> dict[str, Any]:
    return {"type": "object", "required": required, "properties": properties, "additionalProperties": True}


COMPLETION = _open(
    ["id", "object", "model", "choices"],
    {
        "id": {**TEXT, "description": "The id of the Interaction, to which feedback refers."},
        "object": TEXT,
        "created": {"type": "integer"},
        "model": {**TEXT, "description": "As the caller named it."},
        "choices": OBJECTS,
        "usage": {"anyOf": [NUMBER_OF_TOKENS, {"type": "null"}]},
    },
)
RESPONSE = _open(["id", "output"], {"id": TEXT, "object": TEXT, "output": OBJECTS, "usage": {}})
MESSAGE = _open(["id", "content"], {"id": TEXT, "type": TEXT, "role": TEXT, "content": OBJECTS, "usage": {}})
EMBEDDINGS = _open(["data"], {"object": TEXT, "data": OBJECTS, "model": TEXT, "usage": {}})
MODEL_LIST = _open(
    ["object", "data", "has_more"],
    {"object": {"const": "list"}, "data": OBJECTS, "has_more": {"const": False}},
)
TRACES_KEPT = _open(
    [],
    {
        "partialSuccess": _open(
            ["rejectedSpans", "errorMessage"], {"rejectedSpans": TEXT, "errorMessage": TEXT}
        )
    },
)
COMPLETION_EXAMPLE = {
    "id": INTERACTION,
    "object": "chat.completion",
    "created": 1767614400,
    "model": "support",
    "choices": [{"index": 0, "message": {"role": "assistant", "content": REPLY}, "finish_reason": "stop"}],
    "usage": {"prompt_tokens": 31, "completion_tokens": 7, "total_tokens": 38},
}
TEXT_EXAMPLE = {
    "id": INTERACTION,
    "object": "text_completion",
    "model": "support",
    "choices": [{"index": 0, "text": REPLY, "finish_reason": "stop"}],
}
RESPONSE_EXAMPLE = {
    "id": "resp_1",
    "object": "response",
    "output": [{"type": "message", "role": "assistant", "content": [{"type": "output_text", "text": REPLY}]}],
}
MESSAGE_EXAMPLE = {
    "id": "msg_1",
    "type": "message",
    "role": "assistant",
    "content": [{"type": "text", "text": REPLY}],
}
EMBEDDINGS_EXAMPLE = {
    "object": "list",
    "data": [{"object": "embedding", "index": 0, "embedding": [0.1, -0.2]}],
    "model": "embedder",
}
MODEL_LIST_EXAMPLE = {
    "object": "list",
    "data": [{"id": "support", "object": "model", "created": 1767614400, "owned_by": "upspiral"}],
    "has_more": False,
}


def _post(
    summary: str,
    body: tuple[list[str], dict[str, Any], dict[str, Any]],
    answer: tuple[dict[str, Any], dict[str, Any]],
    *,
    streams: bool = True,
) -> dict[str, Any]:
    """Describe a route.

    Args:
        summary: What it does.
        body: Required fields, properties and an example of the body.
        answer: Schema and example of the answer.
        streams: May it answer as server-sent events?
    """
    required, properties, example = body
    schema = {
        "type": "object",
        "required": ["model", *required],
        "properties": {"model": MODEL, **properties},
    }
    content: dict[str, Any] = {JSON: {"schema": answer[0], "example": answer[1]}}
    if streams:
        event = f'data: {{"id": "{INTERACTION}"}}\n\ndata: [DONE]\n\n'
        content[EVENTS] = {"schema": {**TEXT, "description": "Server-sent events."}, "example": event}
    return {
        "tags": ["gateway"],
        "summary": summary,
        "description": "The rest of the body is passed on to the model's host.",
        "operationId": summary.lower().replace(" ", "_").replace("'", ""),
        "requestBody": {"required": True, "content": {JSON: {"schema": schema, "example": example}}},
        "responses": {
            "200": {"description": "As the model's host answered.", "headers": HEADER, "content": content}
        },
    }


OPERATIONS: dict[str, dict[str, Any]] = {
    "/v1/chat/completions": _post(
        "Answer a chat completion",
        (
            ["messages"],
            {"messages": MESSAGES, "stream": STREAM},
            {"model": "support", "messages": HI},
        ),
        (COMPLETION, COMPLETION_EXAMPLE),
    ),
    "/v1/responses": _post(
        "Answer a response",
        (
            ["input"],
            {"input": {"anyOf": [TEXT, MESSAGES]}, "stream": STREAM},
            {"model": "support", "input": "Where is my parcel?"},
        ),
        (RESPONSE, RESPONSE_EXAMPLE),
    ),
    "/v1/messages": _post(
        "Answer Anthropic's messages",
        (
            ["messages", "max_tokens"],
            {"messages": MESSAGES, "max_tokens": {"type": "integer", "minimum": 1}, "stream": STREAM},
            {"model": "support", "max_tokens": 200, "messages": HI},
        ),
        (MESSAGE, MESSAGE_EXAMPLE),
    ),
    "/v1/embeddings": _post(
        "Embed texts",
        (
            ["input"],
            {"input": {"anyOf": [TEXT, {"type": "array"}]}},
            {"model": "embedder", "input": ["a parcel"]},
        ),
        (EMBEDDINGS, EMBEDDINGS_EXAMPLE),
        streams=False,
    ),
    "/v1/completions": _post(
        "Complete a text",
        (
            ["prompt"],
            {"prompt": {"anyOf": [TEXT, {"type": "array"}]}, "stream": STREAM},
            {"model": "support", "prompt": "Where is my parcel?"},
        ),
        (COMPLETION, TEXT_EXAMPLE),
    ),
    "/v1/messages/count_tokens": _post(
        "Count the tokens of Anthropic's messages",
        (["messages"], {"messages": MESSAGES}, {"model": "support", "messages": HI}),
        (_open([], {"input_tokens": {"type": "integer"}}), {"input_tokens": 12}),
        streams=False,
    ),
    "/v1/models/{model}": {
        "tags": ["gateway"],
        "summary": "Describe an agent as a model",
        "operationId": "get_model",
        "parameters": [
            {"name": "model", "in": "path", "required": True, "schema": TEXT, "example": "support"}
        ],
        "responses": {
            "200": {
                "description": "The agent.",
                "content": {
                    JSON: {
                        "schema": _open(["id", "object"], {"id": TEXT, "object": TEXT}),
                        "example": {"id": "support", "object": "model", "owned_by": "upspiral"},
                    }
                },
            }
        },
    },
    "/v1/models": {
        "tags": ["gateway"],
        "summary": "List the agents that can be asked, as models",
        "operationId": "list_models",
        "responses": {
            "200": {
                "description": "Every agent of the workspace.",
                "content": {JSON: {"schema": MODEL_LIST, "example": MODEL_LIST_EXAMPLE}},
            }
        },
    },
}
PROTOBUF = "application/x-protobuf"
BINARY = {"type": "string", "format": "binary"}
TRACES: dict[str, Any] = {
    "tags": ["capture"],
    "summary": "Record traces by OTLP/HTTP",
    "description": "Protobuf or JSON, gzip or plain; what cannot be used is a partial success.",
    "operationId": "export_traces",
    "requestBody": {
        "required": True,
        "content": {
            PROTOBUF: {"schema": BINARY},
            JSON: {"schema": {"type": "object"}, "example": {"resourceSpans": []}},
        },
    },
    "responses": {
        "200": {
            "description": "It is on the disk.",
            "content": {
                JSON: {
                    "schema": TRACES_KEPT,
                    "example": {"partialSuccess": {"rejectedSpans": "1", "errorMessage": "1 no trace id"}},
                },
                PROTOBUF: {"schema": BINARY},
            },
        }
    },
}
