"""What of a request may be left out where its host refuses it? What is ours, and nothing of the caller's."""

import msgspec

from upspiral.errors import Rejected
from upspiral.providers.dialects import CHAT
from upspiral.providers.negotiate import (
    MAX_ROUNDS,
    REFUSING_STATUSES,
    RequestChange,
    apply_changes,
    find_change,
)
from upspiral.providers.openai_compatible import OpenAICompatible
from upspiral.runtime import Runtime
from upspiral.serving.request import RoutedRequest

COUNTED = "stream_options"
"""With which a stream of chat completions is asked to count its tokens."""


class NegotiatedRequest:
    """A request as its host gets it: the caller's body as it came, and what we put beside it.

    Sampling of the version and the wish for a count of tokens are ours: what the host refuses of them is left
    out, and it is asked again. What the caller sent is never changed.
    """

    def __init__(
        self, runtime: Runtime, routed: RoutedRequest, model: OpenAICompatible, *, streamed: bool = False
    ) -> None:
        asked = routed.asked
        self._body = asked.dialect.prompted(asked.body, routed.version)
        self._body["model"] = model.model
        if streamed and asked.dialect is CHAT:
            self._body.setdefault(COUNTED, {"include_usage": True})
        self._ours = self._body.keys() - asked.body.keys() - {"model", "messages", "system", "instructions"}
        self._memory, self._key = runtime.refusals, (model.upstream.url, model.model)
        known = self._memory.changes(*self._key) if self._ours else ()
        self._known = known
        self._changes = [one for one in known if self._is_ours(one)]
        self._mended: list[RequestChange] = []
        self._id = routed.interaction

    @property
    def call_id(self) -> str:
        """An id of its own for each way in which it is asked."""
        return f"{self._id}-{len(self._mended)}" if self._mended else self._id

    def write(self) -> bytes:
        """Write the request."""
        changes = [*self._changes, *self._mended]
        return msgspec.json.encode(apply_changes(self._body, changes) if changes else self._body)

    def mend(self, error: Rejected) -> bool:
        """Leave out what the host refuses, where it is ours; give whether anything changed."""
        if error.status not in REFUSING_STATUSES or len(self._mended) >= MAX_ROUNDS:
            return False
        ours = {name: self._body[name] for name in self._ours}
        found = [one for one in find_change(ours, error.message, error.told) if self._is_ours(one)]
        new = [one for one in found if one not in (*self._changes, *self._mended)]
        self._mended += new
        return bool(new)

    def note_answered(self) -> None:
        """Remember what was left out, now that the host has answered."""
        if self._mended:
            self._memory.learn(*self._key, (*self._known, *self._mended))

    def _is_ours(self, change: RequestChange) -> bool:
        return change.what in ("drop", "rename") and change.field in self._ours
