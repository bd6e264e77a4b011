"""A program that starts `upspiral mcp` calls tools by the official client over standard input and output."""

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from mcp import Client
from mcp.client.stdio import StdioServerParameters, stdio_client
from tests.cli.running import run_process

from upspiral.testing.site import Site

pytestmark = [pytest.mark.anyio, pytest.mark.process]


@pytest.fixture
def site(data: Path) -> Iterator[Site]:
    with Site(data) as running:
        yield running


def _start(data: Path | None = None, **variables: str) -> Client:
    words = ["-m", "upspiral.cli.main", "mcp", *(["--data", str(data)] if data else [])]
    return Client(stdio_client(StdioServerParameters(command=sys.executable, args=words, env=variables)))


async def test_a_program_reads_what_fails_and_cannot_roll_back_with_a_key_that_reads(site: Site) -> None:
    body = {"agent": "shop", "messages": [{"role": "user", "content": "Where?"}], "answer": "Here."}
    with site.client() as rest:
        ident = rest.post("/api/v1/interactions", json=body).json()["id"]
        rest.post("/api/v1/feedback", json={"interaction": ident, "thumbs": "down"})
        key = rest.post("/api/v1/keys", json={"name": "reader", "scopes": ["read"]}).json()["key"]
    async with _start(UPSPIRAL_URL=site.url, UPSPIRAL_KEY=key) as client:
        assert "roll_back" not in {one.name for one in (await client.list_tools()).tools}
        answer = await client.call_tool("list_problematic_responses", {"limit": 5})
        assert answer.structured_content is not None
        assert [one["id"] for one in answer.structured_content["data"]["items"]] == [ident]
        refused = await client.call_tool("roll_back", {"agent": "shop"})
        assert refused.is_error
        assert "lacks the scope operate" in str(refused.content)


async def test_without_a_server_the_command_answers_out_of_the_data_folder(data: Path) -> None:
    made = run_process(
        "agents",
        "create",
        "shop",
        "--model",
        "openai-compatible:m",
        "--url",
        "http://127.0.0.1:9/v1",
        data=data,
    )
    assert made.returncode == 0, made.stderr
    async with _start(data) as client:
        answer = await client.call_tool("list_agents", {})
        assert answer.structured_content is not None
        assert [one["id"] for one in answer.structured_content["data"]["items"]] == ["shop"]


def test_a_folder_that_is_not_there_is_said_in_words(tmp_path: Path) -> None:
    said = run_process("mcp", data=tmp_path / "nowhere")
    assert (said.returncode, "There is no data folder" in said.stderr, said.stdout) == (3, True, "")
