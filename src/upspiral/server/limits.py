"""How much may a request bring? Refused before it is read, not after."""

from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send


class BodyLimit:
    """Refuses bodies above a size, whether they declare it or not."""

    def __init__(self, app: ASGIApp, *, max_bytes: int) -> None:
        self._app = app
        self._max = max_bytes

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Count what comes; answer 413 once it is too much."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        declared = dict(scope["headers"]).get(b"content-length", b"0")
        if not declared.isdigit() or int(declared) > self._max:
            await self._refuse(scope, receive, send)
            return
        seen = 0

        async def counted() -> Message:
            nonlocal seen
            message = await receive()
            seen += len(message.get("body", b""))
            if seen > self._max:
                raise TooLarge
            return message

        try:
            await self._app(scope, counted, send)
        except TooLarge:
            await self._refuse(scope, receive, send)

    async def _refuse(self, scope: Scope, receive: Receive, send: Send) -> None:
        message = f"The body is larger than {self._max / 1e6:g} MB."
        hint = "Send less at once, or raise the setting max_body_mb."
        body = {
            "type": "about:blank",
            "title": message,
            "status": 413,
            "code": "body_too_large",
            "hint": hint,
        }
        if scope["path"].startswith("/v1/"):
            body = {
                "error": {
                    "message": f"{message} {hint}",
                    "type": "invalid_request_error",
                    "code": "body_too_large",
                }
            }
        await JSONResponse(body, 413)(scope, receive, send)


class TooLarge(Exception):
    """The body grew beyond the limit while it was read."""
