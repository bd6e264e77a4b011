"""Each tool is one route, by a name that says what it does; what ends something says so."""

import re

from upspiral.server.mcp.tools import TOOLS

VERBS = ("list", "get", "rank", "sum", "search", "explain", "give", "start", "cancel", "roll")


def test_names_are_unique_and_begin_with_a_verb() -> None:
    names = [one.name for one in TOOLS]
    assert len(set(names)) == len(names)
    for name in names:
        assert re.fullmatch(r"[a-z]+(_[a-z]+)*", name)
        assert name.startswith(VERBS)


def test_no_route_is_two_tools() -> None:
    assert len({one.operation for one in TOOLS}) == len(TOOLS)


def test_what_ends_something_is_destructive_and_reading_never_is() -> None:
    destructive = {one.name for one in TOOLS if one.is_destructive}
    assert destructive == {"cancel_night", "roll_back"}


def test_no_tool_hands_out_or_takes_a_secret() -> None:
    for one in TOOLS:
        for word in ("key", "secret", "token", "session", "erase", "restore"):
            assert word not in one.name
            assert word not in one.operation
