"""Has the machine what the installation needs: a server that answers, room, closed files, torch?"""

import os
import shutil
import stat
import subprocess
import sys
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from upspiral.cli.checks.finding import Finding, Installation
from upspiral.cli.trust import RECORD, running_server
from upspiral.errors import ConfigError
from upspiral.subprocess_env import child_environment

HEALTH_TIMEOUT_S = 5
PRIVATE_FILES = ("key", "secret", "upspiral.db", "engine.db")
"""Files of the data folder that nobody else may read."""


def check_server(place: Installation) -> Iterator[Finding]:
    """Ask the server whether it is well; a file that says where it is may be older than it."""
    folder = place.folder
    record = folder / RECORD
    try:
        url = running_server(folder)
    except ConfigError as error:
        yield Finding("server", False, str(error), error.hint or "")
        return
    if url:
        problems = list_problems(url)
        yield Finding(
            "server", not problems, "; ".join([f"runs at {url}", *problems]), "read DATA/logs/server.log"
        )
        return
    if record.exists():

        def forget() -> str:
            record.unlink(missing_ok=True)
            return f"removed {record}"

        detail = f"{record} names a server that is gone"
        yield Finding("server", False, detail, "start it again, or remove the file", forget)
        return
    yield Finding("server", True, f"none owns {folder.absolute()}; commands work on it directly")


def list_problems(url: str) -> list[str]:
    """Ask a running server what is wrong with it."""
    import httpx2

    try:
        said = httpx2.get(f"{url}/health", timeout=HEALTH_TIMEOUT_S, trust_env=False).json()
        return [str(one) for one in said.get("problems", ())] or (
            [] if said.get("status") == "ok" else [str(said.get("title"))]
        )
    except (httpx2.HTTPError, ValueError) as error:
        return [f"owns the folder, but does not answer ({type(error).__name__})"]


def check_disk(place: Installation) -> Iterator[Finding]:
    """Say whether a night has room."""
    wanted = place.settings.cycle.disk_free_gb
    free = shutil.disk_usage(place.folder if place.folder.exists() else Path()).free / 1e9
    detail = f"{free:.1f} GB free; a night needs {wanted:g} (cycle.disk_free_gb)"
    remedy = "free some space, keep records for fewer days (capture.keep_days), or lower cycle.disk_free_gb"
    yield Finding("disk", free >= wanted, detail, remedy)


def check_files(place: Installation) -> Iterator[Finding]:
    """Say whether others can read what is secret."""
    files = [place.folder / name for name in PRIVATE_FILES]
    open_ones = [one for one in files if one.exists() and one.stat().st_mode & 0o077]

    def close() -> str:
        for one in open_ones:
            one.chmod(stat.S_IMODE(one.stat().st_mode) & ~0o077)
        return f"closed {', '.join(one.name for one in open_ones)}"

    names = ", ".join(map(str, open_ones))
    detail = f"others can read {names}" if open_ones else "nobody else can read the keys and the database"
    yield Finding("files", not open_ones, detail, f"`chmod go-rwx {names}`", close)


def check_training(_place: Installation) -> Iterator[Finding]:
    """Say whether local models can be trained here, and on what."""
    missing = [name for name in ("torch", "transformers", "trl", "peft") if find_spec(name) is None]
    if missing:
        hint = 'pip install "upspiral[train]"'
        yield Finding("training", True, f"not installed ({', '.join(missing)}); for local models: {hint}")
        return
    program = "import torch; print(torch.__version__, torch.version.cuda, torch.cuda.is_available())"
    asked: Any = subprocess.run(  # noqa: S603 - a fixed program
        [sys.executable, "-c", program], capture_output=True, text=True, check=False, env=child_environment()
    )
    if asked.returncode:
        last = asked.stderr.strip().splitlines()[-1]
        yield Finding(
            "training", False, f"torch does not load: {last}", "install a build that fits this machine"
        )
        return
    version, cuda, usable = asked.stdout.split()
    if cuda != "None" and usable == "False":
        remedy = "a CPU build from a wheel folder (PIP_FIND_LINKS) is smaller; or give the machine a driver"
        words = f"torch {version} is a CUDA build on a machine without a GPU: {remedy}"
        yield Finding("training", True, words)
        return
    where = ", with a GPU" if usable == "True" else ", on the CPU"
    yield Finding("training", True, f"torch {version}{where}")


def check_plugins(_place: Installation) -> Iterator[Finding]:
    """Say which installed plug-ins could not be loaded, and which share a name."""
    from upspiral.plugin_kinds import describe_installed, find_conflicts, load_installed

    wrong = [*map(str, load_installed()), *find_conflicts()]
    remedy = "update or uninstall the package that is named"
    yield Finding("plug-ins", not wrong, "; ".join(wrong) or describe_installed(), remedy)


def check_environment(place: Installation) -> Iterator[Finding]:
    """Name the variables of other trainers that act here, or do nothing."""
    from upspiral.config_sources import notices

    for one in notices(place.settings, os.environ, folder=place.folder):
        yield Finding("environment", True, one)
