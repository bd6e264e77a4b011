"""The client in a program of its own: settings, environment, start and end."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from tests.client.conftest import Server, TinyServer
from tests.client.sending import HI

from upspiral.client import Upspiral
from upspiral.errors import ConfigError


@pytest.mark.parametrize("wrong", [{"url": "localhost:8080"}, {"batch": 0}, {"timeout_s": 0}])
def test_a_setting_that_cannot_work_is_refused_at_once(wrong: dict[str, object]) -> None:
    with pytest.raises(ConfigError):
        Upspiral(**wrong)  # type: ignore[arg-type]


def test_address_and_key_come_from_the_environment(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("UPSPIRAL_URL", "http://spiral:9/")
    monkeypatch.setenv("UPSPIRAL_KEY", "from-env")
    with Upspiral(transport=server.transport) as spiral:
        spiral.record(HI, "a")
    [request] = server.requests
    assert str(request.url) == "http://spiral:9/api/v1/interactions"
    assert request.headers["Authorization"] == "Bearer from-env"


@pytest.mark.process
@pytest.mark.parametrize("forks", [False, True])
def test_a_program_that_ends_sends_the_rest_first_and_so_does_its_child(
    tiny_server: TinyServer, forks: bool
) -> None:
    if forks and not hasattr(os, "fork"):
        pytest.skip("no fork here")
    program = """
import os, sys
from upspiral.client import Upspiral
spiral = Upspiral(sys.argv[1], every_s=60)
spiral.record([{"role": "user", "content": "Hi"}], "parent")
if sys.argv[2] == "True":
    child = os.fork()
    spiral.record([{"role": "user", "content": "Hi"}], "child" if child == 0 else "after")
    if child:
        os.waitpid(child, 0)
"""
    args = [sys.executable, "-c", program, tiny_server.url, str(forks)]
    ran = subprocess.run(args, capture_output=True, text=True, timeout=30, check=False)
    assert (ran.returncode, ran.stderr) == (0, "")
    sent = tiny_server.received()
    answers = ["parent", "child", "after"] if forks else ["parent"]
    assert [sent.count(f'"answer":"{answer}"') for answer in answers] == [1] * len(answers)


@pytest.mark.process
def test_importing_the_client_loads_no_server_no_sql_and_no_sdk() -> None:
    heavy = (
        "sqlalchemy",
        "fastapi",
        "openai",
        "anthropic",
        "httpx2",
        "torch",
        "upspiral.store",
        "upspiral.server",
    )
    program = f"import sys, upspiral.client; print([m for m in {heavy} if m in sys.modules])"
    ran = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert ran.stdout.strip() == "[]"


@pytest.mark.process
def test_the_example_of_the_quick_start_tells_everything(tiny_server: TinyServer, tmp_path: Path) -> None:
    example = Path(__file__).parents[2] / "examples" / "quickstart_client.py"
    env = {**os.environ, "UPSPIRAL_URL": tiny_server.url}
    args = [sys.executable, str(example)]
    ran = subprocess.run(args, cwd=tmp_path, env=env, capture_output=True, text=True, check=False)
    assert ran.stdout.splitlines()[-1] == "The server has everything.", ran.stderr
    sent = tiny_server.received()
    assert sent.count('"kind":"task"') == 2
    assert sent.count('"thumbs":"down"') == 1
