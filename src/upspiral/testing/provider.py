"""A provider that does what a test tells it: answers, stalls, refuses, fails or talks nonsense.

It follows the documentation of OpenAI's and Anthropic's APIs, streams included, and remembers every call.
"""

import asyncio
from collections.abc import Callable
from typing import Any, Literal, Self

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import Route

from upspiral.testing import answers
from upspiral.testing.server_thread import ServerThread

Mood = Literal["ok", "busy", "broken", "down", "html", "empty", "nan", "deep", "stall", "denied", "refused"]


class FakeProvider:
    """An endpoint in a thread of this process, as a context manager.

    Args:
        answer: Gives the answer to the last message.
        moods: How each call goes, in turn; the last one stays.
        stall_s: How long a stalled call waits.
        port: Where it listens on 127.0.0.1; 0 takes a free one.
    """

    def __init__(
        self,
        answer: Callable[[str], str] = lambda asked: f"You said: {asked}",
        moods: tuple[Mood, ...] = ("ok",),
        *,
        stall_s: float = 5.0,
        port: int = 0,
    ) -> None:
        self.calls: list[str] = []
        """The idempotency key of each call."""
        self.bodies: list[dict[str, Any]] = []
        self.headers: list[dict[str, str]] = []
        self.moods = list(moods)
        self._answer = answer
        self._stall_s = stall_s
        paths = ("chat/completions", "responses", "messages", "embeddings")
        app = Starlette(routes=[Route(f"/v1/{path}", self._respond, methods=["POST"]) for path in paths])
        config = uvicorn.Config(app, port=port, log_level="critical", lifespan="off")
        self._server = ServerThread(config)
        self.url = ""

    def __enter__(self) -> Self:
        self.url = f"{self._server.__enter__().url}/v1"
        return self

    def __exit__(self, *_: object) -> None:
        self._server.__exit__()

    async def _respond(self, request: Request) -> Response:
        body = await request.json()
        self.calls.append(request.headers.get("idempotency-key", ""))
        self.bodies.append(body)
        self.headers.append(dict(request.headers))
        path = request.url.path
        mood = self.moods.pop(0) if len(self.moods) > 1 else self.moods[0]
        refused = await self._refuse(mood)
        if refused:
            return refused
        said = self.say(path, body)
        if body.get("stream"):
            return StreamingResponse(answers.events(path, said, body), media_type="text/event-stream")
        return JSONResponse(answers.whole(path, said, body))

    def say(self, path: str, body: dict[str, Any]) -> str:
        """Give the answer to a request; a subclass may read more of it than the last message."""
        return self._answer(answers.find_question(path, body))

    async def _refuse(self, mood: Mood) -> Response | None:
        if mood == "stall":
            await asyncio.sleep(self._stall_s)
        refusals: dict[str, Response] = {
            "busy": JSONResponse({"error": {"message": "Rate limit reached"}}, 429, {"Retry-After": "0"}),
            "broken": JSONResponse({"error": {"message": "The server had an error"}}, 500),
            "down": JSONResponse({"error": {"message": "Overloaded"}}, 503),
            "denied": JSONResponse({"error": {"message": "Incorrect API key provided"}}, 401),
            "refused": JSONResponse({"error": {"message": "max_tokens must be a number"}}, 400),
            "html": Response("<html>Bad gateway</html>", media_type="text/html"),
            "empty": JSONResponse({"choices": []}),
            "nan": Response('{"choices": NaN}', media_type="application/json"),
            "deep": Response(f'{{"choices": {"[" * 50_000}{"]" * 50_000}}}', media_type="application/json"),
        }
        return refusals.get(mood)
