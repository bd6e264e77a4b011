"""Every command stands in the reference, and nothing that does not exist."""

import re
from pathlib import Path

import typer

from upspiral.cli.main import app

PAGE = (Path(__file__).parents[2] / "docs" / "reference" / "commands.md").read_text()


def _names(group: typer.Typer) -> set[str]:
    found = {command.name or "" for command in group.registered_commands}
    for inner in group.registered_groups:
        assert inner.typer_instance is not None
        found |= {f"{inner.name} {name}" for name in _names(inner.typer_instance)}
    return found


def _told() -> set[str]:
    """Give the first words of everything in backquotes in the table's first column."""
    rows = [line.split(" | ")[0] for line in PAGE.splitlines() if line.startswith("| `")]
    quoted = [words for row in rows for words in re.findall(r"`([^`]+)`", row)]
    plain = [re.findall(r"^[a-z-]+(?: [a-z-]+)?", words.removeprefix("upspiral ")) for words in quoted]
    return {found[0] for found in plain if found}


def test_every_command_is_in_the_reference() -> None:
    assert _names(app) - _told() - {name for name in _names(app) if name.split()[0] in _told()} == set()


def test_nothing_is_in_the_reference_that_does_not_exist() -> None:
    for told in _told():
        assert told in _names(app) or told.split()[0] in _names(app), told
