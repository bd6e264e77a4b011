"""How does one agent answer, as a whole or piece by piece?"""

import asyncio
import time
from collections.abc import AsyncGenerator
from typing import Any

import msgspec

from upspiral.domain import Host
from upspiral.errors import InvalidInput, ProviderError, Rejected, UpspiralError
from upspiral.providers.base import Completion
from upspiral.providers.dialects import CHAT, Dialect
from upspiral.providers.openai_compatible import OpenAICompatible
from upspiral.providers.reading import to_completion
from upspiral.providers.sse import EventReader, without_usage
from upspiral.runtime import Runtime
from upspiral.serving.negotiated_request import NegotiatedRequest
from upspiral.serving.record import Also, record
from upspiral.serving.request import CLIENT_DISCONNECTED, GatewayRequest, ModelReply, RoutedRequest


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
        body = await _ask_whole(NegotiatedRequest(runtime, routed, model), asked, model)
        completion = _read(asked.dialect, body, model)
    except UpspiralError as error:
        return ModelReply(latency_ms=_since(started), error=str(error), failure=error)
    return ModelReply(body=body, completion=completion, latency_ms=_since(started), error=completion.error)


async def _ask_whole(request: NegotiatedRequest, asked: GatewayRequest, model: OpenAICompatible) -> bytes:
    while True:
        body, path = request.write(), asked.dialect.path
        try:
            said = await model.upstream.whole(path, body, call_id=request.call_id, more=asked.headers)
        except Rejected as error:
            if not request.mend(error):
                raise
        else:
            request.note_answered()
            return said


async def stream(
    runtime: Runtime, routed: RoutedRequest, *, also: Also | None = None
) -> AsyncGenerator[bytes]:
    """The same, passing each piece on as it comes; written down before the stream ends.

    A caller who hangs up early is written down as that.
    """
    asked, started = routed.asked, time.perf_counter()
    assert asked.dialect.stream is not None  # noqa: S101 - the door asks for no stream of others
    heard, error, failed = EventReader(asked.dialect.stream), CLIENT_DISCONNECTED, None
    try:
        model = await _model(runtime, routed)
        pieces = _stream_pieces(runtime, routed, model)
        quiet = asked.dialect is CHAT and "stream_options" not in asked.body
        async for piece in without_usage(pieces, heard) if quiet else pieces:
            if not quiet:
                heard.feed(piece)
            yield piece
        error = heard.reply().error or ""
    except UpspiralError as failure:
        error, failed = str(failure), failure
        raise
    finally:
        completion = to_completion(heard.reply(), model=routed.model.name)
        said = ModelReply(
            completion=completion, latency_ms=_since(started), error=error or None, failure=failed
        )
        await asyncio.shield(record(runtime, routed, said, also=also))


async def _stream_pieces(
    runtime: Runtime, routed: RoutedRequest, model: OpenAICompatible
) -> AsyncGenerator[bytes]:
    """Ask for a stream, with the count of tokens at its end where the host can give one."""
    asked, request = routed.asked, NegotiatedRequest(runtime, routed, model, streamed=True)
    while True:
        body = request.write()
        pieces = model.upstream.pieces(asked.dialect.path, body, call_id=request.call_id, more=asked.headers)
        begun = False
        try:
            async for piece in pieces:
                if not begun:
                    begun = True
                    request.note_answered()
                yield piece
        except Rejected as error:
            if begun or not request.mend(error):
                raise
        else:
            return


def _since(started: float) -> float:
    return 1000 * (time.perf_counter() - started)


def _read(dialect: Dialect, said: bytes, model: OpenAICompatible) -> Completion:
    try:
        return dialect.completion(said, model.model)
    except ProviderError as error:
        raise model.upstream.explain(error) from error


async def _model(runtime: Runtime, routed: RoutedRequest) -> OpenAICompatible:
    version, dialect = routed.model, routed.asked.dialect
    if version.host == Host.LOCAL and dialect is not CHAT:
        raise InvalidInput(
            f"Agent {routed.asked.model!r} runs on the local host, which does not speak {dialect.name!r}.",
            hint="Ask it by chat completions, or give the agent a model at another host.",
        )
    if runtime.hosts.is_ready(version):
        return runtime.model(version)
    return await asyncio.to_thread(runtime.model, version)
