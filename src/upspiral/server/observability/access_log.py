"""Who asked what, and how did it end? A line of the log for each request: its route, never what it held."""

import time
from collections.abc import Callable

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from upspiral.logs import get_logger
from upspiral.server.observability.request_spans import name_route

log = get_logger("upspiral.admin.keys")
QUIET_PATHS = ("/health", "/metrics")
"""Paths that machines ask again and again; their lines are of level DEBUG."""


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
