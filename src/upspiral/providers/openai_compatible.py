"""How is a model asked that speaks OpenAI's chat completions, at OpenAI or anywhere else?"""

import time
from collections.abc import AsyncIterator, Callable, Sequence
from typing import Any

import msgspec

from upspiral.errors import ProviderError, Rejected
from upspiral.providers.base import ChatRequest, Completion, ProviderEndpoint
from upspiral.providers.negotiate import (
    MAX_ROUNDS,
    REFUSING_STATUSES,
    RefusalMemory,
    RequestChange,
    apply_changes,
    find_change,
)
from upspiral.providers.reading import decode, read, to_completion
from upspiral.providers.retry import Patience
from upspiral.providers.upstream import Upstream
from upspiral.wire import openai_chat, openai_responses
from upspiral.wire.files import attach
from upspiral.wire.options import read_options

PATH, RESPONSES_PATH = "/chat/completions", "/responses"
BY_RESPONSES = RequestChange("responses")
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
        if error.status not in REFUSING_STATUSES:
            return []
        found = find_change(self._write(request, changes), error.message, error.told)
        return [one for one in found if one not in changes]

    async def _ask(
        self, request: ChatRequest, changes: Sequence[RequestChange], *, call_id: str | None
    ) -> Completion:
        by_responses = BY_RESPONSES in changes
        sent = msgspec.json.encode(self._write(request, changes))
        answer = await self.upstream.whole(RESPONSES_PATH if by_responses else PATH, sent, call_id=call_id)
        try:
            if not by_responses:
                return read(answer, model=self.model)
            reply = openai_responses.read_reply(decode(answer, "response"))
            return to_completion(reply, model=self.model)
        except ProviderError as error:
            raise self.upstream.explain(error) from error

    def _write(self, request: ChatRequest, changes: Sequence[RequestChange]) -> dict[str, Any]:
        body = self._responses_body(request) if BY_RESPONSES in changes else self._body(request)
        return apply_changes(body, changes)

    def _responses_body(self, request: ChatRequest) -> dict[str, Any]:
        """Write a request for a model that is asked by the responses API alone."""
        body = self._body(request)
        messages = openai_chat.read_messages(body)
        rest = {name: value for name, value in body.items() if name != "messages"}
        options = read_options(rest, "responses")
        written = openai_responses.write_request(messages, options)
        limit = written.pop("max_tokens", written.pop("max_completion_tokens", None))
        if limit is not None:
            written["max_output_tokens"] = limit
        return {**written, "model": self.model}

    def stream(self, request: ChatRequest, *, call_id: str | None = None) -> AsyncIterator[bytes]:
        """Answer as server-sent events; see `ChatModel`."""
        body = msgspec.json.encode(self._body(request, stream=True))
        return self.upstream.pieces(PATH, body, call_id=call_id)

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
