"""How is a model asked that speaks OpenAI's chat completions, at OpenAI or anywhere else?"""

import time
from collections.abc import AsyncIterator
from typing import Any

import msgspec

from upspiral.errors import ProviderError
from upspiral.providers.address import OPERATORS, Reach
from upspiral.providers.base import ChatRequest, Completion, ProviderEndpoint
from upspiral.providers.reading import read
from upspiral.providers.retry import Patience
from upspiral.providers.upstream import Upstream

PATH = "/chat/completions"
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
        reach: Reach = OPERATORS,
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
            reach: Which addresses the URL may lead to.
            upstream: How it is asked; over HTTP where nothing is said.
        """
        self.name, self.model = name, model
        self.upstream: ProviderEndpoint = upstream or Upstream(
            name, url, key=key, timeout_s=timeout_s, patience=patience, reach=reach
        )

    def __repr__(self) -> str:
        return f"OpenAICompatible({self.name!r}, {self.upstream.url!r}, model={self.model!r})"

    async def complete(self, request: ChatRequest, *, call_id: str | None = None) -> Completion:
        """Answer as a whole; see `ChatModel`."""
        start = time.perf_counter()
        answer = await self.upstream.whole(PATH, self._body(request), call_id=call_id)
        try:
            return read(answer, model=self.model, latency_ms=(time.perf_counter() - start) * 1000)
        except ProviderError as error:
            raise self.upstream.explain(error) from error

    def stream(self, request: ChatRequest, *, call_id: str | None = None) -> AsyncIterator[bytes]:
        """Answer as server-sent events; see `ChatModel`."""
        return self.upstream.pieces(PATH, self._body(request, stream=True), call_id=call_id)

    def _body(self, request: ChatRequest, *, stream: bool = False) -> bytes:
        named = {"max_tokens": request.max_tokens, "temperature": request.temperature}
        said = {key: value for key, value in named.items() if value is not None}
        body: dict[str, Any] = {"messages": request.messages, **request.options, **said, "model": self.model}
        body.pop("stream", None)
        body.pop("stream_options", None)
        if stream:
            body |= {"stream": True, "stream_options": {"include_usage": True}}
        return msgspec.json.encode(body)
