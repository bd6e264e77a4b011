"""Write the reference pages that can be generated: every setting, error code, route and kind of plug-in.

python scripts/reference.py [--check]

With --check nothing is written; the exit code is 1 where a page is not what it would be.
"""

import inspect
import re
import sys
import tempfile
from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path
from typing import Any

from pydantic import BaseModel, SecretStr
from pydantic.fields import FieldInfo

from upspiral import plugin_kinds, plugins
from upspiral.app import App
from upspiral.config import Settings, load
from upspiral.errors import UpspiralError
from upspiral.plugin_kinds import OWN, PluginKind
from upspiral.server.app import create_app
from upspiral.server.errors import STATUS
from upspiral.server.mcp.catalog import list_tools
from upspiral.server.mcp.tools import TOOLS
from upspiral.server.openapi.failures import (
    EVERY_ROUTE,
    UNREADABLE_BODY,
    WITH_A_KEY,
    WRITING,
    list_codes,
    statuses_of,
)

PROTOCOLS = {"notifier": ("Notifier", "NotificationSender")}
"""Of kinds whose protocol is not called as the kind is, or that have several."""
PAGES = Path(__file__).parent.parent / "docs" / "reference"


def main() -> int:
    """Write the pages, or compare them."""
    pages = {
        "settings.md": settings_page(),
        "errors.md": errors_page(),
        "plugins.md": plugins_page(),
        "routes.md": routes_page(),
        "tools.md": tools_page(),
    }
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
    """List every error that the API tells, with its code, status and meaning, and which routes tell which."""
    lines = [
        "# Errors\n",
        "Errors of the API are RFC 9457 problem documents (`application/problem+json`) with a `code`, a",
        "`title` and a `hint`; those of the gateway have the shape that OpenAI's and Anthropic's clients",
        "expect. The first line that fits decides. Commands print title and hint.\n",
        "| code | status | when |\n|---|---:|---|",
    ]
    for kind, status, code in STATUS:
        what = (kind.__doc__ or "").strip().splitlines()[0]
        shown = ", ".join(map(str, statuses_of(kind, status)))
        lines.append(f"| `{code}` | {shown} | {_cell(what)} |")
    lines += [
        f"| `{UNREADABLE_BODY}` | 400 | The body cannot be read as text. |",
        "| `method_not_allowed` | 405 | The path does not answer this method. |\n",
        "Where a provider's error has several statuses, the provider's own is passed on.\n",
        "## Errors of each route\n",
        f"Any request may end with {_list_codes(EVERY_ROUTE)}; one that needs a key also with",
        f"{_list_codes(WITH_A_KEY)},",
        "and, except under `/v1/models`, with `invalid_input`; one that writes also with `conflict` or",
        f"`{UNREADABLE_BODY}`.",
        "A path that no route has is `not_found`. What else a route may answer with:\n",
        "| route | codes |\n|---|---|",
        *_errors_by_route(),
    ]
    return "\n".join(lines) + "\n"


def _list_codes(errors: Iterable[type[UpspiralError]]) -> str:
    codes = [code for found in list_codes(errors).values() for code in found]
    return ", ".join(f"`{one}`" for one in dict.fromkeys(codes))


def _errors_by_route() -> Iterator[str]:
    """Give a row for each route that may fail in more ways than every such route."""
    for path, methods in read_document()["paths"].items():
        for method, operation in methods.items():
            told = [str(one["$ref"]) for one in operation["responses"].values() if "$ref" in one]
            shared = read_document()["components"]["responses"]
            codes = [
                code
                for one in told
                for code in re.findall(r"`(\w+)`", shared[one.rpartition("/")[2]]["description"])
            ]
            usual = {*EVERY_ROUTE, *WITH_A_KEY, *WRITING}
            known = {code for found in list_codes(usual).values() for code in found}
            own = [code for code in dict.fromkeys(codes) if code not in known | {UNREADABLE_BODY}]
            if own:
                yield f"| `{method.upper()} {path}` | {', '.join(f'`{one}`' for one in own)} |"


@cache
def read_document() -> dict[str, Any]:
    """Give the API document."""
    with tempfile.TemporaryDirectory() as folder, App(load(data=Path(folder) / "data"), nights=False) as app:
        document: dict[str, Any] = create_app(app).app.openapi()
        return document


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
    return "\n".join(parts).replace("\n\n\n", "\n\n").rstrip() + "\n"


