"""Each of the four questions has a command, and its answer reads as one."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from typer.testing import CliRunner

from upspiral.cli.main import app
from upspiral.testing.site import Site

pytestmark = pytest.mark.process


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Two agents: one fails nine of ten times, at a tool, the other one of ten; a server owns the folder."""
    folder = tmp_path_factory.mktemp("metrics")
    lines = []
    for number in range(80):
        agent = "careless" if number % 2 else "careful"
        good = (number % 20 == 1) if agent == "careless" else number % 20 != 0
        call = {"id": "c", "type": "function", "function": {"name": "search", "arguments": "{}"}}
        asked = [{"role": "user", "content": f"Question {number}?"}]
        said = [
            {"role": "assistant", "content": None, "tool_calls": [call]},
            {"role": "tool", "tool_call_id": "c", "content": "found"},
            {"role": "assistant", "content": "An answer."},
        ]
        lines.append(json.dumps({"messages": asked + said, "agent": agent, "success": good}))
    file = folder / "traces.jsonl"
    file.write_text("\n".join(lines))
    with Site(folder):
        _told(folder, "import", str(file))
        yield folder


def _told(data: Path, *words: str) -> str:
    ran = CliRunner().invoke(app, [*words, "--data", str(data)], catch_exceptions=False)
    assert ran.exit_code == 0, ran.output
    return " ".join(ran.output.split())


def test_which_agent_fails_most(data: Path) -> None:
    told = _told(data, "metrics", "agents")
    assert told.index("careless") < told.index("careful")


def test_which_tool_errs_most(data: Path) -> None:
    assert "search" in _told(data, "metrics", "tools", "careless")


def test_why_an_agent_fails(data: Path) -> None:
    assert "rated badly" in _told(data, "metrics", "reasons", "careless")


def test_whether_an_agent_fails_more_than_chance_explains(data: Path) -> None:
    assert _told(data, "metrics", "agent", "careless").startswith("Yes, it fails often: 36 of 40 failed")
    assert _told(data, "metrics", "agent", "careful").startswith("No, not surely: 4 of 40 failed")


@pytest.mark.parametrize(
    "words",
    [
        ("metrics", "agent", "carefull"),
        ("metrics", "tools", "carefull"),
        ("metrics", "reasons", "carefull"),
        ("history", "carefull"),
        ("analyze", "carefull"),
        ("improve", "carefull"),
        ("rollback", "carefull"),
        ("deploy", "carefull", "2"),
    ],
)
def test_a_mistyped_agent_is_an_error_everywhere_and_the_name_meant_is_told(
    data: Path, words: tuple[str, ...]
) -> None:
    ran = CliRunner().invoke(app, [*words, "--data", str(data)])
    assert ran.exit_code == 3
    assert "There is no agent 'carefull'." in ran.output
    assert "Did you mean 'careful'?" in ran.output
