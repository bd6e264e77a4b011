"""Was this asked before? A writing request that names an idempotency key is done once, by all servers.

Two ways lead there. Where a route's work is one transaction (`atomic` in its policy), the key is inserted in
that transaction together with the answer: either all of it is kept or nothing, and whoever comes second waits
for the first and gets its answer. Every other route claims the key first, under a lease that is renewed while
it runs, and keeps the answer afterwards; the gateway keeps it in the transaction that writes the Interaction.
A lease ends by time, so a killed server blocks nobody for longer than `LEASE`.

Only final answers of 2xx are kept. What failed may be sent again, and is then done.
"""

import asyncio
import hashlib
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from datetime import datetime, timedelta
from typing import Any, TypeVar

import msgspec
from msgspec import Struct
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from upspiral.domain import Attempt, Principal
from upspiral.domain.ids import WorkspaceId
from upspiral.errors import Conflict, InvalidInput, RequestUnderWay
from upspiral.runtime import Runtime
from upspiral.server.answers import Answer
from upspiral.server.limits.body_limit import read_body

T = TypeVar("T")
HEADER = b"idempotency-key"
SCOPE = "upspiral.keyed"
"""Where a route finds the `KeyedRequest` of its request."""
KEPT_FOR = timedelta(hours=24)
"""How long the first answer is remembered at least."""
FORGET_EVERY = timedelta(hours=1)
LEASE = timedelta(seconds=30)
"""How long a request that a killed server left behind blocks its key."""
RENEW_EVERY_S = 8.0
MAX_KEY_BYTES = 255
INTERACTIONS = "/api/v1/interactions/"
MAX_ANSWER_BYTES = 1_000_000
"""Longer answers are not kept: they are read again, or the repeated request is told where they are."""

Reread = Callable[[Attempt], Answer[Any]]
"""Gives the answer to a repeated request whose first answer is not kept."""


class Repetition(Struct, frozen=True):
    """How a repeated request is answered."""

    keep: bool = True
    """May the first answer be kept, and given again? Not where it holds a key."""
    reread: Reread | None = None
    """Gives the answer where the first one is not kept, as it was too long, or may not be."""


class KeyedRequest:
    """One request that named an idempotency key; its route finds it in the ASGI scope."""

    def __init__(self, runtime: Runtime, attempt: Attempt) -> None:
        self._runtime = runtime
        self.attempt = attempt
        self.keeps_itself = False
        """Does the route keep its own answer, with `finish`?"""
        self.done = False
        """Is the answer kept?"""

    def run(self, work: Callable[[], Answer[T]], *, keep: bool = True) -> Answer[T] | Attempt:
        """Do the work if its key is new, and keep the answer with it. Belongs into a transaction.

        Args:
            work: Writes through the store and gives the answer.
            keep: May the answer be kept? Else only that the request was done.

        Returns:
            The answer, or what is known of the first request with this key.
        """
        known = self._runtime.attempts.claim(self.attempt)
        if known is not None:
            return known
        response = work()
        if 200 <= response.status_code < 300:
            self.finish(response, keep=keep)
        else:
            self._runtime.attempts.release(self.attempt)
        return response

    def finish(self, response: Response, *, keep: bool = True) -> None:
        """Keep an answer. Belongs into the transaction of the work.

        Args:
            response: Final, of 2xx; its header `Location` says where it can be read again.
            keep: May the answer be kept? Else only that the request was done.

        Raises:
            RequestUnderWay: The lease ended and another request took the key over; nothing may be kept.
        """
        body = bytes(response.body)
        kept = msgspec.structs.replace(
            self.attempt,
            status=response.status_code,
            media_type=response.headers.get("content-type", "application/json"),
            answer=body.decode() if keep and len(body) <= MAX_ANSWER_BYTES else "",
            about=response.headers.get("location"),
        )
        if not self._runtime.attempts.finish(kept):
            raise _repeat_error(self.attempt)
        self.done = True

    def replay(self, known: Attempt, reread: Reread | None = None) -> Answer[Any]:
        """Answer a repeated request.

        Raises:
            InvalidInput: The key came with another body.
            RequestUnderWay: The first request is not done yet.
            Conflict: It is done, and its answer is not kept.
        """
        if known.body_sha256 != self.attempt.body_sha256:
            raise InvalidInput(
                "This idempotency key came with another body before.",
                hint="Use a new key for a new request.",
            )
        if known.status is None:
            raise _repeat_error(known)
        response = _to_response(known) if known.answer else (reread or _refuse)(known)
        response.headers["idempotency-replayed"] = "true"
        if known.about and known.about.startswith(INTERACTIONS):
            response.headers.setdefault("x-upspiral-interaction", known.about.removeprefix(INTERACTIONS))
        return response


