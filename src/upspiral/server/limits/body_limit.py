"""How much may a request bring, and is its caller still there? Refused before it is read, not after."""

import asyncio
from collections.abc import Coroutine
from typing import Any, cast

from starlette.requests import ClientDisconnect
from starlette.types import Message, Receive, Scope

from upspiral.capture.otlp import unpack
from upspiral.errors import TooLarge

ENCODING = b"content-encoding"


def enforce_body_limit(scope: Scope, receive: Receive, *, max_bytes: int) -> Receive:
    """Refuse a body above a size, whether it declares it or not.

    A packed body (gzip or deflate) is given unpacked, and counted so, too.

    Args:
        scope: Of the request; the header of a packed body is taken out.
        receive: Where its body comes from.
        max_bytes: The largest allowed, as it comes and unpacked.

    Raises:
        TooLarge: At once where the length is declared, and else from the returned function.
    """
    declared = next((value for name, value in scope["headers"] if name == b"content-length"), b"0")
    if not declared.isdigit() or int(declared) > max_bytes:
        raise _large_body_error(max_bytes)
    seen = 0

    async def count() -> Message:
        nonlocal seen
        message = await receive()
        seen += len(message.get("body", b""))
        if seen > max_bytes:
            raise _large_body_error(max_bytes)
        return message

    encoding = next((value for name, value in scope["headers"] if name == ENCODING), b"")
    return _unpack(scope, count, encoding, max_bytes=max_bytes) if encoding else count


def _unpack(scope: Scope, receive: Receive, encoding: bytes, *, max_bytes: int) -> Receive:
    scope["headers"] = [
        (name, value) for name, value in scope["headers"] if name not in (ENCODING, b"content-length")
    ]
    done = False

    async def whole() -> Message:
        nonlocal done
        if done:
            return await receive()
        done = True
        packed = await read_body(receive)
        body = await asyncio.to_thread(unpack, packed, encoding.decode("latin-1"), limit=max_bytes)
        return {"type": "http.request", "body": body, "more_body": False}

    return whole


async def read_body(receive: Receive) -> bytes:
    """Read a body to its end.

    Raises:
        ClientDisconnect: The caller hung up before; half a body is no request.
    """
    message = await receive()
    if message["type"] == "http.request" and not message.get("more_body"):
        return bytes(message.get("body", b""))
    parts = []
    while message["type"] == "http.request":
        parts.append(message.get("body", b""))
        if not message.get("more_body"):
            return b"".join(parts)
        message = await receive()
    raise ClientDisconnect


def has_disconnected(receive: Receive) -> bool:
    """Say whether the caller of a request whose body was read has hung up, without waiting for it.

    What comes next is asked for and not awaited: a task that waits beside each request would cost as much as
    reading its body.
    """
    coming = cast("Coroutine[Any, Any, Message]", receive())
    try:
        coming.send(None)
    except StopIteration as come:
        return bool(come.value["type"] == "http.disconnect")
    finally:
        coming.close()
    return False


def _large_body_error(max_bytes: int) -> TooLarge:
    return TooLarge(
        f"The body is larger than {max_bytes / 1e6:g} MB.",
        hint="Send less at once, or raise the setting max_body_mb.",
    )
