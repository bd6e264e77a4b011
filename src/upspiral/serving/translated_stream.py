"""How does a caller hear a stream of a host that speaks another API?"""

from collections.abc import AsyncIterator

from upspiral.errors import Unavailable
from upspiral.providers.dialects import api_of
from upspiral.providers.openai_compatible import OpenAICompatible
from upspiral.providers.sse import EventReader, EventSplitter
from upspiral.serving.negotiated_request import NegotiatedRequest
from upspiral.wire.translate.stream import StreamTranslator


def make_translator(request: NegotiatedRequest) -> StreamTranslator:
    """Make what gathers the host's stream and writes that of the caller."""
    host, caller = api_of(request.host), api_of(request.caller)
    counts = isinstance(request.options, dict) and bool(request.options.get("include_usage"))
    assert request.host.stream is not None  # noqa: S101 - all that are translated have one
    assert host is not None  # noqa: S101 - only APIs are translated
    assert caller is not None  # noqa: S101 - only APIs are translated
    return StreamTranslator(request.host.stream(), host, caller, head=request.head, counts=counts)


async def translate_pieces(
    pieces: AsyncIterator[bytes], reader: EventReader, translator: StreamTranslator, model: OpenAICompatible
) -> AsyncIterator[bytes]:
    """Give a host's stream as the caller's, event by event.

    Args:
        pieces: The host's stream.
        reader: Hears all of it through the translator.
        translator: Writes for the caller.
        model: Who is asked, for errors.

    Raises:
        Unavailable: The host tells an error, or its stream breaks off.
    """
    splitter = EventSplitter()
    async for piece in pieces:
        reader.hear(splitter.feed(piece))
        if written := translator.drain():
            yield written
    reader.hear(splitter.end())
    reply = reader.reply()
    if reply.error:
        if written := translator.drain():
            yield written
        raise model.upstream.explain(Unavailable(f"{reply.error}.", status=200))
    yield translator.end(reply)