class Idempotency:
    """Remembers the final answer of each key, by workspace and route."""

    def __init__(self, runtime: Runtime) -> None:
        self._runtime = runtime
        self._forgot: dict[WorkspaceId, datetime] = {}

    def once(self, program: ASGIApp, principal: Principal, *, atomic: bool) -> ASGIApp:
        """Give a program that does a request the first time, and gives its answer ever after.

        Args:
            program: The route.
            principal: Who asks.
            atomic: Does the route keep its answer in the one transaction of its work?
        """

        async def answer_once(scope: Scope, receive: Receive, send: Send) -> None:
            key = next((value for name, value in scope["headers"] if name == HEADER), None)
            if key is None:
                await program(scope, receive, send)
                return
            attempt, body = await self._read(principal, scope, receive, key)
            await self._forget_old(attempt)
            keyed = KeyedRequest(self._runtime, attempt)
            scope[SCOPE] = keyed
            again = _replay_body(body, receive)
            if atomic:
                await program(scope, again, send)
                return
            known = await self._runtime.write(lambda: self._runtime.attempts.claim(attempt))
            if known is not None:
                await keyed.replay(known)(scope, again, send)
                return
            await self._run_claimed(program, keyed, (scope, again, send))

        return answer_once

    async def _run_claimed(
        self, program: ASGIApp, keyed: KeyedRequest, ways: tuple[Scope, Receive, Send]
    ) -> None:
        """Run a route under its lease; keep its answer before the caller gets it, or release the key."""
        scope, receive, send = ways
        recorder = _Recorder(send, hold=lambda: not keyed.keeps_itself)
        attempts, attempt = self._runtime.attempts, keyed.attempt
        try:
            async with self._lease(attempt):
                await program(scope, receive, recorder)
            response = recorder.response()
            if response is not None and not keyed.keeps_itself and 200 <= response.status_code < 300:
                await self._runtime.write(lambda: keyed.finish(response, keep=recorder.is_whole))
        finally:
            if not keyed.done:
                await asyncio.shield(self._runtime.write(lambda: attempts.release(attempt)))
        await recorder.let_go()

    @asynccontextmanager
    async def _lease(self, attempt: Attempt) -> AsyncIterator[None]:
        runtime = self._runtime

        async def renew() -> None:
            while True:
                await asyncio.sleep(RENEW_EVERY_S)
                with suppress(Exception):  # tried again soon; a lost lease is found out when it is kept
                    await runtime.write(lambda: runtime.attempts.renew(attempt, runtime.now() + LEASE))

        renewing = asyncio.create_task(renew())
        try:
            yield
        finally:
            renewing.cancel()

    async def _read(
        self, principal: Principal, scope: Scope, receive: Receive, key: bytes
    ) -> tuple[Attempt, bytes]:
        """Read the body and name the attempt.

        Raises:
            InvalidInput: The key is too long.
            ClientDisconnect: The caller hung up before the body was complete: that is no request.
        """
        if not 0 < len(key) <= MAX_KEY_BYTES:
            raise InvalidInput(f"An idempotency key has 1 to {MAX_KEY_BYTES} bytes.", hint="Send a UUID.")
        body = await read_body(receive)
        named = b"\x1f".join([scope["method"].encode(), scope["path"].encode(), key])
        now = self._runtime.now()
        attempt = Attempt(
            id=hashlib.sha256(named).hexdigest(),
            workspace=principal.workspace,
            body_sha256=hashlib.sha256(scope["query_string"] + b"\x1f" + body).hexdigest(),
            at=now,
            owner=self._runtime.mint("req"),
            until=now + LEASE,
        )
        return attempt, body

    async def _forget_old(self, attempt: Attempt) -> None:
        last = self._forgot.get(attempt.workspace)
        if last is not None and abs(attempt.at - last) < FORGET_EVERY:
            return
        self._forgot[attempt.workspace] = attempt.at
        before = attempt.at - 2 * KEPT_FOR
        await self._runtime.write(lambda: self._runtime.attempts.forget(attempt.workspace, before))


