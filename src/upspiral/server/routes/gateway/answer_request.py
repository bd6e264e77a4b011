"""The gateway: OpenAI's and Anthropic's APIs, on the hot path."""

import asyncio
from functools import partial
from typing import Any

import msgspec
from starlette.types import ASGIApp, Receive, Scope, Send

from upspiral import serving
from upspiral.app import App
from upspiral.domain import Agent
from upspiral.domain import Scope as Grant
from upspiral.errors import (
    AuthFailed,
    ConfigError,
    HostError,
    NotFound,
    ProviderTimeout,
    RateLimited,
    Rejected,
    Unavailable,
    UpspiralError,
)
from upspiral.providers.dialects import (
    CHAT,
    COMPLETIONS,
    COUNT_TOKENS,
    EMBEDDINGS,
    MESSAGES,
    RESPONSES,
    Dialect,
    api_of,
)
from upspiral.server.deps import principal_of
from upspiral.server.limits.body_limit import has_disconnected, read_body
from upspiral.server.middleware import INTERACTION, MODELS
from upspiral.server.openapi.gateway import OPERATIONS
from upspiral.server.policy import HotRoute, Policy
from upspiral.server.routes.gateway.read_request import name_sender, read
from upspiral.server.routes.gateway.repeats import EVENTS, JSON, AnswerKeeper, StreamCopy
from upspiral.storable import decode_json
from upspiral.wire.translate.events import encode_end
from upspiral.wire.translate.whole import write_stream

_read_fields = msgspec.json.Decoder(dict[str, msgspec.Raw]).decode

FAILURES = (
    NotFound,
    ConfigError,
    RateLimited,
    ProviderTimeout,
    Unavailable,
    Rejected,
    AuthFailed,
    HostError,
)
"""How asking a model may fail, beside what every route can fail with."""


def routes(app: App) -> tuple[HotRoute, ...]:
    """Give the gateway's routes."""
    asked = {
        "/v1/chat/completions": CHAT,
        "/v1/responses": RESPONSES,
        "/v1/messages": MESSAGES,
        "/v1/embeddings": EMBEDDINGS,
    }
    asked |= {"/v1/completions": COMPLETIONS, "/v1/messages/count_tokens": COUNT_TOKENS}
    ingest, seen = Policy((Grant.INGEST,), errors=FAILURES), Policy((Grant.INGEST, Grant.READ))
    shadows = serving.ShadowRequests(app.runtime)
    posts = [
        HotRoute(
            method="POST",
            path=path,
            policy=ingest,
            program=_program(app, dialect, shadows),
            operation=OPERATIONS[path],
        )
        for path, dialect in asked.items()
    ]
    models = HotRoute(
        method="GET",
        path="/v1/models",
        policy=seen,
        program=_models(app),
        operation=OPERATIONS["/v1/models"],
    )
    one = HotRoute(
        method="GET",
        path="/v1/models/{model}",
        policy=seen,
        program=_model(app),
        operation=OPERATIONS["/v1/models/{model}"],
    )
    return (*posts, models, one)


def _program(app: App, dialect: Dialect, shadows: serving.ShadowRequests) -> ASGIApp:
    async def program(scope: Scope, receive: Receive, send: Send) -> None:
        headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]}
        principal = principal_of(scope)
        admission = app.runtime.admission(principal.workspace)
        asked, streamed = read(await read_body(receive), headers, dialect, principal.workspace)
        asked = name_sender(asked, principal.key, admission.text)
        app.runtime.check_room()
        asked = await serving.find_conversation(app.runtime, asked)
        routed = await serving.choose(app.runtime, asked)
        keeper = AnswerKeeper.of(scope, admission)
        if isinstance(routed, serving.FanOut):
            await _send_fan_out(app, routed, (receive, send), keeper=keeper, streamed=streamed)
        elif streamed and dialect.stream:
            await _stream_while_heard(app, routed, (receive, send), keeper=keeper)
        else:
            await _answer(app, routed, (receive, send), keeper=keeper)
        if isinstance(routed, serving.RoutedRequest):
            shadows.offer(routed)

    return program


async def _answer(
    app: App, routed: serving.RoutedRequest, ways: tuple[Receive, Send], *, keeper: AnswerKeeper | None
) -> None:
    receive, send = ways
    also = keeper.of_whole(add_ids) if keeper else None
    _, said = await serving.answer(app.runtime, routed, partial(has_disconnected, receive), also=also)
    said = add_ids(said, routed)
    await _start(send, routed, b"application/json", length=len(said))
    await send({"type": "http.response.body", "body": said})


