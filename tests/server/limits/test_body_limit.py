"""A body that is too large is refused before it is read."""

import asyncio
import gzip
from typing import Any

import pytest
from starlette.requests import ClientDisconnect
from starlette.types import Message, Receive

from upspiral.errors import TooLarge
from upspiral.server.limits.body_limit import enforce_body_limit, has_disconnected, read_body

pytestmark = pytest.mark.anyio


def _coming(*pieces: bytes, breaks: bool = False) -> tuple[Receive, list[int]]:
    """Pieces of a body as a server hands them on, and how many were taken."""
    taken: list[int] = []

    async def receive() -> Message:
        number = len(taken)
        taken.append(number)
        if number >= len(pieces):
            return {"type": "http.disconnect"}
        more = breaks or number < len(pieces) - 1
        return {"type": "http.request", "body": pieces[number], "more_body": more}

    return receive, taken


def _scope(**headers: str) -> dict[str, Any]:
    named = [(name.replace("_", "-").encode(), value.encode()) for name, value in headers.items()]
    return {"type": "http", "headers": named}


async def test_a_declared_length_is_refused_before_anything_is_read() -> None:
    receive, taken = _coming(b"x" * 11)
    with pytest.raises(TooLarge):
        enforce_body_limit(_scope(content_length="11"), receive, max_bytes=10)
    assert taken == []


async def test_an_undeclared_one_is_refused_at_the_piece_that_is_too_much() -> None:
    receive, taken = _coming(*[b"x" * 4] * 100)
    limited = enforce_body_limit(_scope(), receive, max_bytes=10)
    with pytest.raises(TooLarge):
        await read_body(limited)
    assert len(taken) <= 4


async def test_what_is_just_allowed_comes_whole() -> None:
    receive, _ = _coming(b"x" * 6, b"y" * 4)
    assert await read_body(enforce_body_limit(_scope(), receive, max_bytes=10)) == b"x" * 6 + b"y" * 4


async def test_a_packed_body_is_given_unpacked_and_counted_so() -> None:
    packed = gzip.compress(b"x" * 1_000)
    scope = _scope(content_encoding="gzip")
    receive, _ = _coming(packed)
    assert await read_body(enforce_body_limit(scope, receive, max_bytes=1_000)) == b"x" * 1_000
    receive, _ = _coming(packed)
    with pytest.raises(TooLarge):
        await read_body(enforce_body_limit(_scope(content_encoding="gzip"), receive, max_bytes=999))


async def test_half_a_body_is_no_request() -> None:
    receive, _ = _coming(b"half", breaks=True)
    with pytest.raises(ClientDisconnect):
        await read_body(receive)


async def test_a_caller_who_hung_up_is_known_without_waiting() -> None:
    gone = asyncio.Event()

    async def receive() -> Message:
        await gone.wait()
        return {"type": "http.disconnect"}

    limited = enforce_body_limit({"headers": []}, receive, max_bytes=10)
    assert not has_disconnected(limited)
    assert not has_disconnected(limited)
    gone.set()
    assert has_disconnected(limited)
