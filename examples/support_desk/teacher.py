"""Who knows the shop's facts? A teacher behind an OpenAI-compatible endpoint, wrong one time in ten."""

import json
import random
import re
import threading
from pathlib import Path
from typing import Any

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

import shop

WRONG = 0.1


def reply(prompt: str, rng: random.Random) -> str:
    """Answer a question, right nine times in ten.

    Args:
        prompt: Whatever the question is embedded in.
        rng: Decides whether this answer is wrong, and how.
    """
    asked = re.search(r"<question>(.*?)</question>", prompt, re.DOTALL)
    topic = shop.topic_of(asked[1] if asked else prompt)
    if topic is None:
        return shop.DONT_KNOW
    return rng.choice(topic.wrong) if rng.random() < WRONG else topic.answer


def create_app(seed: int, calls: Path | None = None) -> Starlette:
    """Make the endpoint.

    Args:
        seed: Of the wrong answers; each call draws from it and its own id.
        calls: A file to which the id of every call is added.
    """

    async def chat(request: Request) -> JSONResponse:
        body: dict[str, Any] = await request.json()
        call = request.headers.get("idempotency-key", "")
        if calls:
            with calls.open("a") as file:
                file.write(call + "\n")
        rng = random.Random(f"{seed} {call}")
        said = reply(body["messages"][-1]["content"], rng)
        message = {"role": "assistant", "content": said}
        usage = {
            "prompt_tokens": 50,
            "completion_tokens": len(said.split()),
            "total_tokens": 50 + len(said.split()),
        }
        choice = {"index": 0, "message": message, "finish_reason": "stop"}
        return JSONResponse(
            {
                "id": f"chatcmpl-{call}",
                "object": "chat.completion",
                "created": 0,
                "model": body["model"],
                "choices": [choice],
                "usage": usage,
            }
        )

    return Starlette(routes=[Route("/v1/chat/completions", chat, methods=["POST"])])


class Teacher:
    """The endpoint in a thread of this process, as a context manager."""

    def __init__(self, seed: int, calls: Path | None = None) -> None:
        config = uvicorn.Config(create_app(seed, calls), port=0, log_level="error")
        self._server = uvicorn.Server(config)
        self._thread = threading.Thread(target=self._server.run, daemon=True)

    def __enter__(self) -> str:
        self._thread.start()
        while not self._server.started:
            self._thread.join(0.02)
        port = self._server.servers[0].sockets[0].getsockname()[1]
        return f"http://127.0.0.1:{port}/v1"

    def __exit__(self, *_: object) -> None:
        self._server.should_exit = True
        self._thread.join(5)


if __name__ == "__main__":
    with Teacher(0) as url:
        print(json.dumps({"url": url}), flush=True)
        threading.Event().wait()
