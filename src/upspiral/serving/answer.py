"""How does one agent answer, as a whole or piece by piece?"""

import asyncio
import time
from collections.abc import AsyncGenerator
from typing import Any

import msgspec

from upspiral.domain import LOCAL_HOST
from upspiral.errors import InvalidInput, ProviderError, UpspiralError
from upspiral.providers.base import Completion
from upspiral.providers.dialects import CHAT, Dialect
from upspiral.providers.openai_compatible import OpenAICompatible
from upspiral.providers.sse import without_usage
from upspiral.runtime import Runtime
from upspiral.serving.record import Also, record
from upspiral.serving.request import CLIENT_DISCONNECTED, ModelReply, RoutedRequest


async def answer(
    runtime: Runtime, routed: RoutedRequest, gone: asyncio.Future[Any], *, also: Also | None = None
) -> bytes:
    """Let the chosen one answer, write it down, and give the answer as it came.

    Args:
        runtime: The parts.
        routed: Who answers.
        gone: Done once the caller has hung up; the answer is written down as unread then.
        also: Gives what else is written with it.

    Raises:
        ProviderError: The model did not answer; this too is written down.
    """
    said = await ask(runtime, routed)
    if gone.done() and not said.failure:
        said = msgspec.structs.replace(said, error=CLIENT_DISCONNECTED)
    await record(runtime, routed, said, also=also)
    if said.failure:
        raise said.failure
    return said.body


async def ask(runtime: Runtime, routed: RoutedRequest) -> ModelReply:
    """Let an agent answer, whatever comes of it; nothing is written down."""
    asked, started = routed.asked, time.perf_counter()
    try:
        model = await _model(runtime, routed)
        body = await model.upstream.whole(
            asked.dialect.path, _body(routed, model.model), call_id=routed.interaction, more=asked.headers
        )
        completion = _read(asked.dialect, body, model)
    except UpspiralError as error:
        return ModelReply(latency_ms=_since(started), error=str(error), failure=error)
    return ModelReply(body=body, completion=completion, latency_ms=_since(started))


async def stream(
    runtime: Runtime, routed: RoutedRequest, *, also: Also | None = None
) -> AsyncGenerator[bytes]:
    """The same, passing each piece on as it comes; written down before the stream ends.

    A caller who hangs up early is written down as that.
    """
    asked, started = routed.asked, time.perf_counter()
    assert asked.dialect.reader is not None  # noqa: S101 - the door asks for no stream of others
    heard, error, failed = asked.dialect.reader(), CLIENT_DISCONNECTED, None
    try:
        model = await _model(runtime, routed)
        pieces = model.upstream.pieces(
            asked.dialect.path,
            _body(routed, model.model, stream=True),
            call_id=routed.interaction,
            more=asked.headers,
        )
        quiet = asked.dialect is CHAT and "stream_options" not in asked.body
        async for piece in without_usage(pieces, heard) if quiet else pieces:
            if not quiet:
                heard.feed(piece)
            yield piece
        error = heard.error or ""
    except UpspiralError as failure:
        error, failed = str(failure), failure
        raise
    finally:
        completion = heard.completion(routed.model.name)
        said = ModelReply(
            completion=completion, latency_ms=_since(started), error=error or None, failure=failed
        )
        await asyncio.shield(record(runtime, routed, said, also=also))


def _since(started: float) -> float:
    return 1000 * (time.perf_counter() - started)


def _body(routed: RoutedRequest, model: str, *, stream: bool = False) -> bytes:
    """Write the request as the model gets it: instructions, guidelines and examples first."""
    asked = routed.asked
    body = asked.dialect.prompted(asked.body, routed.version)
    body["model"] = model
    if stream and asked.dialect is CHAT:
        body.setdefault("stream_options", {"include_usage": True})
    return msgspec.json.encode(body)


def _read(dialect: Dialect, said: bytes, model: OpenAICompatible) -> Completion:
    try:
        return dialect.completion(said, model.model)
    except ProviderError as error:
        raise model.upstream.explain(error) from error


async def _model(runtime: Runtime, routed: RoutedRequest) -> OpenAICompatible:
    version, dialect = routed.model, routed.asked.dialect
    if version.host == LOCAL_HOST and dialect is not CHAT:
        raise InvalidInput(
            f"Agent {routed.asked.model!r} runs on the local host, which does not speak {dialect.name!r}.",
            hint="Ask it by chat completions, or give the agent a model at another host.",
        )
    if runtime.hosts.is_ready(version):
        return runtime.model(version)
    return await asyncio.to_thread(runtime.model, version)
