"""Which HTTP status does an error have, and how is it told? One table, problem+json everywhere."""

import math
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

import msgspec
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import Response
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect
from starlette.types import Scope

from upspiral.domain import Principal
from upspiral.errors import (
    AuthFailed,
    BudgetSpent,
    Busy,
    ConfigError,
    Conflict,
    Forbidden,
    ForeignHost,
    HostError,
    InvalidInput,
    NotFound,
    Overloaded,
    ProviderError,
    ProviderTimeout,
    RateLimited,
    Rejected,
    StoreError,
    TooLarge,
    Unauthorized,
    Unavailable,
    UpspiralError,
)
from upspiral.logs import get_logger
from upspiral.server.answers import Answer
from upspiral.server.html.cookies import THEME_COOKIE, read_cookie
from upspiral.server.html.render import HEADERS, HTML, render_error
from upspiral.server.schemas.base import BATCH, ONE

log = get_logger(__name__)

STATUS: tuple[tuple[type[UpspiralError], int, str], ...] = (
    (Unauthorized, 401, "unauthorized"),
    (Forbidden, 403, "forbidden"),
    (ForeignHost, 400, "foreign_host"),
    (TooLarge, 413, "body_too_large"),
    (Overloaded, 503, "overloaded"),
    (Busy, 429, "busy"),
    (NotFound, 404, "not_found"),
    (Conflict, 409, "conflict"),
    (InvalidInput, 422, "invalid_input"),
    (ConfigError, 422, "config_error"),
    (BudgetSpent, 402, "budget_spent"),
    (RateLimited, 429, "rate_limited"),
    (ProviderTimeout, 504, "provider_timeout"),
    (Unavailable, 502, "provider_unavailable"),
    (Rejected, 502, "provider_rejected"),
    (AuthFailed, 502, "provider_auth_failed"),
    (HostError, 503, "host_error"),
    (StoreError, 503, "store_error"),
    (UpspiralError, 500, "internal_error"),
)


PASSED_ON: Mapping[type[UpspiralError], frozenset[int]] = {
    Rejected: frozenset({400, 402, 404, 405, 409, 410, 413, 415, 422}),
    AuthFailed: frozenset({401, 403}),
}
"""Statuses of a provider that the caller gets as they are: they say what to change, and not to try again.

401 and 403 speak of the key that is kept for the model; the message names the model, so that nobody takes
them for a word about the caller's own key."""
NO_WORDS: Mapping[str, str | None] = {}
TOOLS_PATH = "/mcp"
"""Where tools are called by the Model Context Protocol."""
SERVER_ERROR = -32000
"""What JSON-RPC leaves to servers for errors of their own."""


def error_shape(path: str) -> str:
    """Name the shape that errors have on a path: the schema in the API document.

    >>> error_shape("/v1/messages"), error_shape("/v1/traces")
    ('AnthropicError', 'Problem')
    """
    if path == TOOLS_PATH:
        return "JsonRpcError"
    if path.startswith("/v1/messages"):
        return "AnthropicError"
    return "OpenAIError" if path.startswith("/v1/") and path != "/v1/traces" else "Problem"


def problem_response(
    path: str,
    *,
    status: int,
    code: str,
    message: str,
    hint: str = "",
    told: Mapping[str, str | None] = NO_WORDS,
) -> Answer[Any]:
    """Write an error: as OpenAI, Anthropic and JSON-RPC do on their paths, as problem+json elsewhere.

    Problem+json is that of RFC 9457.

    Args:
        path: Where it happened.
        status: The HTTP status.
        code: A stable word for it.
        message: What happened to which thing with which value.
        hint: The next action.
        told: What a provider's own error says: `type`, `code` and `param`.
    """
    shape, words = error_shape(path), f"{message} {hint}".strip()
    said: dict[str, Any]
    if shape == "Problem":
        said = {"type": "about:blank", "title": message, "status": status, "code": code, "hint": hint}
    elif shape == "JsonRpcError":
        data = {"code": code, "title": message, "hint": hint}
        said = {"jsonrpc": "2.0", "id": None, "error": {"code": SERVER_ERROR, "message": words, "data": data}}
    elif shape == "OpenAIError":
        kind = "server_error" if status >= 500 else told.get("type") or "invalid_request_error"
        named = {"type": kind, "param": told.get("param"), "code": told.get("code") or code}
        said = {"error": {"message": words, **named}}
    else:
        kind = _anthropic_type(status, told.get("type"))
        said = {"type": "error", "error": {"type": kind, "message": words}}
    media_type = "application/problem+json" if shape == "Problem" else "application/json"
    return Answer(msgspec.json.encode(said), status, media_type=media_type)


ANTHROPIC_TYPES: Mapping[int, str] = {
    401: "authentication_error",
    402: "billing_error",
    403: "permission_error",
    404: "not_found_error",
    413: "request_too_large",
    429: "rate_limit_error",
    504: "timeout_error",
    529: "overloaded_error",
}
"""Anthropic's words for a kind of error, by its status; any other is one of the next two."""
OTHER_ANTHROPIC_TYPES = ("invalid_request_error", "api_error")


def _anthropic_type(status: int, told: str | None) -> str:
    """Name a kind of error as Anthropic does; another host's own word for it is not passed on.

    >>> _anthropic_type(429, "insufficient_quota"), _anthropic_type(404, "invalid_request_error")
    ('rate_limit_error', 'invalid_request_error')
    """
    if told in (*ANTHROPIC_TYPES.values(), *OTHER_ANTHROPIC_TYPES):
        return str(told)
    return ANTHROPIC_TYPES.get(status, OTHER_ANTHROPIC_TYPES[status >= 500])


