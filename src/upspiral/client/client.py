"""How does an application open its client?"""

import asyncio
import os
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self
from urllib.parse import urlsplit

from upspiral.client.compat import CompatCalls
from upspiral.client.learning import AsyncLearning, Learning
from upspiral.client.reading.asking import Asker, ask_token
from upspiral.client.reading.prompts import DEFAULT_TTL_S, PromptCache, WantedPrompt
from upspiral.client.sender import Sender, Sending
from upspiral.client.state import choose_spool
from upspiral.domain.access import IssuedToken
from upspiral.errors import ConfigError
from upspiral.version import __version__
from upspiral.wire.delivered_prompt import DeliveredPrompt

if TYPE_CHECKING:
    import httpx2

LOCAL = "http://127.0.0.1:8080"


class _Client(CompatCalls):
    def __init__(  # noqa: PLR0913 - one place, keyword-only, each with a default
        self,
        url: str | None = None,
        key: str | None = None,
        *,
        agent: str | None = None,
        spool: Path | str | bool | None = None,
        queue_size: int = 10_000,
        batch: int = 100,
        every_s: float = 0.5,
        timeout_s: float = 10,
        transport: "httpx2.BaseTransport | None" = None,
    ) -> None:
        """Open a client; nothing is sent yet, and nothing here waits.

        Args:
            url: The server; else ``UPSPIRAL_URL``, else ``http://127.0.0.1:8080``.
            key: An API key with the scopes ``ingest`` and ``feedback``; else ``UPSPIRAL_KEY``.
            agent: Who answers, where a call does not say so.
            spool: JSONL file for what cannot be sent, which the next start sends first. By default one
                in the user's state folder, for this server and key; ``False`` or ``UPSPIRAL_SPOOL=0``
                keeps nothing. What is in it is not redacted yet: the server does that. A client with a
                ``transport`` of its own has none unless it is named.
            queue_size: Records that may wait in memory (at most 64 MiB of them); more are dropped.
            batch: Records of one request, 1 to 1,000.
            every_s: How long a record waits for others, in seconds.
            timeout_s: For one request, and for the flush at exit, in seconds.
            transport: Another way to the server, such as `httpx2.MockTransport`.

        Raises:
            ConfigError: The address or a number cannot be used.
        """
        address = (url or os.environ.get("UPSPIRAL_URL") or LOCAL).rstrip("/")
        if urlsplit(address).scheme not in {"http", "https"} or not urlsplit(address).netloc:
            raise ConfigError(f"{address!r} is no address of a server.", hint="Give http://HOST:PORT.")
        if not (queue_size >= 1 and 1 <= batch <= 1000 and every_s >= 0 and timeout_s > 0):
            raise ConfigError("queue_size, batch, every_s or timeout_s is out of its range.")
        self.url, self._key, self._transport = address, key or os.environ.get("UPSPIRAL_KEY"), transport
        settings = Sending(
            queue_size=queue_size,
            batch=batch,
            every_s=every_s,
            timeout_s=timeout_s,
            spool=self._choose_spool(spool),
            address=address,
        )
        self._timeout_s = timeout_s
        super().__init__(Sender(settings, self._open), agent)
        self._asker = Asker(self._open, lambda: self._sender.hurry(self._timeout_s))
        self._prompts = PromptCache(self._asker)

    def _choose_spool(self, given: Path | str | bool | None) -> Path | None:
        if self._transport is not None and not isinstance(given, Path | str):
            return None
        return choose_spool(given, url=self.url, key=self._key, environment=os.environ)

    @classmethod
    def in_process(cls, app: Any, **options: Any) -> Self:
        """Open a client of an ASGI application in this process, such as ``create_app(...)``.

        Args:
            app: Opened already: its lifespan is not run.
            **options: As for the client itself.
        """
        from upspiral.client.in_process import InProcess

        return cls("http://127.0.0.1", transport=InProcess(app), **options)

    def _open(self) -> "httpx2.Client":
        import encodings.idna  # noqa: F401 - the first request's last import; see Sender on forks

        import httpx2  # here: importing the client stays quick

        headers = {"User-Agent": f"upspiral-python/{__version__}"}
        if self._key:
            headers["Authorization"] = f"Bearer {self._key}"
        return httpx2.Client(
            base_url=self.url, headers=headers, timeout=self._timeout_s, transport=self._transport
        )


