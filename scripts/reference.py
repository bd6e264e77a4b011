"""Write the reference pages that can be generated: every setting and error code.

python scripts/reference.py [--check]

With --check nothing is written; the exit code is 1 where a page is not what it would be.
"""

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from pydantic import BaseModel, SecretStr
from pydantic.fields import FieldInfo

from upspiral.config import Settings
from upspiral.server.errors import STATUS

PAGES = Path(__file__).parent.parent / "docs" / "reference"


def main() -> int:
    """Write the pages, or compare them."""
    pages = {"settings.md": settings_page(), "errors.md": errors_page()}
    stale = [name for name, text in pages.items() if _read(PAGES / name) != text]
    if "--check" in sys.argv:
        print(
            "\n".join(f"docs/reference/{name} is not up to date: run scripts/reference.py" for name in stale)
        )
        return min(len(stale), 1)
    for name in stale:
        (PAGES / name).write_text(pages[name])
    return 0


def settings_page() -> str:
    """List every setting with its default, its environment variable and its meaning."""
    head = (
        "# Settings\n\nEvery setting comes from an argument, the environment variable in the second column,"
        " or `DATA/upspiral.toml`\n(`[section]` and `name = value`), in this order. `upspiral config show`"
        " says what is in force and where it came from.\n"
    )
    parts = [head, *_section("", Settings)]
    return "\n".join(parts) + "\n"


def _section(name: str, kind: type[BaseModel]) -> Iterator[str]:
    nested = {
        key: field.annotation
        for key, field in kind.model_fields.items()
        if isinstance(field.annotation, type) and issubclass(field.annotation, BaseModel)
    }
    yield f"## {name or 'At the top'}\n"
    yield "| setting | environment variable | default | meaning |\n|---|---|---|---|"
    for key, field in kind.model_fields.items():
        if key not in nested:
            variable = "_".join(filter(None, ("UPSPIRAL", name.upper(), key.upper())))
            yield f"| `{key}` | `{variable}` | {_default(field)} | {_cell(field.description or '')} |"
    yield ""
    for key, inner in nested.items():
        assert inner is not None
        yield from _section(key, inner)


def _default(field: FieldInfo) -> str:
    value: Any = field.get_default(call_default_factory=True)
    if value is None or isinstance(value, SecretStr) or value in ({}, (), ""):
        return "none"
    return f"`{_cell(str(value))}`" if len(str(value)) <= 60 else "see the code"


def _cell(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|")


def errors_page() -> str:
    """List every error that the API tells, with its code, status and meaning."""
    lines = [
        "# Errors\n",
        "Errors of the API are RFC 9457 problem documents (`application/problem+json`) with a `code`, a",
        "`title` and a `hint`; those of the gateway have the shape that OpenAI's and Anthropic's clients",
        "expect. The first line that fits decides. Commands print title and hint.\n",
        "| code | status | when |\n|---|---:|---|",
    ]
    for kind, status, code in STATUS:
        what = (kind.__doc__ or "").strip().splitlines()[0]
        lines.append(f"| `{code}` | {status} | {_cell(what)} |")
    return "\n".join(lines) + "\n"


def _read(path: Path) -> str:
    return path.read_text() if path.exists() else ""


if __name__ == "__main__":
    sys.exit(main())