ALL_PATHS = "`upspiral openapi` lists every path."


def wants_page(scope: Scope) -> bool:
    """Say whether an error is told to a person: on a page of the console, or where a browser is lost."""
    if "upspiral_page" in scope:
        return bool(scope["upspiral_page"])
    accepted = next((value for name, value in scope["headers"] if name == b"accept"), b"")
    return b"text/html" in accepted and not scope["path"].startswith(("/api/", "/v1/"))


def _tell(
    scope: Scope,
    *,
    status: int,
    code: str,
    message: str,
    hint: str = "",
    told: Mapping[str, str | None] = NO_WORDS,
) -> Answer[Any]:
    """Write an error as its reader wants it: as a page, or as `problem_response` does."""
    if not wants_page(scope):
        return problem_response(
            scope["path"], status=status, code=code, message=message, hint=hint, told=told
        )
    theme = read_cookie(scope, THEME_COOKIE) or "auto"
    body = render_error(status=status, message=message, hint=hint, theme=theme)
    return Answer(body, status, headers=dict(HEADERS), media_type=HTML)


def _send_to_sign_in(scope: Scope) -> Answer[Any]:
    """Send a browser to the sign-in page, which sends it back where it wanted to go."""
    asked = scope["path"] if scope["method"] == "GET" else "/"
    query = scope["query_string"].decode("latin-1")
    wanted = f"{asked}?{query}" if query and asked != "/" else asked
    place = "/sign-in" if wanted == "/" else f"/sign-in?{urlencode({'next': wanted})}"
    return Answer(b"", 303, headers={**HEADERS, "location": place})


def status_of(error: UpspiralError) -> tuple[int, str]:
    """Give the HTTP status and the stable word of an error.

    >>> status_of(NotFound("no"))
    (404, 'not_found')
    """
    return next((status, code) for kind, status, code in STATUS if isinstance(error, kind))


def error_response(scope: Scope, error: Exception) -> Answer[Any]:
    """Turn any error into the response that tells it.

    Args:
        scope: Of the request.
        error: What went wrong with it.
    """
    scope["upspiral_told"] = error
    if isinstance(error, ClientDisconnect):
        return Answer(status_code=499)  # nobody reads it
    if isinstance(error, MemoryError):
        error = Overloaded(
            "There was not enough memory for the request.", hint="Send less at once, or later."
        )
    if not isinstance(error, UpspiralError):
        log.error("request failed", method=scope.get("method"), route=_route(scope), exc_info=error)
        message, hint = f"Something went wrong inside: {type(error).__name__}.", "Look at the server's log."
        return _tell(scope, status=500, code="internal_error", message=message, hint=hint)
    if isinstance(error, Unauthorized) and scope.get("upspiral_page"):
        return _send_to_sign_in(scope)
    status, code = status_of(error)
    told = error.told if isinstance(error, ProviderError) else NO_WORDS
    if isinstance(error, ProviderError) and error.status in PASSED_ON.get(type(error), ()):
        status = error.status or status
    if isinstance(error, StoreError):
        log.error("the store cannot be used", route=_route(scope), error=error)
    hint = f"{error.hint} {error.detail}".strip() if _is_operator(scope) else error.hint
    answer = _tell(scope, status=status, code=code, message=error.message, hint=hint, told=told)
    wait = getattr(error, "retry_after", None)
    if wait:
        answer.headers["Retry-After"] = str(math.ceil(wait))
    if isinstance(error, Unauthorized):
        answer.headers["WWW-Authenticate"] = "Bearer"
    return answer


def _is_operator(scope: Scope) -> bool:
    principal = getattr(scope.get("upspiral"), "principal", None)
    return isinstance(principal, Principal) and principal.is_installation_admin


def _route(scope: Scope) -> str:
    """Give the path as documented: the one that was asked may hold names that users chose."""
    caller = scope.get("upspiral")
    return str(getattr(getattr(caller, "route", None), "path", "none"))


async def _answer_known(request: Request, error: Exception) -> Response:
    return error_response(request.scope, error)


async def _invalid(request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)  # noqa: S101
    first = error.errors()[0]
    where = ".".join(str(part) for part in first["loc"] if part not in ("body", ONE, BATCH)) or "the body"
    message = f"{where}: {first['msg']}."
    hint = "Correct it and send it again."
    return _tell(request.scope, status=422, code="invalid_input", message=message, hint=hint)


async def _http(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)  # noqa: S101
    path = request.url.path
    if isinstance(error.__cause__, UpspiralError):
        return error_response(request.scope, error.__cause__)  # the body was refused while it was read
    if isinstance(error.__cause__, MemoryError):
        return error_response(request.scope, error.__cause__)
    if error.status_code == 404:
        lost = "Look whether the address is right." if wants_page(request.scope) else ALL_PATHS
        message, hint = f"There is nothing at {path}.", lost
        return _tell(request.scope, status=404, code="not_found", message=message, hint=hint)
    if error.status_code == 405:
        message = f"{path} does not answer {request.method}."
        return _tell(request.scope, status=405, code="method_not_allowed", message=message)
    return _tell(request.scope, status=error.status_code, code="http_error", message=f"{error.detail}.")


def install(app: FastAPI) -> None:
    """Make the app tell every error in one way."""
    app.add_exception_handler(UpspiralError, _answer_known)
    app.add_exception_handler(RequestValidationError, _invalid)
    app.add_exception_handler(HTTPException, _http)
    app.add_exception_handler(ClientDisconnect, _answer_known)
    app.add_exception_handler(Exception, _answer_known)
