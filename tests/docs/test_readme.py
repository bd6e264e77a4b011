"""The README's code runs."""

import re
import subprocess
import sys
from pathlib import Path

import pytest
from tests.stories.test_a_night_killed_and_resumed import Site
from typer.testing import CliRunner

from upspiral.app import App
from upspiral.cli.main import app
from upspiral.config import load
from upspiral.domain.ids import DEFAULT_WORKSPACE
from upspiral.testing import FakeProvider

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text()


@pytest.mark.process
def test_the_clients_code_works_against_a_running_server(tmp_path: Path) -> None:
    [code] = re.findall(r"```python\n(.*?)```", README, re.DOTALL)
    site = Site(tmp_path, ROOT / "src")
    with FakeProvider(lambda _asked: "It left this morning.") as provider:
        site.start()
        try:
            site.ask(
                "/api/v1/agents",
                name="support",
                model={"model": "openai-compatible:gpt", "url": provider.url},
            )
            script = code.replace("http://127.0.0.1:8080", site.url).replace("upspiral-data", str(tmp_path))
            ran = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False)
        finally:
            site.stop()
    ident, _, said = ran.stdout.strip().partition(" ")
    assert said == "It left this morning.", ran.stderr
    assert ident.startswith("int_")
    with App(load(data=tmp_path)) as spiral:
        assert spiral.runtime.store.interactions.total(DEFAULT_WORKSPACE) == 1


@pytest.mark.parametrize("command", sorted(set(re.findall(r"^upspiral (\w+)", README, re.MULTILINE))))
def test_every_command_that_is_named_exists(command: str) -> None:
    told = CliRunner().invoke(app, [command, "--help"])
    assert told.exit_code == 0, told.output


@pytest.mark.parametrize("target", ["demo", "test"])
def test_the_two_commands_are_targets(target: str) -> None:
    assert re.search(rf"^{target}:", (ROOT / "Makefile").read_text(), re.MULTILINE)


def test_every_link_leads_somewhere() -> None:
    for link in re.findall(r"\]\((?!http)([^)#]+)\)", README):
        assert (ROOT / link).exists(), link
