"""Write the reference pages that can be generated: every setting, error code and kind of plug-in.

python scripts/reference.py [--check]

With --check nothing is written; the exit code is 1 where a page is not what it would be.
"""

import inspect
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from pydantic import BaseModel, SecretStr
from pydantic.fields import FieldInfo

from upspiral import plugin_kinds, plugins
from upspiral.config import Settings
from upspiral.plugin_kinds import OWN, PluginKind
from upspiral.server.errors import STATUS

PAGES = Path(__file__).parent.parent / "docs" / "reference"


def main() -> int:
    """Write the pages, or compare them."""
    pages = {"settings.md": settings_page(), "errors.md": errors_page(), "plugins.md": plugins_page()}
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


def plugins_page() -> str:
    """List every kind of plug-in: what registers one, what it must be able to do, and what there is."""
    parts = [
        "# Plug-ins\n",
        "Every kind that a package of yours can add to, with the decorator of `upspiral.plugins` that",
        "registers one, and the protocol of what it makes. [How to write one](../contributing/plugins.md).\n",
        "| kind | decorator | what Upspiral brings |\n|---|---|---|",
    ]
    kinds = {name.lower(): one for name, one in vars(plugin_kinds).items() if isinstance(one, PluginKind)}
    for name, kind in kinds.items():
        brought = ", ".join(f"`{one.name}`" for one in kind.list_registered() if one.distribution == OWN)
        parts.append(f"| {kind.name} | `{name}` | {brought} |")
    for name, kind in kinds.items():
        parts += ["", f"## {kind.name[0].upper()}{kind.name[1:]}\n", *_plugin_section(name)]
    return "\n".join(parts) + "\n"


def _plugin_section(name: str) -> Iterator[str]:
    """Describe the decorator of a kind and the members of its protocol."""
    protocol = getattr(plugins, name.title().replace("_", ""))
    yield f"{inspect.getdoc(getattr(plugins, name))}\n"
    yield f"`{protocol.__name__}`: {(inspect.getdoc(protocol) or '').splitlines()[0]}\n"
    yield "| member | what it does |\n|---|---|"
    members = {**inspect.get_annotations(protocol), **vars(protocol)}
    for member, value in members.items():
        public = member == "__call__" or not member.startswith("_")
        if public and (callable(value) or isinstance(value, property) or member in protocol.__annotations__):
            words = (inspect.getdoc(value) or "").splitlines()[:1] if member in vars(protocol) else []
            yield f"| `{member}` | {_cell(' '.join(words)) or _attribute(protocol, member)} |"


def _attribute(protocol: type[Any], member: str) -> str:
    """Give the line that stands under an attribute in the source, or else its name in words."""
    lines = inspect.getsource(protocol).splitlines()
    at = next(number for number, line in enumerate(lines) if line.strip().startswith(f"{member}:"))
    below = lines[at + 1].strip()
    return _cell(below.strip('"')) if below.startswith('"""') else f"Its {member}."


def _read(path: Path) -> str:
    return path.read_text() if path.exists() else ""


if __name__ == "__main__":
    sys.exit(main())
