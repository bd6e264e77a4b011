"""How is a recorded request asked again in chat completions, without anything being executed? (pure)."""

from collections.abc import Mapping
from typing import Any

from upspiral.domain.interaction import RequestOptions
from upspiral.wire.openai_chat import write_options, write_tool
from upspiral.wire.options import SAMPLING
from upspiral.wire.translate.apis import APIS, Api
from upspiral.wire.translate.settings import read_settings, write_settings

OWN_KINDS = frozenset(("function", "custom"))
"""Tools that the application runs itself: asking for them executes nothing."""
HOST_FIELDS = frozenset(("mcp_servers", "web_search_options"))
"""Fields of a request with which a host runs tools that no list of tools names."""
REPEATED = frozenset(("parallel_tool_calls", "text", "output_config", "output_format"))
"""Fields of a request that say how many calls an answer may hold, or which form it must have."""

ONE_ANSWER = frozenset(("n", "logprobs", "top_logprobs"))
"""Of several answers the first was recorded, and of none how likely its words were."""


def is_run_by_host(options: RequestOptions | None) -> bool:
    """Say whether a host runs tools of its own when it is asked this: asking again would execute them.

    >>> from upspiral.domain.interaction import ToolDefinition
    >>> is_run_by_host(RequestOptions(tools=(ToolDefinition(name="find"),)))
    False
    >>> is_run_by_host(RequestOptions(tools=(ToolDefinition(name="", kind="web_search"),)))
    True
    """
    if options is None:
        return False
    named = not HOST_FIELDS.isdisjoint(options.extra or {})
    return named or any(tool.kind not in OWN_KINDS for tool in options.tools)


def repeat_options(options: RequestOptions | None, *, with_sampling: bool = False) -> dict[str, Any]:
    """Write what a recorded request said of its tools and of the answer's form, for chat completions.

    What a host would run itself is left out, and so is how the answer was drawn, unless that is wanted.

    Args:
        options: As recorded, in whatever API it was asked.
        with_sampling: Say also how the answer was drawn, such as its temperature.

    >>> from upspiral.domain.interaction import ToolDefinition
    >>> repeat_options(RequestOptions(api="messages", tools=(ToolDefinition(name="find"),),
    ...     tool_choice={"type": "tool", "name": "find"}))["tool_choice"]
    {'type': 'function', 'function': {'name': 'find'}}
    """
    if options is None:
        return {}
    api: Api = next((one for one in APIS if one == options.api), "chat")
    tools = tuple(tool for tool in options.tools if tool.kind in OWN_KINDS)
    said = {**options.sampling, **(options.extra or {})}
    wanted = REPEATED | (SAMPLING - ONE_ANSWER if with_sampling else frozenset())
    kept = {name: value for name, value in said.items() if name in wanted}
    choice = options.tool_choice if tools else None
    if api == "chat":
        return write_options(
            RequestOptions(
                tools=tools, tool_choice=choice, response_format=options.response_format, sampling=kept
            )
        )
    body: Mapping[str, Any] = {
        **kept,
        "tools": [write_tool(tool) for tool in tools],
        "tool_choice": choice,
        "response_format": options.response_format,
    }
    untold: list[str] = []  # what chat completions has no word for is left out, for both that are compared
    return write_options(write_settings(read_settings(body, api, untold), api, "chat", untold))
