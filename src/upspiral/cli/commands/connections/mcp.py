"""Let programs on this machine call the tools of a server, by the Model Context Protocol over stdio."""

from typing import TYPE_CHECKING, Any

from upspiral.cli.api import door, run
from upspiral.cli.mcp_client import check_key, connect, require_package
from upspiral.cli.options import Data, Database
from upspiral.version import __version__

if TYPE_CHECKING:
    from mcp import Client
    from mcp.server.context import ServerRequestContext
    from mcp.types import (
        CallToolRequestParams,
        CallToolResult,
        ListToolsResult,
        PaginatedRequestParams,
    )


def mcp(data: Data = None, database: Database = None) -> None:
    """Speak the Model Context Protocol on standard input and output, for whoever starts this command."""
    run(serve_stdio(data, database))


async def serve_stdio(data: Data, database: Database) -> None:
    """Answer on standard input and output until that is closed.

    Raises:
        MissingExtra: The package that speaks the protocol is not installed.
        UpspiralError: The key may not call tools.
    """
    require_package()
    from mcp.server.lowlevel import Server
    from mcp.server.stdio import stdio_server

    async with door(data, database) as api:
        await check_key(api)
        async with connect(api) as client:
            bridge = _Bridge(client)
            server: Server[Any] = Server(
                "upspiral",
                version=__version__,
                title="Upspiral",
                instructions=client.instructions,
                on_list_tools=bridge.list_tools,
                on_call_tool=bridge.call_tool,
            )
            async with stdio_server() as (reading, writing):
                await server.run(reading, writing, server.create_initialization_options())


class _Bridge:
    """Hands what is asked here to the server, and its answers back."""

    def __init__(self, client: "Client") -> None:
        self._client = client

    async def list_tools(
        self, _: "ServerRequestContext[Any, Any]", wanted: "PaginatedRequestParams | None"
    ) -> "ListToolsResult":
        """List the tools that the key may call."""
        return await self._client.list_tools(cursor=wanted.cursor if wanted else None)

    async def call_tool(
        self, _: "ServerRequestContext[Any, Any]", wanted: "CallToolRequestParams"
    ) -> "CallToolResult":
        """Call a tool."""
        return await self._client.call_tool(wanted.name, wanted.arguments)


TOP_LEVEL_COMMANDS = (mcp,)
