"""The commands of a backup say what was saved, what is not in it, and no password."""

from pathlib import Path

from tests.cli.running import run

from upspiral.cli.commands.maintenance.backup import _hide
from upspiral.config import load


def test_a_backup_says_what_it_holds_and_a_restore_where_it_is(data: Path, tmp_path: Path) -> None:
    assert run("agents", "list", data=data).returncode == 0  # makes the key
    file = tmp_path / "a.tar"
    saved = run("backup", str(file), data=data)
    assert saved.returncode == 0, saved.stderr
    assert "keep it where only you can read it" in " ".join(saved.stdout.split())
    restored = run("restore", str(file), data=tmp_path / "new")
    assert restored.returncode == 0, restored.stderr
    assert (tmp_path / "new" / "key").read_text() == (data / "key").read_text()
    again = run("restore", str(file), data=tmp_path / "new")
    assert (again.returncode, "not empty" in again.stderr) == (4, True)


def test_a_backup_is_not_made_through_a_server(tmp_path: Path) -> None:
    told = run("backup", str(tmp_path / "a.tar"), "--database", "http://127.0.0.1:9")
    assert told.returncode == 2
    assert "where the data folder is" in told.stderr


def test_the_command_that_is_shown_holds_no_password(tmp_path: Path) -> None:
    settings = load(data=tmp_path, database_url="postgresql://up:s3cret@db:5432/upspiral?sslmode=require")
    assert _hide(settings) == "postgresql://up@db:5432/upspiral?sslmode=require"
