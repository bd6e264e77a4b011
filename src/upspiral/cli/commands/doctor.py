"""Say what is wrong with an installation, and how to fix it."""

import os
import shutil
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, NamedTuple

import typer

from upspiral.cli.api import DEFAULT_DATA, request_list
from upspiral.cli.commands.connections.tool_checks import check_tools
from upspiral.cli.options import Data, Database, Json
from upspiral.cli.terminal import Markup, say, say_json
from upspiral.cli.trust import running_server
from upspiral.errors import ConfigError, InvalidInput, UpspiralError
from upspiral.subprocess_env import child_environment

if TYPE_CHECKING:
    from upspiral.config import Settings

HEALTH_TIMEOUT_S = 5
PARTS = ("all", "mcp")


class Finding(NamedTuple):
    """One thing that was looked at."""

    what: str
    ok: bool
    detail: str


def doctor(
    part: Annotated[str, typer.Argument(help="`all`, or `mcp` to call every tool of the server.")] = "all",
    data: Data = None,
    database: Database = None,
    json: Json = False,
) -> None:
    """Look at the data folder, the database, the disk, the training extra, every agent and plug-in."""
    if part not in PARTS:
        raise InvalidInput(f"There is no part {part[:40]!r}.", hint=f"There are {', '.join(PARTS)}.")
    if part == "mcp":
        _tell([Finding(*one) for one in check_tools(data, database)], json=json)
        return
    folder = data or Path(DEFAULT_DATA)
    from upspiral.config import load
    from upspiral.config_sources import notices

    settings = load(data=data, database_url=database)
    findings = [
        _server(folder),
        _database(folder, settings),
        _damage(folder, settings),
        _traces(folder, settings),
        _disk(folder, settings.cycle.disk_free_gb),
        *_training(),
        *_agents(folder, database),
        *_refusals(folder, settings),
        _plugins(),
        *(Finding("environment", True, one) for one in notices(settings, os.environ, folder=folder)),
    ]
    _tell(findings, json=json)


def _tell(findings: list[Finding], *, json: bool) -> None:
    """Say what was found; fail where something is wrong."""
    if json:
        say_json([finding._asdict() for finding in findings])
    for finding in findings if not json else ():
        mark = Markup("[green]ok[/]   " if finding.ok else "[red]wrong[/]")
        say("{mark} {what}: {detail}", mark=mark, what=finding.what, detail=finding.detail)
    wrong = sum(not finding.ok for finding in findings)
    if wrong:
        raise ConfigError(
            f"{wrong} of {len(findings)} checks found something wrong.", hint="Mend what is named above."
        )


def _server(folder: Path) -> Finding:
    """Ask the server whether it is well; a file that says where it is may be older than it."""
    url = running_server(folder)
    if not url:
        return Finding("server", True, f"none owns {folder.absolute()}; commands work on it directly")
    problems = _problems(url)
    return Finding("server", not problems, "; ".join([f"runs at {url}", *problems]))


def _problems(url: str) -> list[str]:
    """Ask a running server what is wrong with it."""
    import httpx2

    try:
        said = httpx2.get(f"{url}/health", timeout=HEALTH_TIMEOUT_S, trust_env=False).json()
        return [str(one) for one in said.get("problems", ())] or (
            [] if said.get("status") == "ok" else [str(said.get("title"))]
        )
    except (httpx2.HTTPError, ValueError) as error:
        return [f"owns the folder, but does not answer ({type(error).__name__})"]


def _database(folder: Path, settings: "Settings") -> Finding:
    from upspiral.admin.database import database_revisions

    if settings.database_url is None and not (folder / "upspiral.db").exists():
        detail = f"none yet in {folder.absolute()}; `upspiral agents create` or `serve` makes it"
        return Finding("database", True, detail)
    try:
        found, newest = database_revisions(settings)
    except UpspiralError as error:
        return Finding("database", False, f"{error} {error.detail}".strip())
    detail = f"revision {found}, newest {newest}"
    return Finding(
        "database", found == newest, detail + ("" if found == newest else "; run `upspiral db upgrade`")
    )


