"""A command, with what it printed: in this process, which is quick, or as a person has it, in its own."""

import os
import subprocess
import sys
from pathlib import Path

from typer.testing import CliRunner

from upspiral.cli.main import app

ROOT = Path(__file__).parents[2]


def run(*words: str, data: Path | None = None, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run a command in this process."""
    told = _with_data(words, data)
    umask = os.umask(0o077)
    try:
        ran = CliRunner().invoke(app, told, env=environment)
    finally:
        os.umask(umask)
    if ran.exception and not isinstance(ran.exception, SystemExit):
        raise ran.exception
    return subprocess.CompletedProcess(told, ran.exit_code, ran.stdout, ran.stderr)


def run_process(*words: str, data: Path | None = None) -> subprocess.CompletedProcess[str]:
    """Run a command in a process of its own; its test has the mark `process`."""
    command = [sys.executable, "-m", "upspiral.cli.main", *_with_data(words, data)]
    return subprocess.run(command, capture_output=True, text=True, check=False, timeout=200)


def _with_data(words: tuple[str, ...], data: Path | None) -> list[str]:
    return [*words, *(("--data", str(data)) if data else ())]