async def _send_fan_out(
    app: App,
    several: serving.FanOut,
    ways: tuple[Receive, Send],
    *,
    keeper: AnswerKeeper | None,
    streamed: bool,
) -> None:
    """Answer with what several agents settled on; a stream of it comes in one piece."""

    def render(said: bytes, routed: serving.RoutedRequest) -> bytes:
        said = add_ids(said, routed)
        if not streamed:
            return said
        api = api_of(routed.asked.dialect)
        if api is None:  # a completion of a text, whose chunks look like the whole
            return encode_end([decode_json(said)], "chat")
        return write_stream(decode_json(said), api, counts=several.counted)

    receive, send = ways
    also = keeper.of_whole(render, media_type=EVENTS if streamed else JSON) if keeper else None
    routed, said = await serving.answer(app.runtime, several, partial(has_disconnected, receive), also=also)
    said = render(said, routed)
    if streamed:
        await _start(send, routed, EVENTS.encode())
    else:
        await _start(send, routed, JSON.encode(), length=len(said))
    await send({"type": "http.response.body", "body": said})


def add_ids(said: bytes, routed: serving.RoutedRequest) -> bytes:
    """Put our id and the agent's name into a chat completion: feedback refers to its id."""
    if routed.asked.dialect is not CHAT:
        return said
    try:  # what is passed on as it is needs no reading; bytes that are no text are mended below
        answer: dict[str, Any] = _read_fields(said.decode())
    except (msgspec.DecodeError, UnicodeDecodeError):
        answer = decode_json(said)
    answer["id"], answer["model"] = routed.interaction, routed.asked.model
    answer.setdefault("object", "chat.completion")
    return msgspec.json.encode(answer)


async def _stream_while_heard(
    app: App, routed: serving.RoutedRequest, ways: tuple[Receive, Send], *, keeper: AnswerKeeper | None
) -> None:
    """Stream an answer; where the caller hangs up, the model's host is let go at once."""
    receive, send = ways
    gone = asyncio.ensure_future(receive())
    pump = asyncio.ensure_future(_stream(app, routed, send, keeper=keeper))
    try:
        await asyncio.wait({gone, pump}, return_when=asyncio.FIRST_COMPLETED)
        if not pump.done():
            pump.cancel()
            await asyncio.wait({pump})
        if not pump.cancelled():
            pump.result()
    finally:
        gone.cancel()
        pump.cancel()


async def _stream(
    app: App, routed: serving.RoutedRequest, send: Send, *, keeper: AnswerKeeper | None
) -> None:
    heard = StreamCopy()
    also = keeper.of_stream(heard) if keeper else None
    pieces = serving.stream(app.runtime, routed, also=also)
    try:
        first = await anext(pieces, b"")  # an error before the first byte is still an HTTP error
        await _start(send, routed, EVENTS.encode())
        await send({"type": "http.response.body", "body": heard.add(first), "more_body": True})
        try:
            async for piece in pieces:
                await send({"type": "http.response.body", "body": heard.add(piece), "more_body": True})
        except UpspiralError as error:
            said = {"type": "error", "error": {"message": str(error), "type": "server_error"}}
            event = b"event: error\ndata: " + msgspec.json.encode(said) + b"\n\n"
            await send({"type": "http.response.body", "body": event, "more_body": True})
        await send({"type": "http.response.body", "body": b""})
    finally:
        await pieces.aclose()


async def _start(
    send: Send, routed: serving.RoutedRequest, kind: bytes, *, length: int | None = None
) -> None:
    headers = [(b"content-type", kind), (INTERACTION, routed.interaction.encode())]
    if length is None:
        headers.append((b"cache-control", b"no-cache"))
    else:
        headers.append((b"content-length", str(length).encode()))
    await send({"type": "http.response.start", "status": 200, "headers": headers})


def _models(app: App) -> ASGIApp:
    async def program(scope: Scope, _receive: Receive, send: Send) -> None:
        served = app.runtime.snapshot(principal_of(scope).workspace).agents
        data = [_describe(name, one.agent) for name, one in sorted(served.items())]
        await _send_json(send, {"object": "list", "data": data, "has_more": False})

    return program


def _model(app: App) -> ASGIApp:
    async def program(scope: Scope, _receive: Receive, send: Send) -> None:
        name = scope["path"].removeprefix(MODELS)
        served = app.runtime.snapshot(principal_of(scope).workspace, wanted=name).agents
        if name not in served:
            raise NotFound(f"There is no agent {name!r}.", hint="GET /v1/models lists them.")
        await _send_json(send, _describe(name, served[name].agent))

    return program


def _describe(name: str, agent: Agent) -> dict[str, Any]:
    """Describe an agent as both APIs describe a model."""
    return {
        "id": name,
        "object": "model",
        "type": "model",
        "display_name": name,
        "created": int(agent.at.timestamp()),
        "created_at": agent.at,
        "owned_by": "upspiral",
    }


async def _send_json(send: Send, said: dict[str, Any]) -> None:
    body = msgspec.json.encode(said)
    head = [(b"content-type", b"application/json"), (b"content-length", str(len(body)).encode())]
    await send({"type": "http.response.start", "status": 200, "headers": head})
    await send({"type": "http.response.body", "body": body})
