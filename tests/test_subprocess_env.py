"""What a child process may know."""

import ast
from pathlib import Path

import pytest

from upspiral.subprocess_env import child_environment

SRC = Path(__file__).parents[1] / "src" / "upspiral"
OWN_SERVERS = ("testing/site.py",)
"""Whole servers of tests and benchmarks, which take settings and keys from the environment as users' do."""


def test_a_child_gets_no_variable_that_is_not_listed(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("OPENAI_API_KEY", "UPSPIRAL_SECRET", "UPSPIRAL_DATABASE_URL", "AWS_SECRET_ACCESS_KEY", "X"):
        monkeypatch.setenv(name, "canary")
    monkeypatch.setenv("PATH", "/bin")
    assert "canary" not in child_environment().values()
    assert child_environment()["PATH"] == "/bin"


@pytest.mark.long
def test_every_program_that_is_started_gets_the_child_environment() -> None:
    started = []
    for path in sorted(SRC.rglob("*.py")):
        if path.relative_to(SRC).as_posix() in OWN_SERVERS:
            continue
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Call) and ast.unparse(node.func).startswith("subprocess."):
                given = {keyword.arg: ast.unparse(keyword.value) for keyword in node.keywords}
                started.append((path.name, given.get("env", "everything")))
    assert len(started) >= 4
    assert [one for one in started if not one[1].startswith("child_environment(")] == []


@pytest.mark.long
def test_no_module_reads_a_variable_whose_name_comes_from_data() -> None:
    """Only `providers.keys` does, which checks where it goes, and `child`, which has a list."""
    reading = set()
    for path in SRC.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Subscript) and ast.unparse(node.value) == "os.environ":
                name: ast.expr = node.slice
            elif isinstance(node, ast.Call) and ast.unparse(node.func) in ("os.environ.get", "os.getenv"):
                name = node.args[0]
            else:
                continue
            if not isinstance(name, ast.Constant):
                reading.add(path.relative_to(SRC).as_posix())
    assert reading == {"subprocess_env.py"}
