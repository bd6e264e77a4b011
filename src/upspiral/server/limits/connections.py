"""How much may a connection cost before anybody is known? Headers, waiting and connections are bounded here.

The server (uvicorn) bounds none of them by itself: its protocol is extended by counting what comes in and by
one timer, so that a caller without a key can neither make memory grow nor keep others out.
"""

import resource
from collections.abc import Callable
from http import HTTPStatus
from typing import Any

import uvicorn
from msgspec import Struct
from starlette.types import ASGIApp
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

SPARE_FILES = 100
"""File handles that connections leave to the store, to upstreams and to child processes."""
MAX_PIPELINED = 32
"""Requests that a connection may send ahead of their answers."""
MAX_PIECE_BYTES = 256_000
"""Read from a connection at once."""
LINGER_S = 5.0
"""So long the rest of a body may still come after its request was answered."""


class ConnectionLimits(Struct, frozen=True):
    """What a connection may cost."""

    max_connections: int
    max_header_bytes: int
    header_timeout_s: float
    body_timeout_s: float


class LimitedProtocol(HttpToolsProtocol):
    """One connection that is closed where it sends too much, or nothing for too long.

    Where there are too many, the one that has waited longest without a request under way makes room.
    """

    limits: ConnectionLimits
    waiting: dict["LimitedProtocol", None]
    """Connections without a request under way, the longest waiting first."""

    def connection_made(self, transport: Any) -> None:
        """Begin to wait for a first request."""
        super().connection_made(transport)
        self._timer: Any = None
        self._due_s: float | None = None
        self._is_reading = False
        self._raw_bytes = self._header_bytes = 0
        self._in_headers = True
        self._wait(self.limits.header_timeout_s)
        self.waiting[self] = None
        if len(self.connections) > self.limits.max_connections:
            longest = next(iter(self.waiting))
            del self.waiting[longest]
            longest.transport.abort()

    def connection_lost(self, exc: Exception | None) -> None:
        """Forget the connection."""
        self._stop_waiting()
        self.waiting.pop(self, None)
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Count what comes before the headers are complete."""
        if self.transport.is_closing():
            return
        self._is_reading = True
        try:
            super().data_received(data)
        finally:
            self._is_reading = False
            if self._due_s is not None and self._timer is None:
                self._timer = self.loop.call_later(self._due_s, self._give_up)
        if self._in_headers and not self.transport.is_closing():
            self._raw_bytes += len(data)
            if self._raw_bytes > self.limits.max_header_bytes + MAX_PIECE_BYTES:
                self._refuse(HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE)

    def on_message_begin(self) -> None:
        """Begin a request: its headers must come within their time."""
        super().on_message_begin()
        self._in_headers, self._raw_bytes, self._header_bytes = True, 0, 0
        if self._due_s is None:
            self._wait(self.limits.header_timeout_s)

    def on_url(self, url: bytes) -> None:
        """Count the address."""
        super().on_url(url)
        self._count(len(url))

    def on_header(self, name: bytes, value: bytes) -> None:
        """Count a header, or a trailer behind the body."""
        self._count(len(name) + len(value) + 4)
        if not self.transport.is_closing():
            super().on_header(name, value)

    def on_headers_complete(self) -> None:
        """Let the request in; its body must come within its time."""
        self._in_headers = False
        if self.transport.is_closing():
            return
        if len(self.pipeline) >= MAX_PIPELINED:
            self._refuse(HTTPStatus.TOO_MANY_REQUESTS)
            return
        self.waiting.pop(self, None)
        self._wait(self.limits.body_timeout_s)
        super().on_headers_complete()

    def on_body(self, body: bytes) -> None:
        """Take a part of a body; not of a request that was refused."""
        if not self.transport.is_closing():
            super().on_body(body)

    def on_message_complete(self) -> None:
        """Be done with a request's body."""
        self._stop_waiting()
        self._header_bytes = 0
        if not self.transport.is_closing():
            super().on_message_complete()

    def on_response_complete(self) -> None:
        """Wait for the next request, or a moment for the rest of a body that nobody reads."""
        super().on_response_complete()
        if self.transport.is_closing():
            return
        if self.cycle.response_complete:
            self.waiting[self] = None
        if self._due_s is not None:
            self._wait(LINGER_S)

    def _count(self, size: int) -> None:
        self._header_bytes += size
        if (
            self._header_bytes > 2 * self.limits.max_header_bytes
        ):  # raw bytes are counted beside the parsed ones
            self._refuse(HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE)

    def _wait(self, seconds: float) -> None:
        """Give up after so long; what comes whole in one piece, as most requests do, needs no timer."""
        self._stop_waiting()
        self._due_s = seconds
        if not self._is_reading:
            self._timer = self.loop.call_later(seconds, self._give_up)

    def _stop_waiting(self) -> None:
        self._due_s = None
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _give_up(self) -> None:
        self._timer = self._due_s = None
        is_answering = self.cycle is not None and not self.cycle.response_complete
        if self.pipeline or (self._in_headers and is_answering):
            self._wait(self.limits.header_timeout_s)  # what was sent ahead is not read yet
        elif self._in_headers and (self._raw_bytes or self._header_bytes):
            self._refuse(HTTPStatus.REQUEST_TIMEOUT)
        else:
            self.transport.abort()

    def _refuse(self, status: HTTPStatus) -> None:
        """Say why in one line, and close."""
        if self.transport.is_closing():
            return
        head = f"HTTP/1.1 {status.value} {status.phrase}\r\nconnection: close\r\ncontent-length: 0\r\n\r\n"
        self.transport.write(head.encode())
        self.transport.close()


def protocol(limits: ConnectionLimits) -> type[LimitedProtocol]:
    """Give the protocol of one server, with its limits."""
    shared: dict[LimitedProtocol, None] = {}
    return type("BoundProtocol", (LimitedProtocol,), {"limits": limits, "waiting": shared})


def configure(
    app: ASGIApp | Callable[..., Any], limits: ConnectionLimits, *, idle_s: float
) -> uvicorn.Config:
    """Give the configuration of a server whose connections are bounded.

    Args:
        app: What answers.
        limits: What a connection may cost; fewer connections where the system allows fewer open files.
        idle_s: Seconds after which a connection without a request is closed.
    """
    allowed = max((_raise_file_limit() - SPARE_FILES) // 2, 16)  # each may need another to a model
    bounded = ConnectionLimits(
        min(limits.max_connections, allowed),
        limits.max_header_bytes,
        limits.header_timeout_s,
        limits.body_timeout_s,
    )
    return uvicorn.Config(
        app,
        log_level="warning",
        access_log=False,
        proxy_headers=False,  # nobody here asks where a caller sits
        lifespan="on",
        http=protocol(bounded),
        ws="none",
        timeout_keep_alive=max(1, round(idle_s)),
    )


def _raise_file_limit() -> int:
    """Allow this process as many open files as the system lets it; give how many."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = min(hard, 65_536) if hard != resource.RLIM_INFINITY else 65_536
    if soft < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
        return wanted
    return soft
