"""How do we go out to the network? Through one client: addresses checked, no redirects, no proxies, limits.

A host is resolved here, every address that it has is checked, and the connection goes to a checked one, so
that a name cannot lead elsewhere between the check and the connection.
"""

import asyncio
import socket
from collections.abc import AsyncGenerator, AsyncIterator, Mapping
from contextlib import asynccontextmanager
from functools import lru_cache
from weakref import WeakKeyDictionary

import aiohttp
from aiohttp.abc import AbstractResolver, ResolveResult
from aiohttp.http_exceptions import ContentEncodingError
from aiohttp.resolver import ThreadedResolver
from msgspec import Struct

from upspiral.errors import ProviderTimeout, Rejected, Unavailable
from upspiral.providers.address import OPERATORS, Reach, parse
from upspiral.tracing import NoSpan, begin_span

MAX_BYTES = 16 * 1024 * 1024
"""A longer response is refused while it is read."""
LONGEST_STREAM = 10
"""A stream may take this many times the time limit of one silence."""
CONNECT_S = 10.0
CONNECTIONS = 2000
"""As many streams may be open at the same time."""

_Client = tuple[aiohttp.ClientSession, AsyncGenerator[None, None]]
_clients: WeakKeyDictionary[asyncio.AbstractEventLoop, dict[Reach, _Client]] = WeakKeyDictionary()


class OutboundReply(Struct, frozen=True):
    """A whole response."""

    status: int
    headers: Mapping[str, str]
    body: bytes


class _Checked(AbstractResolver):
    """Looks names up, and refuses those of which any address may not be asked."""

    def __init__(self, reach: Reach) -> None:
        self._reach = reach
        self._inner = ThreadedResolver()

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        """Give the addresses of a host, all of them checked."""
        found = await self._inner.resolve(host, port, family)
        for one in found:
            self._reach.check(one["host"].partition("%")[0], host=host)
        return found

    async def close(self) -> None:
        """Nothing is held."""


async def client(reach: Reach = OPERATORS) -> aiohttp.ClientSession:
    """Give the client of the running event loop, made at the first call and closed with the loop.

    Args:
        reach: Which addresses it connects to; each has a client, and connections, of its own.
    """
    loop = asyncio.get_running_loop()
    mine = _clients.setdefault(loop, {})
    if reach not in mine:
        made = aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(limit=CONNECTIONS, keepalive_timeout=30, resolver=_Checked(reach)),
            cookie_jar=aiohttp.DummyCookieJar(),
            trust_env=False,
            skip_auto_headers=("User-Agent",),
        )
        keeper = _close_with_loop(mine, reach, made)
        mine[reach] = (made, keeper)
        await anext(keeper)
    return mine[reach][0]


async def _close_with_loop(
    mine: dict[Reach, _Client], reach: Reach, made: aiohttp.ClientSession
) -> AsyncGenerator[None, None]:
    # A loop closes the asynchronous generators begun in it before it ends, and this one its client.
    try:
        yield
    finally:
        mine.pop(reach, None)
        await made.close()


async def post(
    url: str, content: bytes, *, headers: Mapping[str, str], timeout_s: float, reach: Reach = OPERATORS
) -> OutboundReply:
    """Send a body and read the whole response.

    Raises:
        ProviderTimeout: It took longer than `timeout_s` in all.
        Unavailable: There was no connection, or it broke.
        Rejected: The response is too long, or the address may not be asked.
    """
    try:
        with begin_span("ask", "client") as told:
            async with await _request(
                url, content, headers, limit=_whole_limit(timeout_s), reach=reach
            ) as response:
                tell_response(told, response)
                body = b"".join([chunk async for chunk in limit_body(response)])
    except TimeoutError as error:
        raise ProviderTimeout(f"No whole answer within {timeout_s:g} s.") from error
    except (aiohttp.ClientError, OSError) as error:
        raise _explain(error) from error
    return OutboundReply(response.status, response.headers, body)


@asynccontextmanager
async def open_stream(
    url: str, content: bytes, *, headers: Mapping[str, str], timeout_s: float, reach: Reach = OPERATORS
) -> AsyncIterator[aiohttp.ClientResponse]:
    """Send a body and give the response as soon as its head is there.

    Raises:
        ProviderTimeout: Nothing came for `timeout_s`.
        Unavailable: There was no connection, or it broke.
        Rejected: The address may not be asked.
    """
    told = begin_span("ask", "client")
    try:
        async with await _request(
            url, content, headers, limit=_silence_limit(timeout_s), reach=reach
        ) as response:
            tell_response(told, response)
            yield response
    except aiohttp.ServerTimeoutError as error:
        raise ProviderTimeout(f"No answer within {timeout_s:g} s.") from error
    except (aiohttp.ClientError, OSError) as error:
        raise _explain(error) from error
    finally:
        told.end()


def tell_response(told: NoSpan, response: aiohttp.ClientResponse) -> None:
    """Tell of a request who answered and with what status; its path may be a secret, as those of webhooks."""
    told.note(
        {
            "http.request.method": response.method,
            "server.address": response.url.host,
            "server.port": response.url.port,
            "http.response.status_code": response.status,
        }
    )
    if response.status >= 400:
        told.mark_failed(str(response.status))


async def _request(
    url: str, content: bytes, headers: Mapping[str, str], *, limit: aiohttp.ClientTimeout, reach: Reach
) -> aiohttp.ClientResponse:
    """Send a body where it may go; give the response as soon as its head is there."""
    address = parse(url)
    if address.ip is not None:  # the client resolves names only
        reach.check(address.host, host=address.host)
    session = await client(reach)
    return await session.post(
        address.url, data=content, headers=headers, timeout=limit, allow_redirects=False
    )


def _explain(error: Exception) -> Rejected | Unavailable:
    if isinstance(error.__cause__, ContentEncodingError):
        return Rejected(f"The answer cannot be unpacked ({error}).")
    return Unavailable(f"The connection failed ({type(error).__name__}).", detail=str(error))


@lru_cache(maxsize=64)
def _whole_limit(timeout_s: float) -> aiohttp.ClientTimeout:
    return aiohttp.ClientTimeout(total=timeout_s, connect=min(CONNECT_S, timeout_s))


@lru_cache(maxsize=64)
def _silence_limit(timeout_s: float) -> aiohttp.ClientTimeout:
    return aiohttp.ClientTimeout(connect=min(CONNECT_S, timeout_s), sock_read=timeout_s)


async def limit_body(
    response: aiohttp.ClientResponse, *, max_bytes: int = MAX_BYTES, within_s: float | None = None
) -> AsyncIterator[bytes]:
    """Give the body chunk by chunk, and stop where it gets too long or takes too much time in all.

    Raises:
        Rejected: It is longer than `max_bytes`.
        ProviderTimeout: It takes longer than `within_s`.
    """
    loop = asyncio.get_running_loop()
    end = loop.time() + within_s if within_s is not None else None
    size = 0
    async for chunk in response.content.iter_any():
        size += len(chunk)
        if size > max_bytes:
            raise Rejected(f"The answer is longer than {max_bytes / 1048576:g} MB.", status=response.status)
        if end is not None and loop.time() > end:
            raise ProviderTimeout(f"The stream did not end within {within_s:g} s.")
        yield chunk
