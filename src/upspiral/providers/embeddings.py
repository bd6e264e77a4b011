"""How are texts turned into vectors by an endpoint that speaks OpenAI's embeddings?"""

from collections.abc import Sequence

import httpx2
import msgspec
import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from upspiral.errors import Rejected, Unavailable
from upspiral.providers.reading import failure

BATCH = 256
"""Texts of one request."""
LONGEST = 8_000
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
        headers = {"authorization": f"Bearer {key}"} if key else {}
        self._url, self._model = f"{url.rstrip('/')}/embeddings", model
        self._client = httpx2.Client(headers=headers, timeout=timeout_s, trust_env=False)

    def embed(self, texts: Sequence[str], /) -> NDArray[np.float32]:
        """Give one row for each text, shape (n, size).

        Raises:
            ProviderError: The endpoint did not answer as it should.
        """
        rows = [
            row for start in range(0, len(texts), BATCH) for row in self._some(texts[start : start + BATCH])
        ]
        return np.asarray(rows, dtype=np.float32)

    def _some(self, texts: Sequence[str]) -> list[list[float]]:
        asked = {"model": self._model, "input": [text[:LONGEST] or " " for text in texts]}
        try:
            answer = self._client.post(self._url, json=asked)
        except httpx2.HTTPError as error:
            raise Unavailable(
                f"The embeddings at {self._url} cannot be had ({type(error).__name__}).",
                hint="Look whether it runs.",
            ) from error
        if answer.status_code != 200:
            raise failure(answer.status_code, answer.content)
        try:
            found = msgspec.json.decode(answer.content, type=_Answer).data
        except msgspec.DecodeError as error:
            raise Rejected(f"The answer of {self._url} holds no embeddings ({error}).") from error
        if len(found) != len(texts):
            raise Rejected(f"{self._url} gave {len(found)} embeddings for {len(texts)} texts.")
        return [one.embedding for one in sorted(found, key=lambda one: one.index)]
