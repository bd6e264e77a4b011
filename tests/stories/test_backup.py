"""An installation is saved while its server runs, and lives on elsewhere."""

import json
import os
import subprocess
import sys
import tarfile
from pathlib import Path
from threading import Event, Thread
from typing import Any

import httpx2
import pytest
from tests.conftest import fresh_database
from tests.stories.killable import KillableServer

from upspiral.store import Store
from upspiral.testing import FakeProvider


def run(*words: str | Path) -> subprocess.CompletedProcess[str]:
    """Run a command as a person does."""
    program = [sys.executable, "-m", "upspiral.cli.main", *map(str, words)]
    environment = {**os.environ, "COLUMNS": "80"}
    return subprocess.run(program, capture_output=True, text=True, timeout=300, check=False, env=environment)


def ask(server: KillableServer, method: str, path: str, body: Any = None) -> Any:
    """Ask the API with the key of the folder."""
    headers = {"authorization": f"Bearer {(server.data / 'key').read_text().strip()}"}
    answer = httpx2.request(
        method, server.url + path, json=body, headers=headers, timeout=60, trust_env=False
    )
    assert answer.status_code < 300, answer.text
    return answer.json()


def record(server: KillableServer, name: str) -> str:
    """Record one conversation; its id once it is on the disk."""
    body = {"agent": "shop", "messages": [{"role": "user", "content": name}], "answer": "Yes.", "id": name}
    return str(ask(server, "POST", "/api/v1/interactions", body)["id"])


@pytest.mark.timeout(900)
def test_what_a_running_server_acknowledged_before_the_backup_is_all_in_it(tmp_path: Path) -> None:
    first, second = KillableServer(tmp_path / "old"), KillableServer(tmp_path / "new")
    acknowledged: list[str] = []
    over = Event()

    def keep_recording() -> None:
        while not over.is_set():
            acknowledged.append(record(first, f"c{len(acknowledged)}"))

    with FakeProvider() as provider:
        try:
            first.start()
            model = {"model": "openai-compatible:gpt", "url": provider.url}
            ask(first, "POST", "/api/v1/agents", {"name": "shop", "model": model})
            adapter = first.data / "artifacts" / "shop-v2" / "adapter_model.safetensors"
            adapter.parent.mkdir(parents=True)
            adapter.write_bytes(os.urandom(1000))
            recording = Thread(target=keep_recording)
            recording.start()
            while len(acknowledged) < 20:
                over.wait(0.05)
            before = list(acknowledged)
            file = tmp_path / "saved.tar"
            saved = run("backup", file, "--data", first.data)
            assert saved.returncode == 0, saved.stderr
            assert "keys and secret" in saved.stdout
            over.set()
            recording.join()
            first.kill()
            restored = run("restore", file, "--data", second.data)
            assert restored.returncode == 0, restored.stderr
            second.start()
            page = ask(second, "GET", "/api/v1/interactions?limit=200")["items"]
            assert {one["id"] for one in page} >= set(before)
            talk = {"model": "shop", "messages": [{"role": "user", "content": "Hi?"}]}
            assert ask(second, "POST", "/v1/chat/completions", talk)["choices"]
        finally:
            over.set()
            first.kill()
            second.kill()
    assert (file.stat().st_mode & 0o777, (second.data / "key").stat().st_mode & 0o777) == (0o600, 0o600)
    assert (second.data / "secret").read_bytes() == (first.data / "secret").read_bytes()
    moved = second.data / "artifacts" / "shop-v2" / "adapter_model.safetensors"
    assert moved.read_bytes() == adapter.read_bytes()
    held = {path.name for path in second.data.iterdir()}
    assert held.isdisjoint({"backup.json"})
    with tarfile.open(file) as archive:
        names = archive.getnames()
    assert not [one for one in names if one.startswith("logs") or one in ("lock", "server.json", "reserve")]


@pytest.mark.timeout(600)
def test_a_backup_beside_postgres_holds_the_files_and_says_how_to_dump_the_rest(
    postgres_url: str, tmp_path: Path
) -> None:
    url, data = fresh_database(postgres_url), tmp_path / "data"
    assert run("db", "upgrade", "--data", data, "--database", url).returncode == 0
    saved = run("backup", tmp_path / "a.tar", "--data", data, "--database", url)
    assert saved.returncode == 0, saved.stderr
    assert "pg_dump --format=custom --file=a.dump postgresql://" in " ".join(saved.stdout.split())
    restored = run("restore", tmp_path / "a.tar", "--data", tmp_path / "b", "--database", url)
    assert "pg_restore --no-owner" in " ".join(restored.stdout.split())
    assert (tmp_path / "b" / "key").read_text() == (data / "key").read_text()
    with Store(url) as store:
        assert store.revision() == store.newest()


def test_manifest_is_json_that_a_person_can_read(tmp_path: Path) -> None:
    data = tmp_path / "data"
    assert run("db", "upgrade", "--data", data).returncode == 0
    assert run("backup", tmp_path / "a.tar", "--data", data).returncode == 0
    with tarfile.open(tmp_path / "a.tar") as archive:
        told = archive.extractfile("backup.json")
        assert told is not None
        found = json.loads(told.read())
    assert found["data"] == str(data)
    assert {"upspiral.db", "key"} <= set(found["sha256"])
