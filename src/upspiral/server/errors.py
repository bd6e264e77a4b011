"""Which HTTP status does an error have, and how is it told? One table, problem+json everywhere."""

from typing import Any

import structlog
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, Response
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect

from upspiral.errors import (
    AuthFailed,
    ConfigError,
    Conflict,
    HostError,
    InvalidInput,
    NotFound,
    ProviderTimeout,
    RateLimited,
    Rejected,
    StoreError,
    Unavailable,
    UpspiralError,
)

log = structlog.get_logger(__name__)

STATUS: tuple[tuple[type[UpspiralError], int, str], ...] = (
    (NotFound, 404, "not_found"),
    (Conflict, 409, "conflict"),
    (InvalidInput, 422, "invalid_input"),
    (ConfigError, 422, "config_error"),
    (RateLimited, 429, "rate_limited"),
    (ProviderTimeout, 504, "provider_timeout"),
    (Unavailable, 502, "provider_unavailable"),
    (Rejected, 502, "provider_rejected"),
    (AuthFailed, 502, "provider_auth_failed"),
    (HostError, 503, "host_error"),
    (StoreError, 503, "store_error"),
    (UpspiralError, 500, "internal_error"),
)


def told(request: Request, *, status: int, code: str, message: str, hint: str = "") -> JSONResponse:
    """Write an error: as OpenAI does on ``/v1``, as RFC 9457 problem+json elsewhere."""
    if request.url.path.startswith("/v1/"):
        kind = "invalid_request_error" if status < 500 else "server_error"
        body: dict[str, Any] = {"error": {"message": f"{message} {hint}".strip(), "type": kind, "code": code}}
        return JSONResponse(body, status)
    problem = {"type": "about:blank", "title": message, "status": status, "code": code, "hint": hint}
    return JSONResponse(problem, status, media_type="application/problem+json")


async def _known(request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, UpspiralError)  # noqa: S101 - registered for this class only
    status, code = next((status, code) for kind, status, code in STATUS if isinstance(error, kind))
    answer = told(request, status=status, code=code, message=error.message, hint=error.hint)
    wait = getattr(error, "retry_after", None)
    if wait:
        answer.headers["Retry-After"] = str(int(wait) + 1)
    return answer


async def _invalid(request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, RequestValidationError)  # noqa: S101
    first = error.errors()[0]
    where = ".".join(str(part) for part in first["loc"] if part != "body") or "the body"
    message = f"{where}: {first['msg']}."
    return told(
        request, status=422, code="invalid_input", message=message, hint="Correct it and send it again."
    )


async def _http(request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, HTTPException)  # noqa: S101
    if error.status_code == 404:
        message, hint = f"There is nothing at {request.url.path}.", "`upspiral openapi` lists every path."
        return told(request, status=404, code="not_found", message=message, hint=hint)
    return told(request, status=error.status_code, code="http_error", message=f"{error.detail}.")


async def _unknown(request: Request, error: Exception) -> JSONResponse:
    log.error("request failed", path=request.url.path, exc_info=error)
    message = f"Something went wrong inside: {type(error).__name__}."
    return told(request, status=500, code="internal_error", message=message, hint="Look at the server's log.")


async def _gone(_request: Request, _error: Exception) -> Response:
    return Response(status_code=499)  # nobody reads it


def install(app: FastAPI) -> None:
    """Make the app tell every error in one way."""
    app.add_exception_handler(UpspiralError, _known)
    app.add_exception_handler(RequestValidationError, _invalid)
    app.add_exception_handler(HTTPException, _http)
    app.add_exception_handler(ClientDisconnect, _gone)
    app.add_exception_handler(Exception, _unknown)
