"""How does one agent answer piece by piece?"""

import time
from collections.abc import AsyncGenerator

from upspiral.errors import Rejected, UpspiralError
from upspiral.providers.dialects import CHAT
from upspiral.providers.openai_compatible import OpenAICompatible
from upspiral.providers.reading import to_completion
from upspiral.providers.sse import EventReader, without_usage
from upspiral.runtime import Runtime
from upspiral.serving.invoke import get_model, measure_ms
from upspiral.serving.negotiated_request import COUNTED, NegotiatedRequest
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
            pieces = _stream_pieces(runtime, self._routed, await get_model(runtime, self._routed))
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


async def _stream_pieces(
    runtime: Runtime, routed: RoutedRequest, model: OpenAICompatible
) -> AsyncGenerator[bytes]:
    """Ask for a stream, with the count of tokens at its end where the host can give one."""
    asked, request = routed.asked, NegotiatedRequest(runtime, routed, model, streamed=True)
    while True:
        body, path = request.write(), asked.dialect.path
        pieces = model.upstream.pieces(path, body, call_id=request.call_id, more=asked.headers)
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
