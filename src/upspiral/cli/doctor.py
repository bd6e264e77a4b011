"""Say what is wrong with an installation, and how to mend it."""

import shutil
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import msgspec
from rich.console import Console

from upspiral.cli.door import DEFAULT_DATA, running_server
from upspiral.cli.options import Data, Database, Json
from upspiral.cli.tell import tell_json
from upspiral.errors import ConfigError, UpspiralError


class Finding(msgspec.Struct, frozen=True):
    """One thing that was looked at."""

    what: str
    ok: bool
    detail: str


def doctor(data: Data = None, database: Database = None, json: Json = False) -> None:
    """Look at the data folder, the database, the disk and the training extra."""
    folder = data or Path(DEFAULT_DATA)
    findings = [
        _server(folder),
        _database(folder, database),
        _damage(folder, database),
        _disk(folder),
        *_training(),
    ]
    if json:
        tell_json([msgspec.to_builtins(finding) for finding in findings])
    for finding in findings if not json else ():
        mark = "[green]ok[/]   " if finding.ok else "[red]wrong[/]"
        Console(highlight=False).print(f"{mark} {finding.what}: {finding.detail}", soft_wrap=True)
    wrong = sum(not finding.ok for finding in findings)
    if wrong:
        raise ConfigError(
            f"{wrong} of {len(findings)} checks found something wrong.", hint="Mend what is named above."
        )


def _server(folder: Path) -> Finding:
    url = running_server(folder)
    if not url:
        return Finding("server", True, f"none owns {folder}; commands work on it directly")
    problems = _problems(url)
    return Finding("server", not problems, "; ".join([f"runs at {url}", *problems]))


def _problems(url: str) -> list[str]:
    """Ask a running server what is wrong with it."""
    import httpx2

    try:
        said = httpx2.get(f"{url}/health", timeout=10).json()
        return [str(one) for one in said.get("problems", ())] or (
            [] if said.get("status") == "ok" else [str(said.get("title"))]
        )
    except (httpx2.HTTPError, ValueError) as error:
        return [f"it does not answer /health ({type(error).__name__})"]


def _database(folder: Path, database: str | None) -> Finding:
    from upspiral.config import load
    from upspiral.upkeep import database_revisions

    settings = load(data=folder, database_url=database)
    if settings.database_url is None and not (folder / "upspiral.db").exists():
        return Finding("database", True, f"none yet in {folder}; the first command makes it")
    try:
        found, newest = database_revisions(settings)
    except UpspiralError as error:
        return Finding("database", False, str(error))
    detail = f"revision {found}, newest {newest}"
    return Finding(
        "database", found == newest, detail + ("" if found == newest else "; run `upspiral db upgrade`")
    )


def _damage(folder: Path, database: str | None) -> Finding:
    from upspiral.config import load
    from upspiral.upkeep import find_damage

    settings = load(data=folder, database_url=database)
    if settings.database_url is None and not (folder / "upspiral.db").exists():
        return Finding("rows", True, "none yet")
    try:
        found = find_damage(settings)
    except UpspiralError as error:
        return Finding("rows", False, str(error))
    return Finding("rows", not found, "; ".join(found) or "the file is whole and every row can be read")


def _disk(folder: Path) -> Finding:
    place = folder if folder.exists() else Path()
    free = shutil.disk_usage(place).free / 1e9
    return Finding("disk", free > 2, f"{free:.1f} GB free" + ("" if free > 2 else "; a night wants 2 GB"))


def _training() -> list[Finding]:
    missing = [name for name in ("torch", "transformers", "trl", "peft") if find_spec(name) is None]
    if missing:
        hint = 'pip install "upspiral[train]"'
        return [Finding("training", True, f"not installed ({', '.join(missing)}); for local models: {hint}")]
    program = "import torch; print(torch.__version__, torch.version.cuda, torch.cuda.is_available())"
    asked: Any = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)  # noqa: S603
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
