"""How is a notification posted? By the one outbound client; only the status of the answer matters."""

import asyncio
import socket
from collections.abc import Mapping

from upspiral.errors import InvalidInput, ProviderTimeout, Rejected, Unavailable
from upspiral.providers.address import Reach, parse
from upspiral.providers.outbound import open_stream
from upspiral.version import __version__

GONE = 410
MAX_RETRY_AFTER_S = 24 * 3600.0
"""A receiver that asks for a longer rest gets this one."""


def post_json(body: str, url: str, *, headers: Mapping[str, str], timeout_s: float, reach: Reach) -> None:
    """Post a JSON text and see that it was taken; redirects are not followed, the answer is not read.

    Raises:
        Rejected: The address may not be asked, or is gone (410).
        ProviderTimeout: There was no answer in time.
        Unavailable: The receiver answered with another status than 2xx, or could not be reached.
    """
    asyncio.run(_post(body.encode(), url, headers=headers, timeout_s=timeout_s, reach=reach))


async def _post(
    content: bytes, url: str, *, headers: Mapping[str, str], timeout_s: float, reach: Reach
) -> None:
    said = {"Content-Type": "application/json", "User-Agent": f"upspiral/{__version__}", **headers}
    try:
        async with (
            asyncio.timeout(timeout_s),
            open_stream(url, content, headers=said, timeout_s=timeout_s, reach=reach) as response,
        ):
            status, rest = response.status, _read_seconds(response.headers.get("Retry-After"))
    except TimeoutError as error:
        raise ProviderTimeout(f"There was no answer within {timeout_s:g} s.") from error
    if status == GONE:
        raise Rejected("The receiver says that the address is gone (410).", status=status)
    if not 200 <= status < 300:
        raise Unavailable(f"The receiver answered with status {status}.", status=status, retry_after=rest)


def check_url(url: str) -> str:
    """See that a URL can be used; give it in the one way in which it is written.

    Raises:
        InvalidInput: It cannot.

    >>> check_url("HTTPS://Hooks.Example.com/a/")
    'https://hooks.example.com/a'
    """
    return parse(url).url


def check_reach(url: str, reach: Reach) -> None:
    """See that a URL leads nowhere that may not be connected to; a name is looked up.

    A name that nobody knows passes: it is looked up again whenever something is sent.

    Raises:
        InvalidInput: It leads into a private network, or where a cloud hands out credentials.
    """
    host = parse(url).host
    try:
        found = {str(one[4][0]) for one in socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)}
    except OSError:
        return
    for ip in found:
        try:
            reach.check(ip.partition("%")[0], host=host)
        except Rejected as error:
            raise InvalidInput(
                f"No notification can be sent to {host!r}: {error.message}",
                hint="If it is meant, the operator lists it in the setting `providers.allowed_addresses`.",
            ) from None


def _read_seconds(text: str | None) -> float | None:
    """Read a Retry-After in seconds; None for a date, or anything else.

    >>> _read_seconds("30"), _read_seconds("Wed, 21 Oct 2015 07:28:00 GMT"), _read_seconds("999999")
    (30.0, None, 86400.0)
    """
    return min(float(text), MAX_RETRY_AFTER_S) if text and text.isascii() and text.isdigit() else None
