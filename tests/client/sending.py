"""A record, and a sender that does not wait."""

import time
from collections.abc import Callable

import httpx2
from tests.client.conftest import Server

from upspiral.client.sender import Sender, Sending
from upspiral.client.wire import Item

HI = [{"role": "user", "content": "Hi"}]

ITEM = Item("interactions", b'{"id":"int_1"}')


def make_sender(server: Server, pauses: list[float], **settings: object) -> Sender:
    """Make a sender that writes its pauses down instead of waiting."""
    given = Sending(**{"every_s": 0.01, **settings})  # type: ignore[arg-type]
    client = lambda: httpx2.Client(base_url="http://s", transport=server.transport)  # noqa: E731
    return Sender(given, client, pause=pauses.append)


def until(true: Callable[[], object], seconds: float = 5) -> None:
    end = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < end, "it never came true"
        time.sleep(0.005)
