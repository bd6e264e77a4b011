"""How do models call tools over HTTP? By `/mcp`: the official server, asked anew with every request.

Nothing is kept between two requests, so that any server of an installation can answer each. A tool is called
as its REST route, through the same doors and with the same key: who may not do it there may not do it here.
"""

from collections.abc import Callable, Mapping
from functools import cache
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import msgspec
from starlette.requests import Request
from starlette.types import ASGIApp, Receive, Scope, Send

from upspiral.app import App
from upspiral.domain import Principal
from upspiral.domain import Scope as Grant
from upspiral.errors import MissingExtra
from upspiral.server.deps import app_for, principal_of
from upspiral.server.errors import TOOLS_PATH
from upspiral.server.mcp.answers import enclose, hide_texts, make_hider
from upspiral.server.mcp.catalog import NOTICE, RouteTool, list_tools
from upspiral.server.mcp.tools import TOOLS
from upspiral.server.policy import HotRoute, Policy
from upspiral.version import __version__

if TYPE_CHECKING:
    import httpx2
    from mcp.server.context import ServerRequestContext
    from mcp.server.lowlevel import Server
    from mcp.types import CallToolRequestParams, CallToolResult, ListToolsResult, PaginatedRequestParams

PATH = TOOLS_PATH
MAX_BODY = 1_000_000
POLICY = Policy((Grant.READ, Grant.FEEDBACK, Grant.OPERATE, Grant.MODEL_TRAINING), max_body=MAX_BODY)
"""Who may come; each tool asks for the scope of its route besides."""
INSTRUCTIONS = (
    "Upspiral measures how well the answers of LLM applications are and improves them at night. Begin with"
    f" list_agents and list_weaknesses. {NOTICE}"
)
FORWARDED = (b"authorization", b"x-api-key", b"host")
"""Headers of the caller with which its tools are called."""


class ToolDoor:
    """The tools of one server.

    Args:
        app: The parts.
        document: Gives the API document.
        policies: Gives who may use each route.
        doors: Gives the application through which tools call their routes.
    """

    def __init__(
        self,
        app: App,
        *,
        document: Callable[[], Mapping[str, Any]],
        policies: Callable[[], Mapping[tuple[str, str], Policy]],
        doors: Callable[[], ASGIApp],
    ) -> None:
        self._app, self._doors = app, doors
        self.list_tools = cache(lambda: list_tools(document(), policies(), TOOLS))

    def route(self) -> HotRoute:
        """Give the route; streams and sessions, which GET and DELETE would be for, there are none."""
        return HotRoute(method="POST", path=PATH, policy=POLICY, program=self._answer, operation=OPERATION)

    async def _answer(self, scope: Scope, receive: Receive, send: Send) -> None:
        if find_spec("mcp") is None:
            raise MissingExtra(
                "The Model Context Protocol is spoken by a package that is not installed.",
                hint='Run `pip install "upspiral[mcp]"` and restart the server.',
            )
        from mcp.server.streamable_http_manager import StreamableHTTPSessionManager

        manager = StreamableHTTPSessionManager(
            self._server(), json_response=True, stateless=True, max_request_body_size=MAX_BODY
        )
        async with manager.run():
            await manager.handle_request(_accept_json(scope), receive, send)

    @cache  # noqa: B019 - one door for each server, which lives as long as it does
    def _server(self) -> "Server[Any]":
        from mcp.server.lowlevel import Server

        return Server(
            "upspiral",
            version=__version__,
            title="Upspiral",
            instructions=INSTRUCTIONS,
            on_list_tools=self._list,
            on_call_tool=self._call,
        )

    async def _list(
        self, context: "ServerRequestContext[Any, Request]", _: "PaginatedRequestParams | None"
    ) -> "ListToolsResult":
        from mcp import types

        who = principal_of(_request(context).scope)
        return types.ListToolsResult(
            tools=[
                types.Tool(
                    name=one.name,
                    description=one.description,
                    input_schema=one.takes,
                    output_schema=one.gives,
                    annotations=types.ToolAnnotations(
                        read_only_hint=one.only_reads, destructive_hint=one.is_destructive
                    ),
                )
                for one in self.list_tools()
                if may_call(who, one)
            ]
        )

    async def _call(
        self, context: "ServerRequestContext[Any, Request]", wanted: "CallToolRequestParams"
    ) -> "CallToolResult":
        request = _request(context)
        tool = next((one for one in self.list_tools() if one.name == wanted.name), None)
        if tool is None:
            return _fail(f"There is no tool {wanted.name[:100]!r}.")
        given = wanted.arguments or {}
        if unknown := sorted(set(given) - set(tool.takes["properties"])):
            return _fail(f"The tool {tool.name} takes no {', '.join(map(repr, unknown))}.")
        if missing := [name for name in tool.takes["required"] if name not in given]:
            return _fail(f"The tool {tool.name} needs {', '.join(missing)}.")
        answer = await self._ask(tool, given, request.scope)
        return self._tell(answer, app_for(self._app, request.scope))

    async def _ask(self, tool: RouteTool, given: Mapping[str, Any], scope: Scope) -> "httpx2.Response":
        """Call a tool's route, through the doors, as its caller."""
        import httpx2

        mine = [(name, value) for name, value in scope["headers"] if name in FORWARDED]
        path = tool.path
        for name in tool.in_path:
            path = path.replace(f"{{{name}}}", quote(str(given[name]), safe=""))
        query = {name: given[name] for name in tool.in_query if given.get(name) is not None}
        limit = tool.takes["properties"].get("limit", {})
        if "limit" in tool.in_query:
            query["limit"] = min(query.get("limit", limit["default"]), limit["maximum"])
        elsewhere = {*tool.in_path, *tool.in_query}
        body = {name: value for name, value in given.items() if name not in elsewhere}
        transport = httpx2.ASGITransport(self._doors(), raise_app_exceptions=False)
        async with httpx2.AsyncClient(
            transport=transport, base_url="http://127.0.0.1", timeout=None
        ) as client:
            return await client.request(
                tool.method, path, params=query, headers=mine, json=body if tool.has_body else None
            )

    def _tell(self, answer: "httpx2.Response", app: App) -> "CallToolResult":
        from mcp import types

        data = hide_texts(msgspec.json.decode(answer.content), make_hider(app))
        if not answer.is_success:
            told = {name: data[name] for name in ("code", "title", "hint") if data.get(name)}
            return _fail(f"The tool was refused.\n{enclose(app, told)}")
        return types.CallToolResult(
            content=[types.TextContent(type="text", text=enclose(app, data))],
            structured_content={"notice": NOTICE, "data": data},
        )


