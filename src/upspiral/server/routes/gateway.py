"""The OpenAI-compatible gateway: the day's door."""

import time
from collections.abc import AsyncIterator
from typing import Any

import msgspec
from fastapi import APIRouter, Request
from fastapi.responses import Response, StreamingResponse

from upspiral import serving
from upspiral.domain import Message
from upspiral.errors import InvalidInput, UpspiralError
from upspiral.providers.base import Completion
from upspiral.runtime import Runtime
from upspiral.server.deps import Spiral, answer

router = APIRouter(prefix="/v1", tags=["gateway"])

PLAIN = frozenset({"role", "content"})


class ChatBody(msgspec.Struct):
    """What is read of a chat completion; the rest is passed on."""

    model: str
    messages: list[dict[str, Any]]
    stream: bool = False
    user: str | None = None
    metadata: dict[str, str] = {}


def read(body: bytes, headers: Any) -> tuple[serving.Asked, bool]:
    """Understand the body of a chat completion.

    Returns:
        What was asked, and whether it is to be streamed.

    Raises:
        InvalidInput: Says what is wrong with it.
    """
    try:
        known = msgspec.json.decode(body, type=ChatBody)
        options: dict[str, Any] = msgspec.json.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise InvalidInput(
            f"The body is no chat completion: {error}.", hint="Send JSON with model and messages."
        ) from error
    if not known.messages:
        raise InvalidInput("The list of messages is empty.", hint="Send at least one message.")
    for name in ("model", "messages", "stream", "user", "metadata", "stream_options"):
        options.pop(name, None)
    asked = serving.Asked(
        model=known.model,
        messages=tuple(_message(message) for message in known.messages),
        options=options,
        raw=() if all(_is_plain(m) for m in known.messages) else tuple(known.messages),
        conversation=headers.get("x-conversation-id") or known.metadata.get("conversation"),
        end_user=known.user,
        metadata=known.metadata,
    )
    return asked, known.stream


@router.post("/chat/completions", response_model=None)
async def chat_completions(request: Request, spiral: Spiral) -> Response:
    """Answer a chat completion, plain or streaming, and write it down.

    The answer's ``id`` is the id of the Interaction, to which feedback refers.
    """
    asked, stream = read(await request.body(), request.headers)
    if stream:
        return await _stream(spiral.runtime, asked)
    completion, routed = await serving.answer(spiral.runtime, asked)
    response = answer(_completion(completion, routed))
    response.headers["x-upspiral-interaction"] = routed.interaction
    return response


@router.get("/models", response_model=None)
async def models(spiral: Spiral) -> Response:
    """List the agents that can be asked, as models."""
    served = spiral.runtime.snapshot(spiral.workspace).agents
    data = [
        {"id": name, "object": "model", "created": int(one.agent.at.timestamp()), "owned_by": "upspiral"}
        for name, one in sorted(served.items())
    ]
    return answer({"object": "list", "data": data})


async def _stream(runtime: Runtime, asked: serving.Asked) -> Response:
    routed = serving.choose(runtime, asked)
    pieces = serving.stream(runtime, routed)
    first = await anext(pieces, b"")  # an error before the first byte is still an HTTP error

    async def rest() -> AsyncIterator[bytes]:
        try:
            yield first
            async for piece in pieces:
                yield piece
        except UpspiralError as error:
            said = {"error": {"message": str(error), "type": "server_error"}}
            yield b"data: " + msgspec.json.encode(said) + b"\n\n"
        finally:
            await pieces.aclose()

    headers = {"x-upspiral-interaction": routed.interaction, "cache-control": "no-cache"}
    return StreamingResponse(rest(), media_type="text/event-stream", headers=headers)


def _message(message: dict[str, Any]) -> Message:
    role, content = message.get("role"), message.get("content")
    if not isinstance(role, str):
        raise InvalidInput(f"A message has the role {role!r}.", hint="Use system, user, assistant or tool.")
    if isinstance(content, list):
        content = "\n".join(str(part.get("text", "")) for part in content if isinstance(part, dict))
    if content is not None and not isinstance(content, str):
        raise InvalidInput(
            f"The content of a {role} message is of type {type(content).__name__}.", hint="Send text."
        )
    return Message(role, content or "")


def _is_plain(message: dict[str, Any]) -> bool:
    return message.keys() <= PLAIN and isinstance(message.get("content"), str)


def _completion(completion: Completion, routed: serving.Routed) -> dict[str, Any]:
    said: dict[str, Any] = {"role": "assistant", "content": completion.answer}
    if completion.tool_calls:
        said["tool_calls"] = [
            {
                "id": f"call_{n}",
                "type": "function",
                "function": {"name": call.name, "arguments": call.arguments},
            }
            for n, call in enumerate(completion.tool_calls)
        ]
    usage = completion.usage
    return {
        "id": routed.interaction,
        "object": "chat.completion",
        "created": int(time.time()),
        "model": routed.asked.model,
        "choices": [{"index": 0, "message": said, "finish_reason": completion.finish_reason}],
        "usage": {
            "prompt_tokens": usage.input_tokens,
            "completion_tokens": usage.output_tokens,
            "total_tokens": usage.input_tokens + usage.output_tokens,
        },
    }
