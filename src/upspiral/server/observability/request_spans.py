"""How is a request told as a span? Its route, never its path: an id in it would tell whose data it was."""

from typing import Any

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from upspiral.tracing import begin_span
from upspiral.tracing.spans import Tracing

UNTRACED = ("/health", "/metrics", "/v1/traces", "/api/public/otel/v1/traces")
"""Paths that machines ask again and again; where we send to ourselves, spans about spans would never end."""


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
                        told.fail(str(message["status"]))
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
