"""Was this asked before? A writing request that names an idempotency key is done once."""

import asyncio
import hashlib
from datetime import timedelta

import msgspec
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from upspiral.domain import Attempt, Principal
from upspiral.errors import Conflict, InvalidInput
from upspiral.runtime import Runtime

HEADER = b"idempotency-key"
KEPT = timedelta(hours=24)
"""How long the first answer is remembered at least."""
SHOWN_ONCE = "/api/v1/keys"
"""Its answers hold a key, and are never kept."""
LONGEST_KEY = 255
MOST_KEPT = 1_000_000
"""Longer answers are not kept; their request is refused a second time."""


class Repeats:
    """Remembers the first outcome of each key, by workspace and route."""

    def __init__(self, runtime: Runtime) -> None:
        self._runtime = runtime
        self._owner = runtime.mint("proc")
        """Tells an attempt of this process from one that a killed process left behind."""

    def once(self, program: ASGIApp, principal: Principal) -> ASGIApp:
        """Give a program that answers a request the first time, and gives that answer ever after."""

        async def answered(scope: Scope, receive: Receive, send: Send) -> None:
            key = next((value for name, value in scope["headers"] if name == HEADER), None)
            if key is None:
                await program(scope, receive, send)
                return
            attempt, body = await self._read(principal, scope, receive, key)
            known = await asyncio.to_thread(self._begin, attempt)
            if known:
                await _replayed(known, attempt)(scope, receive, send)
                return
            heard = _Heard(send)
            try:
                await program(scope, _again(body), heard)
            finally:
                if scope["path"] == SHOWN_ONCE:
                    heard.parts.clear()
                await asyncio.to_thread(self._end, attempt, heard)

        return answered

    async def _read(
        self, principal: Principal, scope: Scope, receive: Receive, key: bytes
    ) -> tuple[Attempt, bytes]:
        """Read the body and name the attempt.

        Raises:
            InvalidInput: The key is too long.
        """
        if not 0 < len(key) <= LONGEST_KEY:
            raise InvalidInput(f"An idempotency key has 1 to {LONGEST_KEY} bytes.", hint="Send a UUID.")
        body = await _body(receive)
        named = b"\x1f".join([scope["method"].encode(), scope["path"].encode(), key])
        attempt = Attempt(
            id=hashlib.sha256(named).hexdigest(),
            workspace=principal.workspace,
            body_sha256=hashlib.sha256(body).hexdigest(),
            at=self._runtime.now(),
            owner=self._owner,
        )
        return attempt, body

    def _begin(self, attempt: Attempt) -> Attempt | None:
        """Write the attempt down; give the one that was there before it."""
        store = self._runtime.store
        with store.transaction():
            store.attempts.forget(attempt.workspace, attempt.at - 2 * KEPT)
            known = store.attempts.find(attempt.workspace, attempt.id)
            if known and known.status is None and known.owner != self._owner:
                known = None  # its process was killed; what it had acknowledged is found by its ids
            if known is None:
                store.attempts.put(attempt)
        return known

    def _end(self, attempt: Attempt, heard: "_Heard") -> None:
        store = self._runtime.store
        if heard.status is None or heard.status >= 500 or heard.status == 429:
            store.attempts.remove_one(attempt)  # it may be tried again
            return
        said = b"".join(heard.parts)
        kept = said.decode(errors="replace") if len(said) <= MOST_KEPT else ""
        store.attempts.put(msgspec.structs.replace(attempt, status=heard.status, answer=kept))


class _Heard:
    """Passes an answer on, and keeps a copy."""

    def __init__(self, send: Send) -> None:
        self._send = send
        self.status: int | None = None
        self.parts: list[bytes] = []

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.status = message["status"]
        elif message["type"] == "http.response.body":
            self.parts.append(message.get("body", b""))
        await self._send(message)


def _replayed(known: Attempt, attempt: Attempt) -> Response:
    if known.body_sha256 != attempt.body_sha256:
        raise InvalidInput(
            "This idempotency key came with another body before.", hint="Use a new key for a new request."
        )
    if known.status is None:
        raise Conflict("The same request is under way.", hint="Ask again in a moment.")
    kind = "application/json" if known.status < 400 else "application/problem+json"
    return Response(known.answer, known.status, {"idempotency-replayed": "true"}, kind)


async def _body(receive: Receive) -> bytes:
    parts = []
    while True:
        message = await receive()
        parts.append(message.get("body", b""))
        if message["type"] == "http.disconnect" or not message.get("more_body"):
            return b"".join(parts)


def _again(body: bytes) -> Receive:
    messages = [{"type": "http.request", "body": body, "more_body": False}]

    async def receive() -> Message:
        return messages.pop() if messages else {"type": "http.disconnect"}

    return receive
