"""Does every tool work? Each is called by a real client, so that nothing is changed by it."""

from typing import TYPE_CHECKING, Any

from upspiral.cli.api import door, run
from upspiral.cli.checks.finding import Finding, Installation
from upspiral.cli.mcp_client import check_key, connect, require_package

if TYPE_CHECKING:
    from mcp import Client
    from mcp.types import Tool

NOBODY = "doctor-asks-for-nobody"
"""A name that nothing has: a tool that needs a name, or changes something, must say that there is none."""
ARGUMENTS: dict[str, dict[str, Any]] = {
    "give_feedback": {"interaction": NOBODY, "thumbs": "up"},
}
"""For tools of which not every argument that matters is required."""


def check_tools(place: Installation) -> list[Finding]:
    """Call every tool that the key may call; say whether it works.

    Raises:
        MissingExtra: The package that speaks the protocol is not installed.
        UpspiralError: The server does not answer, or the key may not call tools.
    """
    require_package()

    async def task() -> list[Finding]:
        async with door(place.folder, place.database) as api:
            await check_key(api)
            async with connect(api) as client:
                tools = (await client.list_tools()).tools
                return [await _check(client, one) for one in tools]

    return run(task())


async def _check(client: "Client", tool: "Tool") -> Finding:
    name, given = f"tool {tool.name}", make_arguments(tool)
    try:
        answer = await client.call_tool(tool.name, given)
    except Exception as error:  # such as an answer that is not of the type that was promised
        return Finding(name, False, f"{type(error).__name__}: {error}"[:300])
    if not answer.is_error:
        only_reads = bool(tool.annotations and tool.annotations.read_only_hint)
        return Finding(name, only_reads, "answers" if only_reads else f"took {NOBODY!r} for somebody")
    said = " ".join(getattr(one, "text", "") for one in answer.content)
    if given and '"not_found"' in said:
        return Finding(name, True, "says that there is none of a name")
    return Finding(name, False, said[:300])


def make_arguments(tool: "Tool") -> dict[str, Any]:
    """Give the arguments with which a tool is tried."""
    return ARGUMENTS.get(tool.name) or dict.fromkeys(tool.input_schema.get("required", ()), NOBODY)
