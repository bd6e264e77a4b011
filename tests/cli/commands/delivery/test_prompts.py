"""An application that asks its model itself gets its prompt and its model's name as files."""

import json
import subprocess
from pathlib import Path

import pytest
from typer.testing import CliRunner

from upspiral.admin.agents import ModelSpec, create_agent, revise
from upspiral.app import App
from upspiral.cli.main import app as command
from upspiral.config import load
from upspiral.cycle.candidate import Revision
from upspiral.domain.ids import DEFAULT_WORKSPACE, AgentId

INSTRUCTIONS = "Be brief.\nBe kind."


@pytest.fixture(autouse=True)
def agent(data: Path) -> None:
    """An agent with a second version that is not out."""
    with App(load(data=data), nights=False) as app:
        model = ModelSpec("openai-compatible:gpt-x", "http://127.0.0.1:1/v1")
        made = create_agent(
            app.runtime,
            DEFAULT_WORKSPACE,
            AgentId("support"),
            model=model,
            instructions=INSTRUCTIONS,
        )
        live = app.runtime.store.agent_versions.get(DEFAULT_WORKSPACE, made.live)
        revise(app.runtime, made, live, Revision(rules=("Say please.",)))


def _run(data: Path, *words: str, code: int = 0) -> str:
    done = CliRunner().invoke(command, [*words, "--data", str(data)])
    assert done.exit_code == code, done.output
    return done.output


def test_the_live_model_is_a_line_of_a_file_of_variables(data: Path, tmp_path: Path) -> None:
    assert _run(data, "env", "support") == "AI_MODEL=gpt-x\n"
    file = tmp_path / ".env"
    file.write_text("# mine\nSECRET=x\nAI_MODEL=old\nZ=1\n")
    file.chmod(0o600)
    assert "now names gpt-x" in _run(data, "env", "support", "--file", str(file))
    assert file.read_text() == "# mine\nSECRET=x\nAI_MODEL=gpt-x\nZ=1\n"
    assert file.stat().st_mode & 0o777 == 0o600
    assert "already" in _run(data, "env", "support", "--file", str(file))
    _run(data, "env", "support", "--file", str(file), "--name", "MODEL")
    assert file.read_text().endswith("Z=1\nMODEL=gpt-x\n")
    assert "no name of a variable" in _run(data, "env", "support", "--name", "A B", code=2)


def test_a_prompt_is_written_as_text_or_whole_as_json(data: Path, tmp_path: Path) -> None:
    assert _run(data, "prompts", "export", "support") == "Be brief.\nBe kind.\n"
    text, whole = tmp_path / "support.md", tmp_path / "support.json"
    _run(data, "prompts", "export", "support", "--out", str(text))
    assert text.read_text() == "Be brief.\nBe kind.\n"
    _run(data, "prompts", "export", "support", "--out", str(whole), "--version", "latest")
    written = json.loads(whole.read_text())
    assert (written["version"], written["messages"][0]["role"]) == ("support@2", "system")
    assert list(tmp_path.glob("*.half")) == []


@pytest.mark.process
def test_a_patch_turns_the_old_file_into_the_new_one(data: Path, tmp_path: Path) -> None:
    folder = tmp_path / "repository"
    (folder / "prompts").mkdir(parents=True)
    file, patch = folder / "prompts/support.md", folder / "change.patch"
    file.write_text("Be brief.\nBe rude.")
    with pytest.MonkeyPatch.context() as patched:
        patched.chdir(folder)
        relative = "prompts/support.md"
        _run(data, "prompts", "export", "support", "--patch", relative, "--out", str(patch))
        assert file.read_text() == "Be brief.\nBe rude."
        subprocess.run(["git", "apply", str(patch)], cwd=folder, check=True)
        assert file.read_text() == "Be brief.\nBe kind.\n"
        assert "already" in _run(data, "prompts", "export", "support", "--patch", relative)


def test_what_cannot_be_read_or_written_is_named(data: Path, tmp_path: Path) -> None:
    assert "no agent 'suport'" in _run(data, "env", "suport", code=3)
    assert "has no version" in _run(data, "prompts", "export", "support", "--version", "9", code=3)
    missing = tmp_path / "nowhere/file.md"
    assert "cannot be written" in _run(data, "prompts", "export", "support", "--out", str(missing), code=2)
