"""How is an endpoint asked, in whatever words? Bytes out, bytes back; tried again within a budget.

The client of the network is imported with the first request: commands that only read need none.
"""

import asyncio
from collections.abc import AsyncIterator, Mapping
from datetime import UTC, datetime
from random import Random

from upspiral.errors import ConfigError, InvalidInput, ProviderError
from upspiral.providers.address import OPERATORS, Reach, parse
from upspiral.providers.reading import explain, failure
from upspiral.providers.retry import Patience, retry_after

NO_HEADERS: Mapping[str, str] = {}
ANTHROPIC_VERSION = "2023-06-01"
"""Of the messages API, where the caller names none."""
_RNG = Random()
"""Spreads those who try again; one for all, because seeding takes longer than the rest of a call."""


class Upstream:
    """An endpoint: a base URL and its key."""

    def __init__(
        self,
        name: str,
        url: str,
        *,
        key: str | None,
        timeout_s: float = 60.0,
        patience: Patience | None = None,
        reach: Reach = OPERATORS,
    ) -> None:
        """Describe the endpoint; nothing is sent yet.

        Args:
            name: What errors call it.
            url: The base URL, usually ending in ``/v1``.
            key: Sent as the bearer token, or as ``x-api-key`` where the path is Anthropic's; never shown.
            timeout_s: Longest time of one attempt.
            patience: How often and how long it is tried again.
            reach: Which addresses it may lead to.

        Raises:
            ConfigError: The URL cannot be used.
        """
        try:
            self._address = parse(url)
        except InvalidInput as error:
            raise ConfigError(f"Model {name!r}: {error.message}", hint=error.hint) from error
        self.name, self.url, self.timeout_s = name, self._address.url, timeout_s
        self._key, self._reach = key, reach
        self._patience = patience or Patience()

    async def whole(
        self, path: str, body: bytes, *, call_id: str | None = None, more: Mapping[str, str] = NO_HEADERS
    ) -> bytes:
        """Send a body and give the whole answer.

        Args:
            path: After the base URL.
            body: As the endpoint wants it.
            call_id: The same for every repetition, so that a provider charges for one only.
            more: Further headers.

        Raises:
            ProviderError: No usable answer was to be had.
        """
        from upspiral.providers import outbound

        headers = self._headers(path, call_id, more)
        waited, attempt = 0.0, 1
        while True:
            try:
                reply = await outbound.post(
                    self.url + path, body, headers=headers, timeout_s=self.timeout_s, reach=self._reach
                )
                _check(reply.status, reply.headers.get("retry-after"), reply.body)
                return reply.body
            except ProviderError as error:
                waited += await self._wait(error, attempt=attempt, waited=waited)
                attempt += 1

    async def pieces(
        self, path: str, body: bytes, *, call_id: str | None = None, more: Mapping[str, str] = NO_HEADERS
    ) -> AsyncIterator[bytes]:
        """Send a body and give the answer piece by piece, as it comes; see `whole`.

        Once the first piece is there, nothing is tried again.
        """
        from upspiral.providers import outbound

        headers = self._headers(path, call_id, more)
        waited, attempt, begun = 0.0, 1, False
        limit = self.timeout_s * outbound.LONGEST_STREAM
        while True:
            try:
                async with outbound.open_stream(
                    self.url + path, body, headers=headers, timeout_s=self.timeout_s, reach=self._reach
                ) as response:
                    if response.status != 200:
                        told = b"".join(
                            [chunk async for chunk in outbound.limit_body(response, within_s=limit)]
                        )
                        _check(response.status, response.headers.get("retry-after"), told)
                    async for chunk in outbound.limit_body(response, within_s=limit):
                        begun = True
                        yield chunk
                return
            except ProviderError as error:
                tries = 10**9 if begun else attempt  # half an answer is never started over
                waited += await self._wait(error, attempt=tries, waited=waited)
                attempt += 1

    def explain(self, error: ProviderError) -> ProviderError:
        """Say in an error who was asked and where."""
        return explain(error, name=self.name, url=self.url, key=self._key)

    async def _wait(self, error: ProviderError, *, attempt: int, waited: float) -> float:
        pause = self._patience.wait(error, attempt=attempt, waited=waited, rng=_RNG)
        if pause is None:
            raise self.explain(error) from error
        await asyncio.sleep(pause)
        return pause

    def _headers(self, path: str, call_id: str | None, more: Mapping[str, str]) -> dict[str, str]:
        headers = {"content-type": "application/json", "accept-encoding": "identity", **more}
        is_messages = path.startswith("/messages")
        if is_messages:
            headers.setdefault("anthropic-version", ANTHROPIC_VERSION)
        if self._key and is_messages and self._address.host == "api.anthropic.com":
            headers["x-api-key"] = self._key
        elif self._key:
            headers["authorization"] = f"Bearer {self._key}"
        if call_id:
            headers["idempotency-key"] = call_id
        return headers


def _check(status: int, wait: str | None, body: bytes) -> None:
    if status != 200:
        raise failure(status, body, retry_after=retry_after(wait, now=datetime.now(UTC)))
