"""How does a request fail, and by which codes? Made from the table of errors."""

from typing import Any

from upspiral.errors import Rejected
from upspiral.server.errors import PASSED_ON, STATUS, error_shape

PROBLEM_TYPE = "application/problem+json"
TEXT: dict[str, Any] = {"type": "string"}
WHY = {
    400: "It cannot be read.",
    401: "The request carries no usable key.",
    403: "The key may not do this.",
    404: "There is no such thing.",
    409: "Something else is in the way.",
    413: "The body is too large.",
    422: "What was sent cannot be used.",
    429: "Too much at once; see Retry-After.",
    500: "Something went wrong inside; the server's log says what.",
    502: "The model behind it did not answer as it should.",
    503: "The store or a host cannot be used now.",
    504: "The model behind it took too long.",
}
"""What each status of a failure means."""
OF_A_KEY = (401, 403)
"""Statuses of routes that ask for a key."""
FAILURE_SCHEMAS: dict[str, Any] = {
    "Problem": {
        "type": "object",
        "description": "RFC 9457 problem details.",
        "required": ["type", "title", "status", "code", "hint"],
        "properties": {
            "type": TEXT,
            "title": {**TEXT, "description": "What happened to which thing with which value."},
            "status": {"type": "integer"},
            "code": {**TEXT, "description": "A stable word for it."},
            "hint": {**TEXT, "description": "The next action; empty where there is none."},
            "refused": {
                "type": "array",
                "description": "Of a batch of which nothing was kept: each item with its reason.",
                "items": {"type": "object"},
            },
        },
    },
    "OpenAIError": {
        "type": "object",
        "description": "An error in the shape that OpenAI's clients read.",
        "required": ["error"],
        "properties": {
            "error": {
                "type": "object",
                "required": ["message", "type", "param", "code"],
                "properties": {
                    "message": TEXT,
                    "type": TEXT,
                    "param": {"type": "null"},
                    "code": {**TEXT, "description": "A stable word for it."},
                },
            }
        },
    },
    "AnthropicError": {
        "type": "object",
        "description": "An error in the shape that Anthropic's clients read.",
        "required": ["type", "error"],
        "properties": {
            "type": {"const": "error"},
            "error": {
                "type": "object",
                "required": ["type", "message"],
                "properties": {"type": TEXT, "message": TEXT},
            },
        },
    },
}


def failures_of(path: str, *, is_public: bool) -> dict[str, Any]:
    """Refer to every way in which a route fails.

    Args:
        path: Of the route; the gateway's errors have the shapes of OpenAI and Anthropic.
        is_public: May everybody use it, without a key?
    """
    shape = error_shape(path)
    statuses = [status for status in WHY if not (is_public and status in OF_A_KEY)]
    return {str(one): {"$ref": f"#/components/responses/{shape}{one}"} for one in statuses}


def failure_responses() -> dict[str, Any]:
    """Give the responses that `failures_of` refers to: each status in each shape, with its codes."""
    return {
        f"{shape}{status}": _failure(shape, status, why)
        for shape in FAILURE_SCHEMAS
        for status, why in WHY.items()
    }


def codes_of(status: int) -> list[str]:
    """Give every code that an error of a status may carry.

    >>> codes_of(413)
    ['body_too_large', 'provider_rejected']
    """
    codes = [code for _, known, code in STATUS if known == status]
    passed_on = [code for kind, _, code in STATUS if kind is Rejected and status in PASSED_ON]
    return [*codes, *passed_on, *(["http_error"] if status == 400 else [])]


def _failure(shape: str, status: int, why: str) -> dict[str, Any]:
    codes = codes_of(status)
    schema: dict[str, Any] = {"$ref": f"#/components/schemas/{shape}"}
    if shape == "Problem" and codes:
        fixed = {"status": {"const": status}, "code": {"enum": codes}}
        schema = {"allOf": [schema, {"type": "object", "properties": fixed}]}
    described = ", ".join(f"`{code}`" for code in codes)
    return {
        "description": f"{why} Code: {described}." if codes else why,
        "content": {PROBLEM_TYPE if shape == "Problem" else "application/json": {"schema": schema}},
    }
