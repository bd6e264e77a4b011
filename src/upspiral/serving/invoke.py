"""How is one agent asked, and what comes of it?"""

import asyncio
import time

from upspiral.domain import LOCAL_HOST
from upspiral.domain.ids import MemoryItemId
from upspiral.domain.prompting import Prompt, write_prompt
from upspiral.errors import InvalidInput, ProviderError, Rejected, Unavailable, UpspiralError
from upspiral.providers.base import Completion
from upspiral.providers.dialects import TRANSLATED
from upspiral.providers.openai_compatible import OpenAICompatible
from upspiral.runtime import Runtime
from upspiral.serving.negotiated_request import NegotiatedRequest
from upspiral.serving.request import ModelReply, RoutedRequest


async def invoke(runtime: Runtime, routed: RoutedRequest) -> ModelReply:
    """Let an agent answer, whatever comes of it; nothing is written down."""
    started, shown = time.perf_counter(), tuple[MemoryItemId, ...]()
    try:
        model = await get_model(runtime, routed)
        prompt = await write_request_prompt(runtime, routed)
        shown = prompt.shown
        request = NegotiatedRequest(runtime, routed, model, prompt=prompt)
        said = await _ask_whole(request, model)
        completion = _read(request, said, model)
        body = request.answer_caller(said)
    except UpspiralError as error:
        return ModelReply(latency_ms=measure_ms(started), error=str(error), failure=error, shown=shown)
    return ModelReply(
        body=body,
        completion=completion,
        latency_ms=measure_ms(started),
        error=completion.error,
        shown=shown,
    )


def measure_ms(started: float) -> float:
    """Give the milliseconds since a moment of the performance counter."""
    return 1000 * (time.perf_counter() - started)


async def _ask_whole(request: NegotiatedRequest, model: OpenAICompatible) -> bytes:
    while True:
        body, path = request.write(), request.host.path
        try:
            said = await model.upstream.whole(path, body, call_id=request.call_id, more=request.headers)
        except Rejected as error:
            if not request.mend(error):
                raise
        else:
            request.note_answered()
            return said


def _read(request: NegotiatedRequest, said: bytes, model: OpenAICompatible) -> Completion:
    try:
        found = request.host.completion(said, model.model)
        if request.is_translated and found.error:
            raise Unavailable(f"The answer failed: {found.error}.", status=200)
    except ProviderError as error:
        raise model.upstream.explain(error) from error
    return found


async def get_model(runtime: Runtime, routed: RoutedRequest) -> OpenAICompatible:
    """Make the version's model answerable; its host may have to start first.

    Raises:
        InvalidInput: Its host does not speak the request's dialect.
        HostError: Its host does not start, or refuses it.
    """
    version, dialect = routed.model, routed.asked.dialect
    if version.host == LOCAL_HOST and dialect not in TRANSLATED.values():
        raise InvalidInput(
            f"Agent {routed.asked.model!r} runs on the local host, which does not speak {dialect.name!r}.",
            hint="Ask it by chat completions, or give the agent a model at another host.",
        )
    if runtime.hosts.is_ready(version):
        return runtime.model(version)
    return await asyncio.to_thread(runtime.model, version)


async def write_request_prompt(runtime: Runtime, routed: RoutedRequest) -> Prompt:
    """Write what the version puts before a request; a memory that is slow to search leaves the loop free.

    Raises:
        NotFound: The version's memory is not there.
        ProviderError: What measures likeness does not answer.
    """
    version, asked = routed.version, routed.asked
    if version.memory is None or not asked.dialect.takes_prompt:
        return write_prompt(version, ())
    recall = runtime.memories.recall
    if runtime.memories.is_quick(version):
        return write_prompt(version, asked.messages, recall)
    return await asyncio.to_thread(write_prompt, version, asked.messages, recall)
