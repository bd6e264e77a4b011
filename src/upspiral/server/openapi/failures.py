"""How does a request to a route fail, and by which codes? Made from the table of errors.

What every route can fail with follows from what it is: has it a key, parameters, a body, a name in its path?
What its own work can fail with stands above its handler, in `allows(errors=...)`.
"""

from collections import defaultdict
from collections.abc import Iterable
from typing import Any

from upspiral.errors import (
    AuthFailed,
    Busy,
    Conflict,
    Forbidden,
    ForeignHost,
    InvalidInput,
    NotFound,
    Overloaded,
    StoreError,
    TooLarge,
    Unauthorized,
    UpspiralError,
)
from upspiral.server.errors import PASSED_ON, STATUS, error_shape
from upspiral.server.policy import Policy

PROBLEM_TYPE = "application/problem+json"
TEXT: dict[str, Any] = {"type": "string"}
WHY = {
    400: "It cannot be read.",
    401: "The request carries no usable key.",
    402: "The model's provider asks for payment.",
    403: "The key may not do this.",
    404: "There is no such thing.",
    405: "The model's provider does not answer this method.",
    409: "Something else is in the way.",
    410: "The model's provider no longer has it.",
    413: "The body is too large.",
    415: "The model's provider does not read this kind of body.",
    422: "What was sent cannot be used.",
    429: "Too much at once; see Retry-After.",
    500: "Something went wrong inside; the server's log says what.",
    502: "The model behind it did not answer as it should.",
    503: "The store or a host cannot be used now.",
    504: "The model behind it took too long.",
}
"""What each status of a failure means."""
Codes = dict[int, list[str]]
"""Codes of errors by their status."""
EVERY_ROUTE: tuple[type[UpspiralError], ...] = (ForeignHost, TooLarge, UpspiralError)
"""How any request may fail."""
WITH_A_KEY: tuple[type[UpspiralError], ...] = (Unauthorized, Forbidden, Busy, StoreError, Overloaded)
"""How one may fail that needs a key, which is looked up in the store."""
WRITING: tuple[type[UpspiralError], ...] = (InvalidInput, Conflict)
"""How one may fail that writes: its body, its idempotency key, or a request with the same one under way."""
WRITING_METHODS = ("post", "put", "patch", "delete")
UNREADABLE_BODY = "http_error"
"""The code of a body that is no text at all."""
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
    "JsonRpcError": {
        "type": "object",
        "description": "An error in the shape of JSON-RPC 2.0.",
        "required": ["jsonrpc", "id", "error"],
        "properties": {
            "jsonrpc": {"const": "2.0"},
            "id": {},
            "error": {
                "type": "object",
                "required": ["code", "message"],
                "properties": {"code": {"type": "integer"}, "message": TEXT, "data": {}},
            },
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


def list_errors(path: str, method: str, policy: Policy, *, is_hot: bool = False) -> set[type[UpspiralError]]:
    """Give every kind of error that a route may answer with.

    Args:
        path: As documented, with parameters in braces.
        method: In small letters.
        policy: Of the route, with the errors of its own work.
        is_hot: Does it read its request itself, so that no parameter is looked at before?

    >>> from upspiral.domain import Scope
    >>> sorted(one.__name__ for one in list_errors("/health", "get", Policy(())))
    ['ForeignHost', 'TooLarge', 'UpspiralError']
    >>> NotFound in list_errors("/api/v1/agents/{agent}", "get", Policy((Scope.READ,)))
    True
    """
    found = {*EVERY_ROUTE, *policy.errors}
    if policy.scopes:
        found.update(WITH_A_KEY)
        if not is_hot:
            found.add(InvalidInput)
    if method in WRITING_METHODS:
        found.update(WRITING)
    if "{" in path and not policy.any_name:
        found.add(NotFound)
    return found


def list_codes(errors: Iterable[type[UpspiralError]], *, reads_text: bool = False) -> Codes:
    """Give the codes by status, each in the order of the table of errors.

    Args:
        errors: Kinds; one stands for the kinds below it that have a code of their own.
        reads_text: Is its body read as text, which may be no text at all?

    >>> list_codes([NotFound, Conflict])
    {404: ['not_found'], 409: ['conflict']}
    """
    given = tuple(errors)
    by_status: Codes = defaultdict(list)
    for kind, status, code in STATUS:
        if kind in given or (kind is not UpspiralError and issubclass(kind, _families(given))):
            for one in statuses_of(kind, status):
                by_status[one].append(code)
    if reads_text:
        by_status[400].append(UNREADABLE_BODY)
    return dict(sorted(by_status.items()))


def statuses_of(kind: type[UpspiralError], status: int) -> tuple[int, ...]:
    """Give every status that an error may have: its own, and those of a provider that are passed on.

    >>> statuses_of(NotFound, 404), statuses_of(AuthFailed, 502)
    ((404,), (401, 403))
    """
    passed_on = sorted(PASSED_ON.get(kind, ()))
    return tuple(passed_on) if kind is AuthFailed else (status, *passed_on)  # no other status is a bad key


def _families(given: tuple[type[UpspiralError], ...]) -> tuple[type[UpspiralError], ...]:
    """Give the kinds that no line of the table names: they stand for all kinds below them."""
    named = {kind for kind, _, _ in STATUS}
    return tuple(kind for kind in given if kind not in named)


def describe_failures(path: str, codes: Codes) -> dict[str, Any]:
    """Refer to every way in which a route fails, by status; equal ones are described once.

    Args:
        path: Of the route; the gateway's errors have the shapes of OpenAI and Anthropic.
        codes: By status.
    """
    shape = error_shape(path)
    return {
        str(status): {"$ref": f"#/components/responses/{_name(shape, status, some)}"}
        for status, some in codes.items()
    }


def failure_responses(used: Iterable[tuple[str, Codes]]) -> dict[str, Any]:
    """Give the responses that `describe_failures` refers to.

    Args:
        used: The paths with their codes by status.
    """
    return {
        _name(shape, status, some): _describe(shape, status, some)
        for path, codes in used
        for shape in (error_shape(path),)
        for status, some in codes.items()
    }


def _name(shape: str, status: int, codes: list[str]) -> str:
    return f"{shape}{status}{''.join(word.title() for code in codes for word in code.split('_'))}"


def _describe(shape: str, status: int, codes: list[str]) -> dict[str, Any]:
    schema: dict[str, Any] = {"$ref": f"#/components/schemas/{shape}"}
    if shape == "Problem":
        fixed = {"status": {"const": status}, "code": {"enum": codes}}
        schema = {"allOf": [schema, {"type": "object", "properties": fixed}]}
    described = ", ".join(f"`{code}`" for code in codes)
    return {
        "description": f"{WHY[status]} Code: {described}.",
        "content": {PROBLEM_TYPE if shape == "Problem" else "application/json": {"schema": schema}},
    }
