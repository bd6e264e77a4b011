"""How does one agent answer piece by piece?"""

import time
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing

from upspiral.domain.ids import MemoryItemId
from upspiral.errors import Rejected, UpspiralError
from upspiral.providers.dialects import CHAT, Dialect
from upspiral.providers.openai_compatible import OpenAICompatible
from upspiral.providers.reading import to_completion
from upspiral.providers.sse import EventReader, without_usage
from upspiral.runtime import Runtime
from upspiral.serving.invoke import get_model, measure_ms, write_request_prompt
from upspiral.serving.negotiated_request import COUNTED, NegotiatedRequest
from upspiral.serving.request import CLIENT_DISCONNECTED, ModelReply, RoutedRequest
from upspiral.serving.translated_stream import make_translator, translate_pieces


class StreamedReply:
    """An answer that is read while it is passed on.

    Args:
        routed: Who answers what.
    """

    def __init__(self, routed: RoutedRequest) -> None:
        self._routed = routed
        self._reader = _make_reader(routed.asked.dialect)
        self._started = time.perf_counter()
        self._error = CLIENT_DISCONNECTED  # until the stream has come to its end, or the model has failed
        self._failure: UpspiralError | None = None
        self._shown: tuple[MemoryItemId, ...] = ()

    async def pieces(self, runtime: Runtime) -> AsyncGenerator[bytes]:
        """Give the bytes as they come.

        Raises:
            UpspiralError: The model failed.
        """
        try:
            model = await get_model(runtime, self._routed)
            prompt = await write_request_prompt(runtime, self._routed)
            self._shown = prompt.shown
            request = NegotiatedRequest(runtime, self._routed, model, prompt=prompt, streamed=True)
            async with aclosing(_stream_pieces(request, model)) as pieces:
                first = await anext(pieces, b"")  # until then the host's API may still be another
                told = self._tell(request, _put_first(first, pieces), model)
                async for piece in told:
                    yield piece
            self._error = self._reader.reply().error or ""
        except UpspiralError as failure:
            self._error, self._failure = str(failure), failure
            raise

    def _tell(
        self, request: NegotiatedRequest, pieces: AsyncIterator[bytes], model: OpenAICompatible
    ) -> AsyncIterator[bytes]:
        """Give a stream in the words of the caller's API."""
        if request.is_translated:
            translator = make_translator(request)
            self._reader = EventReader(lambda: translator)
            return translate_pieces(pieces, self._reader, translator, model)
        # We always ask a chat for its count of tokens; a caller who did not must not see it.
        if request.caller is CHAT and COUNTED not in self._routed.asked.body:
            return without_usage(pieces, self._reader)
        return _hear(pieces, self._reader)

    def finish(self) -> ModelReply:
        """Give all that came, and how it ended."""
        return ModelReply(
            completion=to_completion(self._reader.reply(), model=self._routed.model.name),
            latency_ms=measure_ms(self._started),
            error=self._error or None,
            failure=self._failure,
            shown=self._shown,
        )


def _make_reader(dialect: Dialect) -> EventReader:
    assert dialect.stream is not None  # noqa: S101 - the gateway asks for no stream of others
    return EventReader(dialect.stream)


async def _put_first(first: bytes, pieces: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    if first:
        yield first
    async for piece in pieces:
        yield piece


async def _hear(pieces: AsyncIterator[bytes], reader: EventReader) -> AsyncIterator[bytes]:
    async for piece in pieces:
        reader.feed(piece)
        yield piece


async def _stream_pieces(request: NegotiatedRequest, model: OpenAICompatible) -> AsyncGenerator[bytes]:
    """Ask for a stream, with the count of tokens at its end where the host can give one."""
    while True:
        body, path = request.write(), request.host.path
        pieces = model.upstream.pieces(path, body, call_id=request.call_id, more=request.headers)
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