async def write_once(
    scope: Scope,
    runtime: Runtime,
    work: Callable[[], Answer[T]],
    *,
    rows: int = 1,
    repetition: Repetition = Repetition(),  # noqa: B008 - frozen
) -> Answer[T]:
    """Do the work of an atomic route in one transaction, and keep its answer there where a key was named.

    Args:
        scope: Of the request.
        runtime: The parts.
        work: Writes through the store and gives the answer; may be done again after nothing of it was kept.
        rows: About how many rows it writes.
        repetition: How a repeated request is answered.
    """
    keyed: KeyedRequest | None = scope.get(SCOPE)
    if keyed is None:
        return await runtime.write(work, rows=rows)
    found = await runtime.write(lambda: keyed.run(work, keep=repetition.keep), rows=rows + 1)
    return keyed.replay(found, repetition.reread) if isinstance(found, Attempt) else found


def run_once(
    scope: Scope,
    runtime: Runtime,
    work: Callable[[], Answer[T]],
    *,
    repetition: Repetition = Repetition(),  # noqa: B008 - frozen
) -> Answer[T]:
    """The same from a thread, for routes that seldom write."""
    keyed: KeyedRequest | None = scope.get(SCOPE)
    if keyed is None:
        return runtime.write_here(work)
    found = runtime.write_here(lambda: keyed.run(work, keep=repetition.keep))
    return keyed.replay(found, repetition.reread) if isinstance(found, Attempt) else found


class _Recorder:
    """Holds an answer back until it is kept; one that the route keeps itself, or a long one, is passed on."""

    def __init__(self, send: Send, *, hold: Callable[[], bool]) -> None:
        self._send, self._hold = send, hold
        self._start: Message | None = None
        self._held: list[Message] = []
        self._bytes = 0
        self.is_whole = True
        """Is all of the answer held back?"""

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self._start = message
        self._bytes += len(message.get("body", b""))
        self._held.append(message)
        if not self.is_whole or not self._hold() or self._bytes > MAX_ANSWER_BYTES:
            self.is_whole = False
            await self.let_go()

    def response(self) -> Response | None:
        """Give the answer as far as it is held back; None where there was none."""
        if self._start is None:
            return None
        body = b"".join(part.get("body", b"") for part in self._held)
        response = Response(body, self._start["status"])
        response.raw_headers = list(self._start["headers"])
        return response

    async def let_go(self) -> None:
        """Pass on what was held back."""
        held, self._held = self._held, []
        for message in held:
            await self._send(message)


def _to_response(known: Attempt) -> Answer[Any]:
    return Answer(known.answer, known.status or 200, media_type=known.media_type)


def _refuse(known: Attempt) -> Answer[Any]:
    raise Conflict(
        f"This request was done at {known.at:%Y-%m-%d %H:%M:%S} UTC; its answer is not kept.",
        hint=f"Look at {known.about}." if known.about else "Do not send it again; look for what it made.",
    )


def _repeat_error(attempt: Attempt) -> RequestUnderWay:
    return RequestUnderWay(
        f"The same request is under way since {attempt.at:%H:%M:%S} UTC.", hint="Ask again in a moment."
    )


def _replay_body(body: bytes, receive: Receive) -> Receive:
    messages = [{"type": "http.request", "body": body, "more_body": False}]

    async def again() -> Message:
        return messages.pop() if messages else await receive()  # then it tells of a caller who hangs up

    return again
