"""Handlers and commands ask verbs and queries; none of them reaches into the store."""

import re
from pathlib import Path

import upspiral

PACKAGE = Path(upspiral.__file__).parent


def test_no_handler_and_no_command_uses_the_store() -> None:
    reaching = [
        f"{path.relative_to(PACKAGE)}:{number}"
        for folder in ("server", "cli")
        for path in sorted((PACKAGE / folder).rglob("*.py"))
        for number, line in enumerate(path.read_text().splitlines(), 1)
        if re.search(r"\.store\b|\bstore\.\w", line)
    ]
    assert reaching == []
