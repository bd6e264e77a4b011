"""Does the command line start at once? Which modules its quickest commands import, and their CPU time."""

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from threading import Thread

HEAVY = ("sklearn", "scipy", "numpy", "pandas", "sqlalchemy", "dbos", "fastapi", "uvicorn", "torch")
"""Of no use to a command that only asks a server, or finds nothing to ask."""
FOLDER = (
    "sklearn",
    "scipy",
    "numpy",
    "pandas",
    "dbos",
    "torch",
    "phonenumbers",
    "aiohttp",
    "alembic",
    "fastapi",
    "httpx2",
    "google.protobuf",
    "pydantic_settings",
    "upspiral.app",
    "upspiral.config",
)
"""Of no use to a command that reads a data folder which no server has open."""
LATER = ("rich", "httpx2", "pydantic", "anyio")
"""Of no use to the help and the version."""
CPU_S = {"--version": 0.3, "--help": 0.3, "status": 1.0, "status of a folder": 1.0}
SLACK = 2.5
"""A busy or slow machine takes so many times as long."""
TRIES = 3
"""At most: one that is quick enough is not run again."""
STATUS = {"interactions": 0, "feedback": 0, "database": "here", "agents": []}


class Answer(BaseHTTPRequestHandler):
    """A server that answers every request with an empty status."""

    def do_GET(self) -> None:
        """Answer."""
        body = json.dumps(STATUS).encode()
        self.send_response(200)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""


def main() -> int:
    """Print what is broken; give how many budgets are."""
    broken: list[str] = []
    with tempfile.TemporaryDirectory() as folder, served() as url:
        runs = [
            ("--version", ["--version"], {}, HEAVY + LATER),
            ("--help", ["--help"], {}, HEAVY + LATER),
            ("status", ["status", "--data", folder], {}, HEAVY),
            ("status", ["status"], {"UPSPIRAL_URL": url}, HEAVY),
            ("status of a folder", ["status", "--data", made_folder(Path(folder) / "made")], {}, FOLDER),
        ]
        for name, words, variables, forbidden in runs:
            imported = modules(words, variables)
            found = sorted({one for one in forbidden if one in imported})
            broken += [f"upspiral {' '.join(words)} imports {', '.join(found)}"] if found else []
            allowed = CPU_S[name] * SLACK
            seconds = cpu_seconds(words, variables)
            for _ in range(TRIES - 1):
                seconds = min(seconds, cpu_seconds(words, variables)) if seconds > allowed else seconds
            if seconds > allowed:
                broken.append(
                    f"upspiral {' '.join(words)} takes {seconds:.2f} s of CPU, {CPU_S[name]} allowed"
                )
    print("\n".join(broken) or "imports kept: --version, --help and status start at once")
    return len(broken)


def made_folder(folder: Path) -> str:
    """Make a data folder that holds an Interaction; give its path.

    Raises:
        RuntimeError: The command that makes it failed.
    """
    traces = folder.with_suffix(".jsonl")
    traces.write_text(
        '{"messages": [{"role": "user", "content": "Hi"}], "answer": "Hello.", "success": true}'
    )
    words = ["import", str(traces), "--agent", "support", "--data", str(folder)]
    modules(words, {})
    return str(folder)


def modules(words: list[str], variables: dict[str, str]) -> list[str]:
    """Give the modules that a command imports.

    Raises:
        RuntimeError: The command failed.
    """
    program = [sys.executable, "-X", "importtime", "-m", "upspiral.cli.main", *words]
    ran = subprocess.run(program, capture_output=True, text=True, check=False, env=environment(variables))
    if ran.returncode:
        raise RuntimeError(f"upspiral {' '.join(words)} failed: {ran.stderr[-500:]}")
    return [line.rpartition("|")[2].strip() for line in ran.stderr.splitlines() if "import time:" in line]


def cpu_seconds(words: list[str], variables: dict[str, str]) -> float:
    """Give the CPU time of a command."""
    program = [sys.executable, "-m", "upspiral.cli.main", *words]
    process = subprocess.Popen(program, stdout=subprocess.DEVNULL, env=environment(variables))
    _, _, usage = os.wait4(process.pid, 0)
    process.returncode = 0
    return usage.ru_utime + usage.ru_stime


def environment(variables: dict[str, str]) -> dict[str, str]:
    """Give the environment without settings of whoever runs this; modules are compiled once, as installed."""
    left_out = ("UPSPIRAL_", "PYTHONDONTWRITEBYTECODE")
    ours = {name: value for name, value in os.environ.items() if not name.startswith(left_out)}
    return ours | variables


@contextmanager
def served() -> Iterator[str]:
    """Give the address of a server that answers every request with an empty status."""
    server = HTTPServer(("127.0.0.1", 0), Answer)
    Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


if __name__ == "__main__":
    sys.exit(min(main(), 1))