def may_call(who: Principal, tool: RouteTool) -> bool:
    """Say whether a key may call a tool."""
    return not tool.scopes or any(who.may(one) for one in tool.scopes)


def _accept_json(scope: Scope) -> Scope:
    """Take a request for one of JSON that wants JSON: nothing else is answered here, whatever it says."""
    rest = [one for one in scope["headers"] if one[0] not in (b"accept", b"content-type")]
    json = b"application/json"
    return {**scope, "headers": [*rest, (b"accept", json), (b"content-type", json)]}


def _request(context: "ServerRequestContext[Any, Request]") -> Request:
    assert context.request is not None  # noqa: S101 - this door is HTTP alone
    return context.request


def _fail(why: str) -> "CallToolResult":
    from mcp import types

    return types.CallToolResult(content=[types.TextContent(type="text", text=why)], is_error=True)


MESSAGE = {
    "type": "object",
    "properties": {"jsonrpc": {"const": "2.0"}},
    "required": ["jsonrpc"],
    "additionalProperties": True,
}
OPERATION: dict[str, Any] = {
    "tags": ["tools"],
    "summary": "Call a tool of the Model Context Protocol",
    "description": "The Model Context Protocol over streamable HTTP, without sessions: one JSON-RPC message,"
    " one answer. A message that asks for no answer gets an empty one (202). A tool needs the scope of the"
    " route that it calls.",
    "operationId": "call_tool",
    "requestBody": {
        "required": True,
        "content": {
            "application/json": {
                "schema": MESSAGE,
                "example": {"jsonrpc": "2.0", "id": 1, "method": "tools/list"},
            }
        },
    },
    "responses": {
        "200": {
            "description": "The answer to the message.",
            "content": {
                "application/json": {
                    "schema": MESSAGE,
                    "example": {"jsonrpc": "2.0", "id": 1, "result": {"tools": []}},
                }
            },
        },
    },
}
