"""In which API and in which words is a model asked? The caller's, unless its host speaks or takes another."""

from collections.abc import Mapping
from typing import Any

import msgspec

from upspiral.domain import LOCAL_HOST
from upspiral.domain.model import RequestChange
from upspiral.domain.prompting import Prompt
from upspiral.errors import InvalidInput, Rejected
from upspiral.providers.dialects import CHAT, TRANSLATED, Dialect, api_of
from upspiral.providers.negotiate import (
    MAX_ROUNDS,
    REFUSING_STATUSES,
    apis_of_host,
    apply_changes,
    choose_api,
    find_change,
    find_lacking_api,
)
from upspiral.providers.openai_compatible import OpenAICompatible
from upspiral.runtime import Runtime
from upspiral.serving.request import RoutedRequest
from upspiral.wire.translate.apis import TITLES, Api
from upspiral.wire.translate.reply import ReplyHead, write_reply
from upspiral.wire.translate.request import translate_request
from upspiral.wire.translate.settings import rename_setting

Body = dict[str, Any]
COUNTED = "stream_options"
"""With which a stream of chat completions is asked to count its tokens."""
PROMPT = frozenset(("model", "messages", "system", "instructions", "input"))
LOCAL_APIS: tuple[Api, ...] = ("chat",)


class NegotiatedRequest:
    """A request as its host gets it: the caller's body as it came, and what we put beside it.

    Sampling of the version and the wish for a count of tokens are ours: what the host refuses of them is left
    out, and it is asked again. What the caller sent is never changed; where the host does not speak the
    caller's API it is translated whole, or refused.
    """

    def __init__(
        self,
        runtime: Runtime,
        routed: RoutedRequest,
        model: OpenAICompatible,
        *,
        prompt: Prompt,
        streamed: bool = False,
    ) -> None:
        """Prepare it; nothing is sent yet.

        Raises:
            InvalidInput: It holds what the API of the host has no words for.
        """
        asked = routed.asked
        self.caller = asked.dialect
        self.host: Dialect = asked.dialect
        """In whose words the model is asked."""
        self.options = asked.body.get(COUNTED)
        self._headers, self._streamed, self._id = asked.headers, streamed, routed.interaction
        self._now = runtime.now
        self._prompted = asked.dialect.prompted(asked.body, prompt)
        self._prompted["model"] = model.model
        self._added = self._prompted.keys() - asked.body.keys() - PROMPT
        self._spoken = LOCAL_APIS if routed.model.host == LOCAL_HOST else apis_of_host(model.upstream.url)
        self._memory, self._key = runtime.refusals, (model.upstream.url, model.model)
        self._known = self._memory.changes(*self._key)
        self._mended: list[RequestChange] = []
        self._first: Rejected | None = None
        self._prepare()

    def _prepare(self) -> None:
        """Write the request for the API in which the model is asked."""
        self._body, self._ours = dict(self._prompted), set(self._added)
        source = api_of(self.caller)
        if source is not None:
            target = choose_api(source, (*self._known, *self._mended), self._spoken) or source
            self.host = TRANSLATED[target]
            if target != source:
                self._translate(source, target)
        if self._streamed and self.host is CHAT and COUNTED not in self._body:
            self._body[COUNTED] = {"include_usage": True}
            self._ours.add(COUNTED)
        self._changes = [one for one in self._known if self._is_ours(one)]

    def _translate(self, source: Api, target: Api) -> None:
        names = {name: rename_setting(name, source, target) for name in self._added}
        given = {name: value for name, value in self._prompted.items() if names.get(name, name)}
        self._body = translate_request(given, source, target)
        self._ours = {name for name in names.values() if name} | {"store"}

    @property
    def is_translated(self) -> bool:
        """Does the host speak another API than the caller?"""
        return self.host is not self.caller

    @property
    def head(self) -> ReplyHead:
        """What a translated answer says of itself."""
        return ReplyHead(self._id, self._key[1], int(self._now().timestamp()))

    @property
    def headers(self) -> Mapping[str, str]:
        """Those of the caller that the host gets; they speak of the caller's API."""
        return {} if self.is_translated else self._headers

    @property
    def call_id(self) -> str:
        """An id of its own for each way in which it is asked."""
        return f"{self._id}-{len(self._mended)}" if self._mended else self._id

    def write(self) -> bytes:
        """Write the request."""
        changes = [*self._changes, *(one for one in self._mended if self._is_ours(one))]
        return msgspec.json.encode(apply_changes(self._body, changes) if changes else self._body)

    def mend(self, error: Rejected) -> bool:
        """Ask in another API or leave out what the host refuses, where it is ours; give whether it changed.

        Raises:
            InvalidInput: The request holds what the API of the host has no words for.
            Rejected: The host answers in no API.
        """
        if len(self._mended) >= MAX_ROUNDS:
            return False
        if self.caller in TRANSLATED.values() and self._speak_otherwise(error):
            return True
        if error.status not in REFUSING_STATUSES:
            return False
        ours = {name: self._body[name] for name in (*self._ours, "max_tokens") if name in self._body}
        found = [one for one in find_change(ours, error.message, error.told) if self._is_ours(one)]
        new = [one for one in found if one not in (*self._changes, *self._mended)]
        self._mended += new
        return bool(new)

    def _speak_otherwise(self, error: Rejected) -> bool:
        current = api_of(self.host)
        lacking = find_lacking_api(current, error) if current else None
        if current is None or lacking is None:
            return False
        self._mended.append(lacking)
        self._first = self._first or error
        if choose_api(current, (*self._known, *self._mended), self._spoken) is None:
            raise self._first  # it answers in no API, so what it said first is the likeliest reason
        try:
            self._prepare()
        except InvalidInput as refused:
            said = f"To {TITLES[current]} it answered: {error.message}"
            raise InvalidInput(refused.message, hint=f"{refused.hint} {said}") from error
        return True

    def note_answered(self) -> None:
        """Remember how it had to be asked, now that the host has answered."""
        if self._mended:
            self._memory.learn(*self._key, (*self._known, *self._mended))

    def answer_caller(self, said: bytes) -> bytes:
        """Give the host's answer in the words of the caller's API."""
        api = api_of(self.caller)
        if not self.is_translated or self.host.reply is None or api is None:
            return said
        reply = self.host.reply(msgspec.json.decode(said))
        return msgspec.json.encode(write_reply(reply, api, self.head))

    def _is_ours(self, change: RequestChange) -> bool:
        if change.what == "rename" and change.field == "max_tokens" and self.is_translated:
            return True  # of its two names in chat completions the caller wrote neither
        return change.what in ("drop", "rename") and change.field in self._ours
