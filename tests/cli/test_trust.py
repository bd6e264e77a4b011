"""To whom the commands send a key."""

import fcntl
import json
import os
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import pytest
from tests.cli.running import run

from upspiral.cli.trust import key_for, running_server, start_of, write_record
from upspiral.config import load
from upspiral.errors import ConfigError
from upspiral.testing.site import Site

CANARY = "ups_canary_of_the_environment"


class Listener:
    """A server of somebody else's, which remembers the keys that it was sent."""

    def __init__(self) -> None:
        self.keys: list[str | None] = []
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                outer.keys.append(self.headers.get("authorization"))
                self.send_response(401)
                self.end_headers()
                self.wfile.write(b"{}")

            def log_message(self, format: str, *args: Any) -> None:
                """Say nothing."""

        self._server = HTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def close(self) -> None:
        """Stop listening."""
        self._server.shutdown()
        self._server.server_close()


@pytest.fixture
def listener() -> Iterator[Listener]:
    """A listener of an attacker."""
    made = Listener()
    yield made
    made.close()


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """A data folder that came with a repository."""
    folder = tmp_path / "upspiral-data"
    folder.mkdir(mode=0o755)
    (folder / "key").write_text("ups_of_the_folder")
    (folder / "lock").touch()
    return folder


def _hold(data: Path) -> int:
    handle = os.open(data / "lock", os.O_RDWR)
    fcntl.flock(handle, fcntl.LOCK_EX)
    return handle


def test_a_server_is_found_while_it_holds_the_lock_and_not_after(data: Path) -> None:
    handle = _hold(data)
    write_record(data, "http://127.0.0.1:8080")
    assert running_server(data) == "http://127.0.0.1:8080"
    os.close(handle)
    assert running_server(data) is None


@pytest.mark.parametrize(
    "record",
    [
        {"pid": 0},
        {"pid": -1},
        {"pid": 1},
        {"pid": "1"},
        {"pid": True},
        {"pid": 2**31 - 2},
        {"started": "0"},
        {"started": ""},
        {"url": "http://10.0.0.1:8080"},
        {"url": "http://evil.example"},
        {"url": "https://127.0.0.1"},
        {"url": "http://127.0.0.1@evil.example"},
        {"url": 5},
    ],
)
def test_a_record_that_does_not_fit_the_facts_is_not_believed(data: Path, record: dict[str, Any]) -> None:
    honest = {"url": "http://127.0.0.1:8080", "pid": os.getpid(), "started": start_of(os.getpid())}
    (data / "server.json").write_text(json.dumps(honest | record))
    handle = _hold(data)
    assert running_server(data) is None
    os.close(handle)


@pytest.mark.parametrize("name", ["server.json", "."])
def test_a_record_that_others_could_have_written_is_refused_in_words(data: Path, name: str) -> None:
    handle = _hold(data)
    write_record(data, "http://127.0.0.1:8080")
    (data / name).chmod(0o777)
    with pytest.raises(ConfigError, match="can be written by other users"):
        running_server(data)
    os.close(handle)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root gives files away")
@pytest.mark.parametrize("name", ["server.json", "upspiral.toml"])
def test_a_file_of_another_user_is_refused_in_words(data: Path, name: str) -> None:
    handle = _hold(data)
    write_record(data, "http://127.0.0.1:8080")
    (data / "upspiral.toml").write_text("[train]\nrank = 8\n")
    os.chown(data / name, 12345, 12345)
    with pytest.raises(ConfigError, match="belongs to another user"):
        _ = running_server(data) if name == "server.json" else load(data=data)
    os.close(handle)


def test_each_key_goes_to_its_own_kind_of_address(data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder, environment = {"authorization": "Bearer ups_of_the_folder"}, {"authorization": f"Bearer {CANARY}"}
    monkeypatch.delenv("UPSPIRAL_KEY", raising=False)
    assert key_for("http://127.0.0.1:8080", data, named=False) == folder
    assert key_for("http://evil.example", data, named=True) == {}
    monkeypatch.setenv("UPSPIRAL_KEY", CANARY)
    assert key_for("http://127.0.0.1:8080", data, named=False) == folder
    assert key_for("https://upspiral.example", data, named=True) == environment


def test_a_folder_of_a_repository_sends_no_key_of_the_environment_anywhere(
    data: Path, listener: Listener, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(data.parent)
    for pid in (0, -1, os.getpid()):
        record = {"url": listener.url, "pid": pid, "started": start_of(os.getpid())}
        (data / "server.json").write_text(json.dumps(record))
        run("status", UPSPIRAL_KEY=CANARY)
    assert listener.keys == []


def test_settings_that_were_only_found_cannot_say_where_keys_go(
    data: Path, listener: Listener, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(data.parent)
    (data / "upspiral.toml").write_text(
        f'[analyze]\nnaming_url = "{listener.url}/v1"\nnaming_key_env = "OPENAI_API_KEY"\n'
        '[providers.keys]\nOPENAI_API_KEY = ["127.0.0.1"]\n'
    )
    found = run("doctor", OPENAI_API_KEY="canary-openai")
    assert found.returncode == 2
    assert "was found, not named" in found.stderr
    assert load(data=data).providers.keys == {"OPENAI_API_KEY": ("127.0.0.1",)}


@pytest.mark.process
def test_a_command_finds_its_server_and_uses_the_folders_key(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    with Site(tmp_path / "data") as site:
        for file in site.data.rglob("*"):
            assert not file.stat().st_mode & 0o077, file
        own = run("keys", "list", "--json", data=site.data, UPSPIRAL_KEY=CANARY)
        assert own.returncode == 0, own.stderr
        named = run("keys", "list", "--json", "--database", site.url, UPSPIRAL_KEY=site.key)
        assert named.returncode == 0, named.stderr
        without = run("keys", "list", "--database", site.url)
        assert without.returncode == 2
