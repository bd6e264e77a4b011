"""How does a command call a server's tools? By the Model Context Protocol, over HTTP or in this process."""

from importlib.util import find_spec
from typing import TYPE_CHECKING

from upspiral.cli.api import Api
from upspiral.errors import MissingExtra

if TYPE_CHECKING:
    from mcp import Client

PATH = "/mcp"
HERE = "http://127.0.0.1"
"""The address under which this process answers itself."""


def connect(api: Api) -> "Client":
    """Give a client of the tools, to be entered."""
    from mcp import Client
    from mcp.client.streamable_http import streamable_http_client

    return Client(streamable_http_client(f"{api.url or HERE}{PATH}", http_client=api.client))


async def check_key(api: Api) -> None:
    """See that the server answers and that the key may call tools.

    Raises:
        UpspiralError: Says what is wrong.
    """
    message = {"jsonrpc": "2.0", "id": 1, "method": "ping"}
    await api.ask("POST", PATH, json=message, headers={"accept": "application/json"})


def require_package() -> None:
    """See that the official package is there.

    Raises:
        MissingExtra: It is not.
    """
    if find_spec("mcp") is None:
        raise MissingExtra(
            "The Model Context Protocol is spoken by a package that is not installed.",
            hint='Run `pip install "upspiral[mcp]"`.',
        )
