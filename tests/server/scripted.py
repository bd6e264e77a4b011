"""A provider that answers each request as a test says, byte for byte."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable, Sequence
from typing import Any, Self

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.routing import Route

from upspiral.testing.server_thread import ServerThread

Script = Callable[[dict[str, Any]], Response]


class ScriptedProvider:
    """An endpoint in a thread of this process, as a context manager; remembers every body."""

    def __init__(self) -> None:
        self.script: Script = lambda _body: whole({"content": "ok"})
        self.bodies: list[dict[str, Any]] = []
        self.paths: list[str] = []
        """After the base URL, one for each body."""
        self.headers: list[dict[str, str]] = []
        self.sent = 0
        """Pieces of the latest stream that were taken."""
        app = Starlette(routes=[Route("/v1/{path:path}", self._respond, methods=["POST"])])
        config = uvicorn.Config(app, port=0, log_level="critical", lifespan="off")
        self._server = ServerThread(config, at_once=True)
        self.url = ""

    def __enter__(self) -> Self:
        self.url = f"{self._server.__enter__().url}/v1"
        return self

    def __exit__(self, *_: object) -> None:
        self._server.__exit__()

    async def _respond(self, request: Request) -> Response:
        body = await request.json()
        self.bodies.append(body)
        self.paths.append("/" + request.path_params["path"])
        self.headers.append(dict(request.headers))
        return self.script(body)

    def stream(self, *pieces: bytes, pause_s: float = 0.0, kind: str = "text/event-stream") -> Response:
        """Answer piece by piece."""
        self.sent = 0

        async def send() -> AsyncIterator[bytes]:
            for piece in pieces:
                self.sent += 1
                yield piece
                await asyncio.sleep(pause_s)

        return StreamingResponse(send(), media_type=kind)


def whole(message: dict[str, Any], finish: str = "stop", **more: Any) -> Response:
    """Answer with a whole chat completion."""
    choice = {"index": 0, "message": {"role": "assistant", **message}, "finish_reason": finish}
    return as_json({"id": "c1", "object": "chat.completion", "model": "m", "choices": [choice], **more})


def as_json(body: object, status: int = 200) -> Response:
    """Answer with JSON."""
    return Response(json.dumps(body), status, media_type="application/json")


def chunk(delta: dict[str, Any], finish: str | None = None, **more: Any) -> dict[str, Any]:
    """Make one chunk of a streamed chat completion."""
    choice = {"index": more.pop("index", 0), "delta": delta, "finish_reason": finish}
    return {"id": "c1", "object": "chat.completion.chunk", "model": "m", "choices": [choice], **more}


def events(*said: dict[str, Any], end: str = "\n\n", done: bool = True) -> bytes:
    """Write events."""
    lines: Sequence[str] = [json.dumps(one) for one in said] + (["[DONE]"] if done else [])
    return "".join(f"data: {line}{end}" for line in lines).encode()
