"""How are texts turned into vectors by an endpoint that speaks OpenAI's embeddings?"""

import asyncio
from collections.abc import Sequence

import msgspec
import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from upspiral.errors import Rejected
from upspiral.providers.reading import failure
from upspiral.storable import decode_json

BATCH = 256
"""Texts of one request."""
MAX_EMBEDDED_CHARS = 8_000
"""Characters of a text that are sent."""


class _Vector(Struct):
    index: int
    embedding: list[float]


class _Answer(Struct):
    data: list[_Vector]


class EmbeddingEndpoint:
    """Texts in, vectors out, behind ``POST {url}/embeddings``."""

    def __init__(self, url: str, model: str, key: str | None = None, *, timeout_s: float = 60.0) -> None:
        """Describe the endpoint; nothing is sent yet.

        Args:
            url: The base URL, usually ending in ``/v1``.
            model: The model's name there.
            key: Sent as the bearer token.
            timeout_s: Longest time of one request.
        """
        self._headers = {"content-type": "application/json", "accept-encoding": "identity"}
        self._headers |= {"authorization": f"Bearer {key}"} if key else {}
        self._url, self._model, self._timeout_s = f"{url.rstrip('/')}/embeddings", model, timeout_s

    def embed(self, texts: Sequence[str], /) -> NDArray[np.float32]:
        """Give one row for each text, shape (n, size).

        Raises:
            ProviderError: The endpoint did not answer as it should.
        """
        return np.asarray(asyncio.run(self._all(texts)), dtype=np.float32)  # called from threads only

    async def _all(self, texts: Sequence[str]) -> list[list[float]]:
        parts = [texts[start : start + BATCH] for start in range(0, len(texts), BATCH)]
        return [row for part in parts for row in await self._some(part)]

    async def _some(self, texts: Sequence[str]) -> list[list[float]]:
        from upspiral.providers import outbound  # with the first request; see `upstream`

        asked = {"model": self._model, "input": [text[:MAX_EMBEDDED_CHARS] or " " for text in texts]}
        answer = await outbound.post(
            self._url, msgspec.json.encode(asked), headers=self._headers, timeout_s=self._timeout_s
        )
        if answer.status != 200:
            raise failure(answer.status, answer.body)
        try:
            found = decode_json(answer.body, type=_Answer).data
        except msgspec.DecodeError as error:
            raise Rejected(f"The answer of {self._url} holds no embeddings ({error}).") from error
        if len(found) != len(texts):
            raise Rejected(f"{self._url} gave {len(found)} embeddings for {len(texts)} texts.")
        return [one.embedding for one in sorted(found, key=lambda one: one.index)]