def _plugin_section(name: str) -> Iterator[str]:
    """Describe the decorator of a kind and the members of its protocol."""
    yield f"{inspect.getdoc(getattr(plugins, name))}\n"
    for protocol in PROTOCOLS.get(name, (name.title().replace("_", ""),)):
        yield from _describe_protocol(getattr(plugins, protocol))
        yield ""


def _describe_protocol(protocol: type[Any]) -> Iterator[str]:
    """Describe the members of a protocol."""
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


def tools_page() -> str:
    """List every tool with what it does, the scope it needs and the route that it calls."""
    with tempfile.TemporaryDirectory() as folder, App(load(data=Path(folder) / "data"), nights=False) as app:
        doors = create_app(app)
        tools = list_tools(doors.app.openapi(), doors.policies, TOOLS)
    parts = [
        "# Tools\n",
        "What a client of the Model Context Protocol can call at `/mcp`, or by `upspiral mcp`",
        "([how to connect one](../how-to/connect-an-mcp-client.md)). A tool is a route, called with the same",
        "key: what the [route](routes.md) takes are its arguments, and its answer is the route's as `data`.",
        "Lists give 20 rows unless `limit` says otherwise, and 100 at most. A key sees the tools of its",
        "scopes alone.\n",
        "| tool | what it does | scope | route |\n|---|---|---|---|",
    ]
    for one in tools:
        scopes = " or ".join(f"`{scope}`" for scope in one.scopes)
        said = _cell(one.description.split("\n\n")[0])
        parts.append(f"| `{one.name}` | {said} | {scopes} | {one.method} `{one.path}` |")
    return "\n".join(parts) + "\n"


def routes_page() -> str:
    """List every route with what it does, the scope it needs, its body and its answer."""
    document = read_document()
    parts = [
        "# Routes\n",
        "The same, with every field and a form to try it, is at `/docs` of a running server, and as an",
        "OpenAPI document at `/openapi.json`. A list is answered as",
        '`{"items": [...], "next": ..., "hint": ...}`: where `next` is not null, send it as `after` for the',
        "following page; `hint` says what is missing where too little is known yet for the list to hold",
        "anything. The paths under `/v1/` answer in the",
        "shapes of OpenAI's, Anthropic's and OpenTelemetry's clients. [Errors](errors.md) are listed by",
        "route.\n",
        "Types for a client are made from the document by any generator:\n",
        "```text",
        "upspiral openapi > openapi.json",
        "npx openapi-typescript openapi.json --default-non-nullable false -o api.ts",
        "datamodel-codegen --input openapi.json --input-file-type openapi --output models.py \\",
        "  --output-model-type pydantic_v2.BaseModel --use-annotated --enum-field-as-literal all",
        "```\n",
    ]
    by_tag: dict[str, list[str]] = {}
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            by_tag.setdefault(operation["tags"][0], []).append(_route_row(path, method, operation))
    for tag in sorted(by_tag):
        parts += [
            f"## {tag.capitalize()}\n",
            "| route | what it does | scope | body | answer |\n|---|---|---|---|---|",
        ]
        parts += [*sorted(by_tag[tag], key=lambda row: row.split()[2].strip("`")), ""]
    return "\n".join(parts).rstrip() + "\n"


def _route_row(path: str, method: str, operation: dict[str, Any]) -> str:
    told, _, scopes = operation.get("description", operation["summary"]).partition("\n\nNeeds the scope ")
    what = told.split("\n\n")[0] if operation["tags"][0] != "gateway" else f"{operation['summary']}."
    query = [one["name"] for one in operation.get("parameters", ()) if one["in"] == "query"]
    asked = f"`{method.upper()} {path}`" + (f" ({', '.join(f'`{one}`' for one in query)})" if query else "")
    body = _schema_names(operation.get("requestBody", {}))
    answers = [
        f"{status} {_schema_names(one)}".strip()
        for status, one in operation["responses"].items()
        if status[0] == "2"
    ]
    cells = (asked, what, scopes.rstrip(".") or "none", body, ", ".join(answers))
    return f"| {' | '.join(_cell(one) for one in cells)} |"


def _schema_names(described: dict[str, Any]) -> str:
    """Name the schemas of a body or an answer."""
    found = re.findall(
        r"#/components/schemas/(\w+)",
        str([one.get("schema") for one in described.get("content", {}).values()]),
    )
    return " or ".join(f"`{name}`" for name in dict.fromkeys(found))


def _read(path: Path) -> str:
    return path.read_text() if path.exists() else ""


if __name__ == "__main__":
    sys.exit(main())
