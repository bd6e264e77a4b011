"""How is a model asked that speaks OpenAI's chat completions, at OpenAI or anywhere else?"""

import asyncio
import time
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from random import Random
from typing import Any
from urllib.parse import urlsplit

import msgspec

from upspiral.errors import ConfigError, ProviderError
from upspiral.providers import outbound
from upspiral.providers.base import ChatRequest, Completion
from upspiral.providers.reading import explain, failure, read
from upspiral.providers.retry import Patience, retry_after

_BY_NAME = {"max_tokens", "temperature"}


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
        attempts: int = 3,
        max_wait_s: float = 10.0,
    ) -> None:
        """Describe the model; nothing is sent yet.

        Args:
            name: What errors and records call it.
            url: The base URL, usually ending in ``/v1``.
            model: Its name at the provider.
            key: Sent as the bearer token; never shown.
            timeout_s: Longest time of one attempt.
            attempts: Calls in all when the provider is busy, failing or silent.
            max_wait_s: Waiting in all between the attempts.
        """
        if urlsplit(url).scheme not in ("http", "https") or not urlsplit(url).hostname:
            raise ConfigError(f"The URL {url!r} of model {name!r} is no http(s) address.", hint="Change it.")
        self.name = name
        self.url = url.rstrip("/")
        self.model = model
        self.timeout_s = timeout_s
        self._key = key
        self._patience = Patience(attempts, max_wait_s)
        self._rng = Random()

    def __repr__(self) -> str:
        return f"OpenAICompatible({self.name!r}, {self.url!r}, model={self.model!r})"

    async def complete(self, request: ChatRequest, *, call_id: str | None = None) -> Completion:
        """Answer as a whole; see `ChatModel`."""
        body, headers = self._body(request), self._headers(call_id)
        start, waited, attempt = time.perf_counter(), 0.0, 1
        while True:
            try:
                reply = await outbound.post(
                    f"{self.url}/chat/completions", body, headers=headers, timeout_s=self.timeout_s
                )
                self._check(reply.status, reply.headers.get("retry-after"), reply.body)
                return read(reply.body, model=self.model, latency_ms=(time.perf_counter() - start) * 1000)
            except ProviderError as error:
                waited += await self._wait(error, attempt=attempt, waited=waited)
                attempt += 1

    async def stream(self, request: ChatRequest, *, call_id: str | None = None) -> AsyncIterator[bytes]:
        """Answer as server-sent events; see `ChatModel`."""
        body, headers = self._body(request, stream=True), self._headers(call_id)
        waited, attempt, begun = 0.0, 1, False
        while True:
            try:
                async with outbound.opened(
                    f"{self.url}/chat/completions", body, headers=headers, timeout_s=self.timeout_s
                ) as response:
                    limit = self.timeout_s * outbound.LONGEST_STREAM
                    if response.status_code != 200:
                        told = b"".join([chunk async for chunk in outbound.limited(response, within_s=limit)])
                        self._check(response.status_code, response.headers.get("retry-after"), told)
                    async for chunk in outbound.limited(response, within_s=limit):
                        begun = True
                        yield chunk
                return
            except ProviderError as error:
                patience = 10**9 if begun else attempt  # half an answer is never begun anew
                waited += await self._wait(error, attempt=patience, waited=waited)
                attempt += 1

    async def _wait(self, error: ProviderError, *, attempt: int, waited: float) -> float:
        pause = self._patience.wait(error, attempt=attempt, waited=waited, rng=self._rng)
        if pause is None:
            raise explain(error, name=self.name, url=self.url, key=self._key) from error
        await asyncio.sleep(pause)
        return pause

    def _check(self, status: int, wait: str | None, body: bytes) -> None:
        if status != 200:
            raise failure(status, body, retry_after=retry_after(wait, now=datetime.now(UTC)))

    def _body(self, request: ChatRequest, *, stream: bool = False) -> bytes:
        said = {key: value for key in _BY_NAME if (value := getattr(request, key)) is not None}
        body: dict[str, Any] = {"messages": request.messages, **request.options, **said, "model": self.model}
        body.pop("stream", None)
        if stream:
            body |= {"stream": True, "stream_options": {"include_usage": True}}
        else:
            body.pop("stream_options", None)
        return msgspec.json.encode(body)

    def _headers(self, call_id: str | None) -> dict[str, str]:
        headers = {"content-type": "application/json", "accept-encoding": "identity"}
        if self._key:
            headers["authorization"] = f"Bearer {self._key}"
        if call_id:
            headers["idempotency-key"] = call_id
        return headers
