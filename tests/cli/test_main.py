"""The commands as a person meets them, without a server."""

import json
import re
from pathlib import Path

import pytest
from tests.cli.running import ROOT, run, run_process


@pytest.mark.parametrize(
    ("words", "code", "told"),
    [
        (("improve", "nobody"), 3, "nobody"),
        (("import", "nowhere.jsonl"), 3, "nowhere.jsonl"),
        (("serve", "--host", "0.0.0.0"), 2, "UPSPIRAL_SERVER_HOSTS"),
        (("agents", "create", "a", "--model", "magic:x"), 2, "local:FOLDER"),
        (("agents", "create", "a", "--model", "local:/nowhere"), 2, "config.json"),
        (("improve",), 2, "agent"),
    ],
)
def test_an_error_has_its_exit_code_and_says_the_next_action(
    tmp_path: Path, words: tuple[str, ...], code: int, told: str
) -> None:
    ran = run(*words, data=tmp_path)
    assert ran.returncode == code, ran.stderr
    assert told in ran.stderr
    assert "Traceback" not in ran.stderr


@pytest.mark.process
def test_a_process_that_ends_in_an_error_has_its_exit_code_and_prints_no_traceback(tmp_path: Path) -> None:
    ran = run_process("improve", "nobody", data=tmp_path)
    assert (ran.returncode, "nobody" in ran.stderr, "Traceback" in ran.stderr) == (3, True, False)


def test_a_setting_that_cannot_be_is_named(tmp_path: Path) -> None:
    (tmp_path / "upspiral.toml").write_text("[deploy]\ncanary_share = 2\n")
    ran = run("status", data=tmp_path)
    assert ran.returncode == 2
    assert "deploy.canary_share" in ran.stderr


@pytest.mark.long
def test_the_openapi_document_is_printed() -> None:
    ran = run("openapi")
    assert json.loads(ran.stdout)["info"]["title"] == "Upspiral"


def test_every_command_is_in_the_reference() -> None:
    from upspiral.cli.main import app

    names = {(c.name or "") for c in app.registered_commands} | {
        (g.name or "") for g in app.registered_groups
    }
    told = (ROOT / "docs/reference/commands.md").read_text()
    assert not {name for name in names if not re.search(rf"upspiral {name}\b", told)}
