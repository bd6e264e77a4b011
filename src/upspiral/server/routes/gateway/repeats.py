"""What is kept of a model's answer for a repeated request? What the disk may hold of it.

Personal data and secrets are never written in clear, so an answer in which something was hidden is given
again with pseudonyms in its place. A stream is kept as it was sent where nothing in it had to be hidden.
"""

from collections.abc import Callable
from typing import Self

import msgspec
from starlette.responses import Response
from starlette.types import Scope

from upspiral.capture.ingest_policy import IngestPolicy
from upspiral.server.idempotency import INTERACTIONS, MAX_ANSWER_BYTES, SCOPE, KeyedRequest
from upspiral.serving import Also, RecordedReply, RoutedRequest

JSON, EVENTS = "application/json", "text/event-stream; charset=utf-8"


class StreamCopy:
    """The bytes of a stream as they pass by, as long as they are few enough to be kept."""

    def __init__(self) -> None:
        self._pieces: list[bytes] = []
        self._bytes = 0

    def add(self, piece: bytes) -> bytes:
        """Take a copy of a piece, and give the piece."""
        self._bytes += len(piece)
        if self._bytes <= MAX_ANSWER_BYTES:
            self._pieces.append(piece)
        else:
            self._pieces.clear()
        return piece

    def whole(self) -> bytes | None:
        """Give all of it; None where it was too long."""
        return b"".join(self._pieces) if self._bytes <= MAX_ANSWER_BYTES else None


class AnswerKeeper:
    """Keeps the answer to one request under its idempotency key."""

    def __init__(self, keyed: KeyedRequest, admission: IngestPolicy) -> None:
        self._keyed, self._admission = keyed, admission

    @classmethod
    def of(cls, scope: Scope, admission: IngestPolicy) -> Self | None:
        """Give the keeper of a request; None where it named no key."""
        keyed: KeyedRequest | None = scope.get(SCOPE)
        if keyed is None:
            return None
        keyed.keeps_itself = True
        return cls(keyed, admission)

    def of_whole(self, shown: Callable[[bytes, RoutedRequest], bytes], *, media_type: str = JSON) -> Also:
        """Keep a whole answer, also where its caller hung up meanwhile.

        Args:
            shown: Gives the answer as the caller sees it.
            media_type: Of what the caller sees.
        """

        def also(tried: RecordedReply) -> Callable[[], None] | None:
            if tried.reply.failure:
                return None  # it may be tried again
            hidden = self._hide(tried.reply.body)
            body = shown(hidden, tried.routed) if hidden is not None else None
            return self._finish(tried.routed, body, media_type)

        return also

    def of_stream(self, heard: StreamCopy) -> Also:
        """Keep a stream that came to its end; one that broke off may be asked for again."""

        def also(tried: RecordedReply) -> Callable[[], None] | None:
            completion = tried.reply.completion
            if tried.reply.error or completion is None:
                return None
            said = [completion.answer, *(call.arguments for call in completion.tool_calls)]
            is_clean = all(self._admission.text(one) == one for one in said)
            return self._finish(tried.routed, heard.whole() if is_clean else None, EVENTS)

        return also

    def _hide(self, body: bytes) -> bytes | None:
        text = body.decode(errors="replace")
        hidden = self._admission.text(text)
        if hidden == text:
            return body
        try:
            msgspec.json.decode(hidden)
        except msgspec.DecodeError:
            return None  # so much was hidden that it is no answer any more
        return hidden.encode()

    def _finish(self, routed: RoutedRequest, body: bytes | None, media_type: str) -> Callable[[], None]:
        at = {"location": f"{INTERACTIONS}{routed.interaction}"}
        response = Response(body or b"", 200, at, media_type)
        return lambda: self._keyed.finish(response, keep=body is not None)