class Upspiral(_Client):
    """Tells an Upspiral server what happened, in the background."""

    @property
    def learning(self) -> Learning:
        """What can be told and asked about agents' recommendations, trust, and what was learned."""
        return Learning(self, self._asker)

    def prompt(
        self,
        agent: str,
        *,
        conversation: str | None = None,
        user: str | None = None,
        version: str | None = None,
        ttl_s: float = DEFAULT_TTL_S,
        fallback: str | None = None,
    ) -> DeliveredPrompt:
        """Give what stands before a conversation, to ask the model yourself.

        While a canary is out, each conversation, or else each user, stays with one of the two versions. Say
        which one answered, ``record(..., metadata={"prompt": prompt.version})``, so that its feedback counts.

        Args:
            agent: Its name.
            conversation: The same that is recorded.
            user: The end user, where there is no conversation.
            version: One version instead: `latest`, `canary`, a number or a name.
            ttl_s: How old an answer may be, in seconds: a rollback arrives within that time.
            fallback: The system message where the server does not answer and nothing is known.

        Returns:
            The prompt; while the server does not answer, the one that was known last.

        Raises:
            NotFound: There is no such agent or version.
            Unavailable: The server does not answer, nothing is known, and there is no fallback.
        """
        wanted = WantedPrompt(agent, conversation, user, version)
        return self._prompts.get(wanted, ttl_s=ttl_s, fallback=fallback)

    def feedback_token(
        self, interaction_id: str, *, end_user: str | None = None, hours: float | None = None
    ) -> IssuedToken:
        """Ask for a token with which a page may rate one answer, and nothing else.

        Args:
            interaction_id: What may be rated; what waits to be sent is sent before.
            end_user: Who rates: the end user, or the session of a visitor; else the Interaction's end user.
            hours: How long it is valid; None for the server's setting.

        Raises:
            UpspiralError: The server refused, with its words; `Unavailable` where it did not answer.
        """
        return self._asker.ask(ask_token(interaction_id, end_user, hours))

    def flush(self, timeout_s: float | None = None) -> bool:
        """Send everything now.

        Returns:
            True when everything since the last flush has been acknowledged; False when the time was over, or
            something was dropped or waits in the spool.
        """
        return self._sender.flush(self._timeout_s if timeout_s is None else timeout_s)

    def close(self, timeout_s: float | None = None) -> None:
        """Send what waits, keep the rest in the spool where there is one, and stop."""
        self._sender.close(timeout_s)
        self._asker.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


class AsyncUpspiral(_Client):
    """The same for asyncio. Calls only put things in a queue and need no ``await``; what waits is async."""

    @property
    def learning(self) -> AsyncLearning:
        """What can be told and asked about agents' recommendations, trust, and what was learned."""
        return AsyncLearning(self, self._asker)

    async def prompt(
        self,
        agent: str,
        *,
        conversation: str | None = None,
        user: str | None = None,
        version: str | None = None,
        ttl_s: float = DEFAULT_TTL_S,
        fallback: str | None = None,
    ) -> DeliveredPrompt:
        """Give what stands before a conversation, to ask the model yourself; see `Upspiral.prompt`."""
        wanted = WantedPrompt(agent, conversation, user, version)
        return await asyncio.to_thread(self._prompts.get, wanted, ttl_s=ttl_s, fallback=fallback)

    async def feedback_token(
        self, interaction_id: str, *, end_user: str | None = None, hours: float | None = None
    ) -> IssuedToken:
        """Ask for a token with which a page may rate one answer; see `Upspiral.feedback_token`."""
        return await asyncio.to_thread(self._asker.ask, ask_token(interaction_id, end_user, hours))

    async def flush(self, timeout_s: float | None = None) -> bool:
        """Send everything now; see `Upspiral.flush`."""
        wanted = self._timeout_s if timeout_s is None else timeout_s
        return await asyncio.to_thread(self._sender.flush, wanted)

    async def close(self, timeout_s: float | None = None) -> None:
        """Send what waits, keep the rest in the spool where there is one, and stop."""
        await asyncio.to_thread(self._sender.close, timeout_s)
        await asyncio.to_thread(self._asker.close)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()
