"""Who asked what, and how did it end? Each request is a line of the log, and a span where traces are on."""

import time
from collections.abc import Callable
from typing import Any

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from upspiral.logs import get_logger
from upspiral.tracing import begin_span
from upspiral.tracing.spans import Tracing

log = get_logger("upspiral.access")
QUIET_PATHS = ("/health", "/metrics")
"""Paths that machines ask again and again; their lines are of level DEBUG."""

UNTRACED = (*QUIET_PATHS, "/v1/traces", "/api/public/otel/v1/traces")
"""Where we send spans to ourselves, spans about those would never end."""

Observe = Callable[[str, str, int, float], None]
"""Told of each request its method, its route, its status (0 for none) and its seconds."""


def with_access_log(app: ASGIApp, observe: Observe | None = None) -> ASGIApp:
    """Put the log before an application.

    A line holds the method, the route as it is documented (an id in it would tell whose data it was), the
    status, the milliseconds and the id of the key.

    Args:
        app: Answers the requests.
        observe: Is told of each request too.
    """

    async def log_request(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await app(scope, receive, send)
            return
        began, status = time.monotonic(), 0

        async def note_status(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        try:
            await app(scope, receive, note_status)
        finally:
            caller = scope.get("upspiral")
            route = name_route(scope)
            principal = getattr(caller, "principal", None)
            seconds = time.monotonic() - began
            if observe:
                observe(scope["method"], route, status, seconds)
            write = log.debug if route in QUIET_PATHS else log.info
            write(
                "request",
                method=scope["method"],
                route=route,
                status=status,
                ms=round(1000 * seconds),
                key=principal.key if principal else None,
            )

    return log_request


def with_request_spans(app: ASGIApp) -> ASGIApp:
    """Put a span around each request; what is done for it is a child. The caller's own span is its parent.

    Args:
        app: Answers the requests.
    """

    async def tell_request(scope: Scope, receive: Receive, send: Send) -> None:
        if Tracing.tracers is None or scope["type"] != "http" or scope["path"] in UNTRACED:
            await app(scope, receive, send)
            return
        given = next((value for name, value in scope["headers"] if name == b"traceparent"), b"")
        with begin_span("request", "server", traceparent=given.decode("latin-1")) as told:

            async def note_status(message: Message) -> None:
                if message["type"] == "http.response.start":
                    told.note({"http.response.status_code": message["status"]})
                    if message["status"] >= 500:
                        told.mark_failed(str(message["status"]))
                await send(message)

            try:
                await app(scope, receive, note_status)
            finally:
                route = name_route(scope)
                about = {"http.request.method": scope["method"], "http.route": route}
                told.note(about, name=f"{scope['method']} {route}")

    return tell_request


def name_route(scope: Scope) -> str:
    """Give the route of a request as it is documented; `unknown` where there is none."""
    found: Any = getattr(scope.get("upspiral"), "route", None)
    return str(getattr(found, "path_format", None) or getattr(found, "path", "unknown"))
