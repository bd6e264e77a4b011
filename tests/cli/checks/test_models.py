"""A model that cannot be reached is told."""

import socket
from pathlib import Path

import pytest
from tests.cli.checks.looking import check_told, look, opened

from upspiral.admin.agents import ModelSpec, create_agent
from upspiral.domain.ids import DEFAULT_WORKSPACE, AgentId

pytestmark = pytest.mark.long


@pytest.mark.parametrize(("part", "what"), [("hosts", "host"), ("teacher", "teacher")])
def test_an_endpoint_that_is_down_is_told_until_it_is_up(data: Path, part: str, what: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    spec = ModelSpec("openai-compatible:m", url=f"http://127.0.0.1:{port}/v1")
    with opened(data) as app:
        create_agent(app.runtime, DEFAULT_WORKSPACE, AgentId("shop"), model=spec, teacher=spec)
    check_told(data, part, what)
    with socket.create_server(("127.0.0.1", port)):
        assert look(data, part)[what]["ok"]
