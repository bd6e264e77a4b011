"""How is the hot path described in the OpenAPI document?"""

from typing import Any

HI = [{"role": "user", "content": "Where is my parcel?"}]
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
    }
}


def _post(summary: str, required: list[str], properties: dict[str, Any], example: Any) -> dict[str, Any]:
    schema = {
        "type": "object",
        "required": ["model", *required],
        "properties": {"model": MODEL, **properties},
    }
    return {
        "tags": ["gateway"],
        "summary": summary,
        "description": "The rest of the body is passed on to the model's host.",
        "operationId": summary.lower().replace(" ", "_").replace("'", ""),
        "requestBody": {
            "required": True,
            "content": {"application/json": {"schema": schema, "example": example}},
        },
        "responses": {
            "200": {
                "description": "As the model's host answered.",
                "headers": HEADER,
                "content": {"application/json": {}, "text/event-stream": {}},
            }
        },
    }


OPERATIONS: dict[str, dict[str, Any]] = {
    "/v1/chat/completions": _post(
        "Answer a chat completion",
        ["messages"],
        {"messages": MESSAGES, "stream": STREAM},
        {"model": "support", "messages": HI},
    ),
    "/v1/responses": _post(
        "Answer a response",
        ["input"],
        {"input": {"anyOf": [{"type": "string"}, MESSAGES]}, "stream": STREAM},
        {"model": "support", "input": "Where is my parcel?"},
    ),
    "/v1/messages": _post(
        "Answer Anthropic's messages",
        ["messages", "max_tokens"],
        {"messages": MESSAGES, "max_tokens": {"type": "integer", "minimum": 1}, "stream": STREAM},
        {"model": "support", "max_tokens": 200, "messages": HI},
    ),
    "/v1/embeddings": _post(
        "Embed texts",
        ["input"],
        {"input": {"anyOf": [{"type": "string"}, {"type": "array"}]}},
        {"model": "embedder", "input": ["a parcel"]},
    ),
    "/v1/models": {
        "tags": ["gateway"],
        "summary": "List the agents that can be asked, as models",
        "operationId": "list_models",
        "responses": {
            "200": {
                "description": "Every agent of the workspace.",
                "content": {"application/json": {"schema": {"type": "object"}}},
            }
        },
    },
}
