"""How does one agent answer piece by piece?"""

import time
from collections.abc import AsyncGenerator

from upspiral.errors import UpspiralError
from upspiral.providers.dialects import CHAT
from upspiral.providers.sse import without_usage
from upspiral.runtime import Runtime
from upspiral.serving.invoke import get_model, measure_ms, write_body
from upspiral.serving.request import CLIENT_DISCONNECTED, ModelReply, RoutedRequest


class StreamedReply:
    """An answer that is read while it is passed on.

    Args:
        routed: Who answers what.
    """

    def __init__(self, routed: RoutedRequest) -> None:
        reader = routed.asked.dialect.reader
        assert reader is not None  # noqa: S101 - the gateway asks for no stream of others
        self._routed, self._reader = routed, reader()
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
            model = await get_model(runtime, self._routed)
            pieces = model.upstream.pieces(
                asked.dialect.path,
                write_body(self._routed, model.model, stream=True),
                call_id=self._routed.interaction,
                more=asked.headers,
            )
            # We always ask a chat for its count of tokens; a caller who did not must not see it.
            hides_usage = asked.dialect is CHAT and "stream_options" not in asked.body
            async for piece in without_usage(pieces, reader) if hides_usage else pieces:
                if not hides_usage:
                    reader.feed(piece)
                yield piece
            self._error = reader.error or ""
        except UpspiralError as failure:
            self._error, self._failure = str(failure), failure
            raise

    def finish(self) -> ModelReply:
        """Give all that came, and how it ended."""
        return ModelReply(
            completion=self._reader.completion(self._routed.model.name),
            latency_ms=measure_ms(self._started),
            error=self._error or None,
            failure=self._failure,
        )
