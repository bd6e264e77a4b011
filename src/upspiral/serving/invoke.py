"""How is one agent asked, and what comes of it?"""

import asyncio
import time

from upspiral.domain import LOCAL_HOST
from upspiral.errors import InvalidInput, ProviderError, Rejected, UpspiralError
from upspiral.providers.base import Completion
from upspiral.providers.dialects import CHAT, Dialect
from upspiral.providers.openai_compatible import OpenAICompatible
from upspiral.runtime import Runtime
from upspiral.serving.negotiated_request import NegotiatedRequest
from upspiral.serving.request import ModelReply, RoutedRequest


async def invoke(runtime: Runtime, routed: RoutedRequest) -> ModelReply:
    """Let an agent answer, whatever comes of it; nothing is written down."""
    asked, started = routed.asked, time.perf_counter()
    try:
        model = await get_model(runtime, routed)
        body = await _ask_whole(routed, NegotiatedRequest(runtime, routed, model), model)
        completion = _read(asked.dialect, body, model)
    except UpspiralError as error:
        return ModelReply(latency_ms=measure_ms(started), error=str(error), failure=error)
    return ModelReply(
        body=body, completion=completion, latency_ms=measure_ms(started), error=completion.error
    )


def measure_ms(started: float) -> float:
    """Give the milliseconds since a moment of the performance counter."""
    return 1000 * (time.perf_counter() - started)


async def _ask_whole(routed: RoutedRequest, request: NegotiatedRequest, model: OpenAICompatible) -> bytes:
    asked = routed.asked
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


def _read(dialect: Dialect, said: bytes, model: OpenAICompatible) -> Completion:
    try:
        return dialect.completion(said, model.model)
    except ProviderError as error:
        raise model.upstream.explain(error) from error


async def get_model(runtime: Runtime, routed: RoutedRequest) -> OpenAICompatible:
    """Make the version's model answerable; its host may have to start first.

    Raises:
        InvalidInput: Its host does not speak the request's dialect.
        HostError: Its host does not start, or refuses it.
    """
    version, dialect = routed.model, routed.asked.dialect
    if version.host == LOCAL_HOST and dialect is not CHAT:
        raise InvalidInput(
            f"Agent {routed.asked.model!r} runs on the local host, which does not speak {dialect.name!r}.",
            hint="Ask it by chat completions, or give the agent a model at another host.",
        )
    if runtime.hosts.is_ready(version):
        return runtime.model(version)
    return await asyncio.to_thread(runtime.model, version)
