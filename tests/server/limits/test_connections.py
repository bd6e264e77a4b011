"""What a caller without a key can cost: headers, waiting and connections are bounded."""

import socket
import time
from collections.abc import Iterator
from contextlib import ExitStack, suppress

import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from upspiral.server.limits.connections import ConnectionLimits, configure
from upspiral.testing.server_thread import ServerThread

LIMITS = ConnectionLimits(max_connections=20, max_header_bytes=64_000, header_timeout_s=1, body_timeout_s=1)
ASK = b"GET / HTTP/1.1\r\nHost: x\r\n\r\n"
POST = b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\n"


async def _answer(request: Request) -> Response:
    return PlainTextResponse(f"got {len(await request.body())}")


async def _refuse(_request: Request) -> Response:
    return PlainTextResponse("no key", 401)


@pytest.fixture
def port() -> Iterator[int]:
    """The port of a server with tight limits."""
    app = Starlette(
        routes=[Route("/", _answer, methods=["GET", "POST"]), Route("/no", _refuse, methods=["POST"])]
    )
    config = configure(app, LIMITS, idle_s=1)
    config.port = 0
    with ServerThread(config) as server:
        yield server.port


def _connect(port: int) -> socket.socket:
    return socket.create_connection(("127.0.0.1", port), timeout=60)


def _said(one: socket.socket) -> bytes:
    """Read until the server closes."""
    said = b""
    with suppress(ConnectionError):
        while piece := one.recv(65_536):
            said += piece
    return said


def _ask(port: int) -> bytes:
    with _connect(port) as one:
        one.sendall(ASK)
        return one.recv(65_536)


@pytest.mark.parametrize(
    "piece", [b"X-Big: " + b"a" * 100_000, b"".join(b"X-%d: y\r\n" % n for n in range(9000)), b"a" * 70_000]
)
def test_endless_headers_are_cut_off_before_they_fill_memory(port: int, piece: bytes) -> None:
    with _connect(port) as one:
        sent = 0
        with suppress(ConnectionError):
            one.sendall(b"GET /?q=" if piece == b"a" * 70_000 else b"GET / HTTP/1.1\r\nHost: x\r\n")
            while sent < 50_000_000:
                one.sendall(piece)
                sent += len(piece)
        assert sent < 50_000_000
    assert b"200 OK" in _ask(port)


def test_headers_of_one_piece_that_are_too_large_are_refused_in_words(port: int) -> None:
    with _connect(port) as one:
        one.sendall(b"GET / HTTP/1.1\r\nHost: x\r\nX-Big: " + b"a" * 150_000 + b"\r\n\r\n")
        assert b"431" in one.recv(65_536)


@pytest.mark.parametrize("sent", [b"", b"GET / HT", ASK[:-2], POST + b"half", ASK])
def test_who_sends_nothing_more_is_not_waited_for_long(port: int, sent: bytes) -> None:
    with _connect(port) as one:
        began = time.monotonic()
        one.sendall(sent)
        said = _said(one)
        assert time.monotonic() - began < 30
    assert (b"200 OK" in said) == (sent == ASK)


def test_idle_connections_do_not_lock_others_out(port: int) -> None:
    with ExitStack() as opened:
        for _ in range(3 * LIMITS.max_connections):
            opened.enter_context(_connect(port))
        for _ in range(5):
            assert b"200 OK" in _ask(port)


def test_whole_requests_come_through_one_after_the_other_and_ahead(port: int) -> None:
    with _connect(port) as one:
        for _ in range(3):
            one.sendall(POST + b"0123456789")
            assert b"got 10" in one.recv(65_536)
        one.sendall(ASK * 3)
        said = b""
        while said.count(b"got 0") < 3:
            said += one.recv(65_536)


def test_a_body_that_nobody_reads_ends_soon(port: int) -> None:
    with _connect(port) as one:
        one.sendall(b"POST /no HTTP/1.1\r\nHost: x\r\nContent-Length: 900000000\r\n\r\n")
        assert b"401" in one.recv(65_536)
        with suppress(ConnectionError):
            while True:
                one.sendall(b"x" * 1000)
                time.sleep(0.05)
