"""How does the client talk to a server that lives in the same process?"""

import asyncio
from threading import Lock
from typing import Any

import httpx2


class InProcess(httpx2.BaseTransport):
    """Calls an ASGI application on an event loop of its own, one request at a time.

    The application's lifespan is not run: give one that is open already.
    """

    def __init__(self, app: Any) -> None:
        self._inner = httpx2.ASGITransport(app, raise_app_exceptions=False)
        self._loop: asyncio.AbstractEventLoop | None = None
        self._turn = Lock()

    def handle_request(self, request: httpx2.Request) -> httpx2.Response:
        """Give the application's answer, read to its end."""
        with self._turn:
            if self._loop is None:
                self._loop = asyncio.new_event_loop()
            return self._loop.run_until_complete(self._answer(request))

    async def _answer(self, request: httpx2.Request) -> httpx2.Response:
        body = request.read()
        inner = httpx2.Request(request.method, request.url, headers=request.headers, content=body)
        answer = await self._inner.handle_async_request(inner)
        content = await answer.aread()
        return httpx2.Response(answer.status_code, headers=answer.headers, content=content)

    def close(self) -> None:
        """Close the loop."""
        with self._turn:
            if self._loop is not None:
                self._loop.run_until_complete(self._loop.shutdown_default_executor())
                self._loop.close()
                self._loop = None