def _agents(folder: Path, database: str | None) -> list[Finding]:
    """Say what every agent lacks; one whose nights cannot teach it is reported, but not broken."""
    if database is None and not (folder / "upspiral.db").exists():
        return []
    try:
        found = request_list("/api/v1/agents", folder, database)
    except UpspiralError as error:
        return [Finding("agents", False, str(error))]
    return [
        Finding(
            f"agent {agent['id']}",
            agent["can_answer"],
            " ".join(agent["warnings"]) or "answers and can be taught",
        )
        for agent in found
    ]


def _refusals(folder: Path, settings: "Settings") -> list[Finding]:
    """Say what models have refused, and how they are asked since."""
    from upspiral.admin.database import list_refusals

    if settings.database_url is None and not (folder / "upspiral.db").exists():
        return []
    try:
        found = list_refusals(settings)
    except UpspiralError as error:
        return [Finding("models", False, str(error))]
    return [
        Finding(f"model {one.model}", True, f"asked at {one.url} {' and '.join(map(str, one.changes))}")
        for one in found
    ]


def _plugins() -> Finding:
    """Say which installed plug-ins could not be loaded, and which share a name."""
    from upspiral.plugin_kinds import describe_installed, find_conflicts, load_installed

    wrong = [*map(str, load_installed()), *find_conflicts()]
    return Finding("plug-ins", not wrong, "; ".join(wrong) or describe_installed())


def _damage(folder: Path, settings: "Settings") -> Finding:
    from upspiral.admin.database import find_damage

    if settings.database_url is None and not (folder / "upspiral.db").exists():
        return Finding("rows", True, "none yet")
    try:
        found = find_damage(settings)
    except UpspiralError as error:
        return Finding("rows", False, str(error))
    return Finding("rows", not found, "; ".join(found) or "the file is whole and every row can be read")


def _traces(folder: Path, settings: "Settings") -> Finding:
    """Name the instruments whose model calls are kept without a word of what was said."""
    from upspiral.admin.database import find_silent_senders

    if settings.database_url is None and not (folder / "upspiral.db").exists():
        return Finding("traces", True, "none yet")
    try:
        found = find_silent_senders(settings)
    except UpspiralError as error:
        return Finding("traces", False, str(error))
    if not found:
        return Finding("traces", True, "every model call of late tells what was said")
    told = ", ".join(f"{count} of {name}" for name, count in sorted(found.items()))
    remedy = "set OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT=true, or see docs/reference/otlp.md"
    return Finding("traces", False, f"model calls without a word of what was said: {told}; {remedy}")


def _disk(folder: Path, wanted: float) -> Finding:
    place = folder if folder.exists() else Path()
    free = shutil.disk_usage(place).free / 1e9
    detail = f"{free:.1f} GB free; a night needs {wanted:g} (cycle.disk_free_gb)"
    return Finding("disk", free >= wanted, detail)


def _training() -> list[Finding]:
    missing = [name for name in ("torch", "transformers", "trl", "peft") if find_spec(name) is None]
    if missing:
        hint = 'pip install "upspiral[train]"'
        return [Finding("training", True, f"not installed ({', '.join(missing)}); for local models: {hint}")]
    program = "import torch; print(torch.__version__, torch.version.cuda, torch.cuda.is_available())"
    asked: Any = subprocess.run(  # noqa: S603 - a fixed program
        [sys.executable, "-c", program], capture_output=True, text=True, check=False, env=child_environment()
    )
    if asked.returncode:
        last = asked.stderr.strip().splitlines()[-1]
        return [
            Finding("training", False, f"torch does not load: {last}; install a build that fits this machine")
        ]
    version, cuda, usable = asked.stdout.split()
    if cuda != "None" and usable == "False":
        remedy = "a CPU build from a wheel folder (PIP_FIND_LINKS) is smaller; or give the machine a driver"
        return [
            Finding("training", True, f"torch {version} is a CUDA build on a machine without a GPU: {remedy}")
        ]
    return [
        Finding("training", True, f"torch {version}{', with a GPU' if usable == 'True' else ', on the CPU'}")
    ]


COMMANDS = (doctor,)
