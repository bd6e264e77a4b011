"""Every tool's schemas stand alone and are valid; a tool without a route or a policy stops the server."""

import json

import jsonschema_rs
import pytest

from upspiral.app import App
from upspiral.errors import ConfigError
from upspiral.server.app import create_app
from upspiral.server.mcp.catalog import MAX_ROWS, USUAL_ROWS, RouteTool, list_tools
from upspiral.server.mcp.tools import TOOLS, ToolSpec


@pytest.fixture
def tools(app: App) -> list[RouteTool]:
    doors = create_app(app)
    return list_tools(doors.app.openapi(), doors.policies, TOOLS)


def test_every_schema_is_valid_and_refers_to_nothing_outside_of_it(tools: list[RouteTool]) -> None:
    for one in tools:
        for schema in (one.takes, one.gives):
            jsonschema_rs.meta.validate(schema)
            assert schema["type"] == "object"
            parts = set(schema.get("$defs", {}))
            assert set(_references(schema)) <= parts
            assert "#/components" not in json.dumps(schema)


def test_every_argument_has_its_place_in_the_request(tools: list[RouteTool]) -> None:
    for one in tools:
        elsewhere = set(one.takes["properties"]) - {*one.in_path, *one.in_query}
        assert one.has_body or not elsewhere, one.name
        assert all(f"{{{name}}}" in one.path for name in one.in_path)
        if "limit" in one.in_query:
            rows = one.takes["properties"]["limit"]
            assert (rows["default"] <= USUAL_ROWS, rows["maximum"]) == (True, MAX_ROWS)


def test_what_is_hidden_is_not_offered(tools: list[RouteTool]) -> None:
    start = next(one for one in tools if one.name == "start_night")
    assert "adapter" not in start.takes["properties"]
    assert start.takes["required"] == ["agent"]


def test_a_tool_that_calls_no_route_or_one_without_a_policy_is_refused(app: App) -> None:
    doors = create_app(app)
    document = doors.app.openapi()
    with pytest.raises(ConfigError, match="no operation"):
        list_tools(document, doors.policies, [ToolSpec("x", "nothing")])
    with pytest.raises(ConfigError, match="no policy"):
        list_tools(document, {}, [ToolSpec("x", "list_agents")])


def _references(schema: object) -> list[str]:
    return [part.partition('"')[0] for part in json.dumps(schema).split("#/$defs/")[1:]]
