"""How is a model asked that speaks OpenAI's chat completions, at OpenAI or anywhere else?"""

import time
from collections.abc import AsyncIterator, Callable, Sequence
from typing import Any

import msgspec

from upspiral.domain.model import RequestChange
from upspiral.errors import InvalidInput, ProviderError, Rejected
from upspiral.providers.base import ChatRequest, Completion, ProviderEndpoint
from upspiral.providers.dialects import CHAT, TRANSLATED
from upspiral.providers.negotiate import (
    MAX_ROUNDS,
    REFUSING_STATUSES,
    RefusalMemory,
    apis_of_host,
    apply_changes,
    choose_api,
    find_change,
    find_lacking_api,
)
from upspiral.providers.reading import read
from upspiral.providers.retry import Patience
from upspiral.providers.upstream import Upstream
from upspiral.wire import openai_chat
from upspiral.wire.files import attach
from upspiral.wire.translate.apis import Api
from upspiral.wire.translate.request import translate_request
from upspiral.wire.translate.settings import rename_setting

DEFAULT_PATIENCE = Patience()
"""Of a call for which somebody waits."""


class OpenAICompatible:
    """A model behind ``POST {url}/chat/completions``."""

    def __init__(
        self,
        name: str,
        url: str,
        model: str,
        key: str | None = None,
        *,
        timeout_s: float = 60.0,
        patience: Patience = DEFAULT_PATIENCE,
        memory: RefusalMemory | None = None,
        upstream: ProviderEndpoint | None = None,
    ) -> None:
        """Describe the model; nothing is sent yet.

        Args:
            name: What errors and records call it.
            url: The base URL, usually ending in ``/v1``.
            model: Its name at the provider.
            key: Sent as the bearer token; never shown.
            timeout_s: Longest time of one attempt.
            patience: How often and how long it is asked again when the provider is busy, failing or silent.
            memory: What models have refused; shared by all that are asked in one process.
            upstream: How it is asked; over HTTP where nothing is said.
        """
        self.name, self.model = name, model
        self._memory = memory or RefusalMemory()
        self.load_file: Callable[[str], bytes | None] = lambda _sha256: None
        """Gives a file by its SHA-256, for messages whose pictures are kept apart."""
        self.reads_text_alone = False
        """Is it shown the text of every message, as our own models are taught, instead of parts?"""
        self.upstream: ProviderEndpoint = upstream or Upstream(
            name, url, key=key, timeout_s=timeout_s, patience=patience
        )

    def __repr__(self) -> str:
        return f"OpenAICompatible({self.name!r}, {self.upstream.url!r}, model={self.model!r})"

    async def complete(self, request: ChatRequest, *, call_id: str | None = None) -> Completion:
        """Answer as a whole; see `ChatModel`.

        What the model refuses of the request, such as a temperature, is left out or put otherwise, and it is
        asked again; later requests to it are written so from the start.

        Raises:
            Rejected: It refuses what cannot be left out; the message names it.
        """
        start, url = time.perf_counter(), self.upstream.url
        changes = [*self._memory.changes(url, self.model)]
        known = len(changes)
        while True:
            try:
                completion = await self._ask(request, changes, call_id=_vary(call_id, len(changes) - known))
            except Rejected as error:
                more = self._mend(request, changes, error)
                if not more or len(changes) - known >= MAX_ROUNDS:
                    raise
                changes += more
                continue
            if len(changes) > known:
                self._memory.learn(url, self.model, changes)
            return msgspec.structs.replace(completion, latency_ms=(time.perf_counter() - start) * 1000)

    def _mend(
        self, request: ChatRequest, changes: Sequence[RequestChange], error: Rejected
    ) -> list[RequestChange]:
        lacking = find_lacking_api(self._choose_api(changes) or "chat", error)
        if lacking is not None:
            return [lacking] if self._choose_api([*changes, lacking]) else []
        if error.status not in REFUSING_STATUSES:
            return []
        found = find_change(self._write(request, changes), error.message, error.told)
        return [one for one in found if one not in changes]

    async def _ask(
        self, request: ChatRequest, changes: Sequence[RequestChange], *, call_id: str | None
    ) -> Completion:
        dialect = TRANSLATED[self._choose_api(changes) or "chat"]
        sent = msgspec.json.encode(self._write(request, changes))
        answer = await self.upstream.whole(dialect.path, sent, call_id=call_id)
        try:
            if dialect is CHAT:
                return read(answer, model=self.model)
            return dialect.completion(answer, self.model)
        except ProviderError as error:
            raise self.upstream.explain(error) from error

    def _choose_api(self, changes: Sequence[RequestChange]) -> Api | None:
        return choose_api("chat", changes, apis_of_host(self.upstream.url))

    def _write(self, request: ChatRequest, changes: Sequence[RequestChange]) -> dict[str, Any]:
        """Write a request in the API that the model's host speaks."""
        api, body = self._choose_api(changes) or "chat", self._body(request)
        if api != "chat":
            # As when it is served: sampling of the version that the API has no setting for is left out.
            unnamed = {name for name in request.options if rename_setting(name, "chat", api) is None}
            given = {name: value for name, value in body.items() if name not in unnamed}
            try:
                body = translate_request(given, "chat", api)
            except InvalidInput as error:
                raise Rejected(f"Model {self.name}: {error.message}", hint=error.hint, status=422) from error
        return apply_changes(body, changes)

    def stream(self, request: ChatRequest, *, call_id: str | None = None) -> AsyncIterator[bytes]:
        """Answer as server-sent events; see `ChatModel`."""
        body = msgspec.json.encode(self._body(request, stream=True))
        return self.upstream.pieces(CHAT.path, body, call_id=call_id)

    def _body(self, request: ChatRequest, *, stream: bool = False) -> dict[str, Any]:
        named = {"max_tokens": request.max_tokens, "temperature": request.temperature}
        said = {key: value for key, value in named.items() if value is not None}
        messages = [{"role": one.role, "content": one.content} for one in request.messages]
        if not self.reads_text_alone:
            messages = openai_chat.write_messages(attach(request.messages, self.load_file))
        body: dict[str, Any] = {"messages": messages, **request.options, **said, "model": self.model}
        body.pop("stream", None)
        body.pop("stream_options", None)
        if stream:
            body |= {"stream": True, "stream_options": {"include_usage": True}}
        return body


def _vary(call_id: str | None, rounds: int) -> str | None:
    """Give each changed request an id of its own: a provider refuses one id for two requests."""
    return f"{call_id}-{rounds}" if call_id and rounds else call_id
