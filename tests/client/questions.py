"""A question, and the one record that came of it."""

from typing import Any

from tests.client.conftest import Server

from upspiral.client import Upspiral

HI = [{"role": "user", "content": "Hi"}]


def one(server: Server, spiral: Upspiral, plural: str = "interactions") -> dict[str, Any]:
    assert spiral.flush()
    [found] = server.got(plural)
    return found
