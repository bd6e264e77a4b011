"""A provider that does what a test tells it: answers, stalls, refuses, fails or talks nonsense.

It follows OpenAI's documentation of chat completions, streams included, and remembers every call's id.
"""

import asyncio
import json
import threading
from collections.abc import AsyncIterator, Callable
from typing import Any, Literal, Self

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import Route

Mood = Literal["ok", "busy", "broken", "down", "html", "empty", "nan", "stall", "denied"]


class FakeProvider:
    """An endpoint in a thread of this process, as a context manager.

    Args:
        answer: Gives the answer to the last message.
        moods: How each call goes, in turn; the last one stays.
        stall_s: How long a stalled call waits.
    """

    def __init__(
        self,
        answer: Callable[[str], str] = lambda asked: f"You said: {asked}",
        moods: tuple[Mood, ...] = ("ok",),
        *,
        stall_s: float = 5.0,
    ) -> None:
        self.calls: list[str] = []
        """The idempotency key of each call."""
        self.bodies: list[dict[str, Any]] = []
        self.moods = list(moods)
        self._answer = answer
        self._stall_s = stall_s
        app = Starlette(routes=[Route("/v1/chat/completions", self._chat, methods=["POST"])])
        self._server = uvicorn.Server(uvicorn.Config(app, port=0, log_level="critical"))
        self._thread = threading.Thread(target=self._server.run, daemon=True)
        self.url = ""

    def __enter__(self) -> Self:
        self._thread.start()
        while not self._server.started:
            self._thread.join(0.01)
        self.url = f"http://127.0.0.1:{self._server.servers[0].sockets[0].getsockname()[1]}/v1"
        return self

    def __exit__(self, *_: object) -> None:
        self._server.should_exit = True
        self._thread.join(5)

    async def _chat(self, request: Request) -> Response:
        body = await request.json()
        self.calls.append(request.headers.get("idempotency-key", ""))
        self.bodies.append(body)
        mood = self.moods.pop(0) if len(self.moods) > 1 else self.moods[0]
        refused = await self._refuse(mood)
        if refused:
            return refused
        said = self._answer(str(body["messages"][-1]["content"]))
        if body.get("stream"):
            return StreamingResponse(_events(said, body), media_type="text/event-stream")
        return JSONResponse(_completion(said, body))

    async def _refuse(self, mood: Mood) -> Response | None:
        if mood == "stall":
            await asyncio.sleep(self._stall_s)
        refusals: dict[str, Response] = {
            "busy": JSONResponse({"error": {"message": "Rate limit reached"}}, 429, {"Retry-After": "0"}),
            "broken": JSONResponse({"error": {"message": "The server had an error"}}, 500),
            "down": JSONResponse({"error": {"message": "Overloaded"}}, 503),
            "denied": JSONResponse({"error": {"message": "Incorrect API key provided"}}, 401),
            "html": Response("<html>Bad gateway</html>", media_type="text/html"),
            "empty": JSONResponse({"choices": []}),
            "nan": Response('{"choices": NaN}', media_type="application/json"),
        }
        return refusals.get(mood)


def _completion(said: str, body: dict[str, Any]) -> dict[str, Any]:
    message = {"role": "assistant", "content": said}
    return {
        "id": "chatcmpl-fake",
        "object": "chat.completion",
        "created": 0,
        "model": body["model"],
        "choices": [{"index": 0, "message": message, "finish_reason": "stop"}],
        "usage": {"prompt_tokens": 7, "completion_tokens": 3, "total_tokens": 10},
    }


async def _events(said: str, body: dict[str, Any]) -> AsyncIterator[str]:
    head = {"id": "chatcmpl-fake", "object": "chat.completion.chunk", "created": 0, "model": body["model"]}
    for word in said.split(" "):
        choice = {"index": 0, "delta": {"content": f"{word} "}, "finish_reason": None}
        yield f"data: {json.dumps({**head, 'choices': [choice]})}\n\n"
    last = {"index": 0, "delta": {}, "finish_reason": "stop"}
    yield f"data: {json.dumps({**head, 'choices': [last]})}\n\n"
    usage = {"prompt_tokens": 7, "completion_tokens": 3, "total_tokens": 10}
    if (body.get("stream_options") or {}).get("include_usage"):
        yield f"data: {json.dumps({**head, 'choices': [], 'usage': usage})}\n\n"
    yield "data: [DONE]\n\n"
