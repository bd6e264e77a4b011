"""Where are the SDKs installed? Each set in an environment of its own, from a lock with hashes."""

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
AI_SDK = Path(__file__).parent / "ai_sdk"
INSTALL_TIMEOUT_S = 900
LOCKS = {"strands": "sdks-strands"}
"""Of SDKs whose packages do not go together with the others': the name of their lock."""
NODE = frozenset({"ai_sdk"})
"""SDKs that run in Node.js."""


class CannotInstall(Exception):
    """An environment could not be made here."""


def prepare_command(name: str) -> list[str]:
    """Install what a program needs, where it is not, and give how to run it.

    Raises:
        CannotInstall: A package cannot be had, or Node.js is missing.
    """
    if name in NODE:
        if not (AI_SDK / "node_modules" / "ai").exists():
            _run(["npm", "ci", "--silent", "--prefix", str(AI_SDK)])
        return ["node", str(AI_SDK / "program.mjs")]
    return [str(_prepare_python(LOCKS.get(name, "sdks"))), str(Path(__file__).parent / "programs.py"), name]


def _prepare_python(lock: str) -> Path:
    """Make an environment with exactly the packages of a lock; give its interpreter."""
    place = ROOT / f".venv-{lock}"
    python, ready = place / "bin" / "python", place / "ready"
    wanted = (ROOT / "lock" / f"{lock}.txt").read_text()
    if not ready.exists() or ready.read_text() != wanted:
        uv = [sys.executable, "-m", "uv"]
        _run([*uv, "venv", "--quiet", "--clear", str(place)])
        hashed = ["--require-hashes", str(ROOT / "lock" / f"{lock}.txt")]
        _run([*uv, "pip", "sync", "--quiet", "--python", str(python), *hashed])
        ready.write_text(wanted)
    return python


def _run(words: list[str]) -> None:
    try:
        subprocess.run(words, check=True, capture_output=True, text=True, timeout=INSTALL_TIMEOUT_S)
    except subprocess.CalledProcessError as error:
        raise CannotInstall(f"{words[0]} {words[-1]}: {error.stderr[-600:]}") from error
    except (OSError, subprocess.TimeoutExpired) as error:
        raise CannotInstall(f"{words[0]}: {error}") from error
