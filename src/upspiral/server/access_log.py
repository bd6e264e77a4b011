"""Who asked what, and how did it end? A line of the log for each request: its route, never what it held."""

import time

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from upspiral.logs import get_logger

log = get_logger("upspiral.admin.keys")
QUIET_PATHS = ("/health",)
"""Paths that machines ask again and again; their lines are of level DEBUG."""


def with_access_log(app: ASGIApp) -> ASGIApp:
    """Put the log before an application.

    A line holds the method, the route as it is documented (an id in it would tell whose data it was), the
    status, the milliseconds and the id of the key.

    Args:
        app: Answers the requests.
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
            route = getattr(getattr(caller, "route", None), "path", "unknown")
            principal = getattr(caller, "principal", None)
            write = log.debug if route in QUIET_PATHS else log.info
            write(
                "request",
                method=scope["method"],
                route=route,
                status=status,
                ms=round(1000 * (time.monotonic() - began)),
                key=principal.key if principal else None,
            )

    return log_request
