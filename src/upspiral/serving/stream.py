"""How does one agent answer piece by piece?"""

import time
from collections.abc import AsyncGenerator

from upspiral.errors import Rejected, UpspiralError
from upspiral.providers.dialects import CHAT
from upspiral.providers.openai_compatible import OpenAICompatible
from upspiral.providers.reading import to_completion
from upspiral.providers.sse import EventReader, without_usage
from upspiral.runtime import Runtime
from upspiral.serving.invoke import COUNTED, get_model, measure_ms, write_body
from upspiral.serving.request import CLIENT_DISCONNECTED, ModelReply, RoutedRequest


class StreamedReply:
    """An answer that is read while it is passed on.

    Args:
        routed: Who answers what.
    """

    def __init__(self, routed: RoutedRequest) -> None:
        protocol = routed.asked.dialect.stream
        assert protocol is not None  # noqa: S101 - the gateway asks for no stream of others
        self._routed, self._reader = routed, EventReader(protocol)
        self._started = time.perf_counter()
        self._error = CLIENT_DISCONNECTED  # until the stream has come to its end, or the model has failed
        self._failure: UpspiralError | None = None

    async def pieces(self, runtime: Runtime) -> AsyncGenerator[bytes]:
        """Give the bytes as they come.

        Raises:
            UpspiralError: The model failed.
        """
        asked, reader = self._routed.asked, self._reader
        try:
            pieces = _stream_pieces(self._routed, await get_model(runtime, self._routed))
            # We always ask a chat for its count of tokens; a caller who did not must not see it.
            hides_usage = asked.dialect is CHAT and COUNTED not in asked.body
            async for piece in without_usage(pieces, reader) if hides_usage else pieces:
                if not hides_usage:
                    reader.feed(piece)
                yield piece
            self._error = reader.reply().error or ""
        except UpspiralError as failure:
            self._error, self._failure = str(failure), failure
            raise

    def finish(self) -> ModelReply:
        """Give all that came, and how it ended."""
        return ModelReply(
            completion=to_completion(self._reader.reply(), model=self._routed.model.name),
            latency_ms=measure_ms(self._started),
            error=self._error or None,
            failure=self._failure,
        )


async def _stream_pieces(routed: RoutedRequest, model: OpenAICompatible) -> AsyncGenerator[bytes]:
    """Ask for a stream, with the count of tokens at its end where the host can give one.

    A caller who did not ask for the count gets its stream from a host that refuses to be asked for it, too.
    """
    asked, upstream = routed.asked, model.upstream
    adds = asked.dialect is CHAT and COUNTED not in asked.body and COUNTED not in upstream.refused
    for counted in (True, False) if adds else (False,):
        pieces = upstream.pieces(
            asked.dialect.path,
            write_body(routed, model.model, counted=counted),
            call_id=routed.interaction,
            more=asked.headers,
        )
        try:
            async for piece in pieces:
                yield piece
        except Rejected as error:
            if not counted or COUNTED not in error.message:
                raise
            upstream.refused.add(COUNTED)
        else:
            return
