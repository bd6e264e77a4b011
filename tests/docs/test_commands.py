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
    """Give the commands in backquotes in the table's first column: one word, or two for a group's."""
    rows = [line.split(" | ")[0] for line in PAGE.splitlines() if line.startswith("| `")]
    quoted = [words for row in rows for words in re.findall(r"`([^`]+)`", row)]
    groups = {group.name for group in app.registered_groups}
    found = set()
    for words in quoted:
        first, *more = words.removeprefix("upspiral ").split()
        if re.fullmatch(r"[a-z][a-z-]*", first):
            found.add(f"{first} {more[0]}" if first in groups else first)
    return found


def test_every_command_is_in_the_reference_and_nothing_that_does_not_exist() -> None:
    assert _told() == _names(app)
