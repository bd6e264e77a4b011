"""Who answers a command: a server that was named, the one that owns the folder, or this process."""

import asyncio
import fcntl
from pathlib import Path

import httpx2
import pytest

from upspiral.app import App
from upspiral.cli import api, trust
from upspiral.config import load
from upspiral.errors import ConfigError, Conflict, NotFound


def test_a_record_is_believed_while_its_process_holds_the_folder(tmp_path: Path) -> None:
    trust.write_record(tmp_path, "http://127.0.0.1:1")
    (tmp_path / trust.LOCK).touch()
    assert trust.running_server(tmp_path) is None  # the process lives, but does not own the folder
    with (tmp_path / trust.LOCK).open() as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        assert trust.running_server(tmp_path) == "http://127.0.0.1:1"


def test_a_server_is_named_by_option_or_by_variable_and_a_folder_on_the_line_goes_before(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("UPSPIRAL_DATA", raising=False)
    monkeypatch.setenv("UPSPIRAL_URL", "http://there")
    assert api.find_named_server(None, None) == "http://there"
    assert api.find_named_server(None, "https://here") == "https://here"
    assert api.find_named_server(tmp_path, None) is None
    monkeypatch.setenv("UPSPIRAL_DATA", str(tmp_path))
    assert api.find_named_server(tmp_path, None) == "http://there"


def test_reading_makes_no_folder_and_names_it_in_full(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(NotFound, match=f"no data folder {tmp_path}/typo"):
        api.request_list("/api/v1/history", Path("typo"), None)
    (tmp_path / "empty").mkdir()
    with pytest.raises(NotFound, match=f"Nothing is recorded yet in {tmp_path}/empty"):
        api.request_list("/api/v1/history", Path("empty"), None)
    assert [one.name for one in tmp_path.rglob("*")] == ["empty"]


def test_two_read_one_folder_at_once_even_while_nights_run(data: Path) -> None:
    settings = load(data=data)
    with App(settings), App(settings, nights=False) as one, App(settings, nights=False) as two:
        assert one.runtime.store.agents.all(one.workspace) == []
        assert two.runtime.store.agents.all(two.workspace) == []


def test_a_database_file_is_read_alone_only_where_no_setting_can_name_another_store(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert api.find_file(tmp_path, None) is None  # there is none
    (tmp_path / "upspiral.db").touch()
    assert api.find_file(tmp_path, None) == tmp_path / "upspiral.db"
    assert api.find_file(tmp_path, "postgresql://there") is None
    with monkeypatch.context() as variables:
        variables.setenv("UPSPIRAL_KEY", "ups_1")
        assert api.find_file(tmp_path, None) == tmp_path / "upspiral.db"
        variables.setenv("UPSPIRAL_DATABASE_URL", "postgresql://there")
        assert api.find_file(tmp_path, None) is None
    (tmp_path / "upspiral.toml").touch()
    assert api.find_file(tmp_path, None) is None


def test_the_key_of_an_application_is_not_for_commands_on_a_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("UPSPIRAL_KEY", "ups_of_an_application")
    with App(load(data=tmp_path), nights=False):
        pass
    assert api.request_list("/api/v1/agents", tmp_path, None) == []


def test_a_mistyped_variable_is_an_error_and_the_name_meant_is_told() -> None:
    api.check_variables({"UPSPIRAL_DATA": "x", "UPSPIRAL_URL": "y", "HOME": "z"})
    with pytest.raises(ConfigError, match="UPSPIRAL_CAPTUR_KEEP_DAYS is no setting") as found:
        api.check_variables({"UPSPIRAL_CAPTUR_KEEP_DAYS": "5"})
    assert "Did you mean 'UPSPIRAL_CAPTURE_KEEP_DAYS'?" in found.value.hint


@pytest.mark.parametrize(
    "answer",
    [
        httpx2.Response(200, text="<html>Welcome to nginx!</html>"),
        httpx2.Response(502, text="<html>Bad gateway</html>"),
        httpx2.Response(500, json=["wrong"]),
        httpx2.Response(204),
        httpx2.Response(301, headers={"location": "https://elsewhere.example/"}),
    ],
    ids=lambda one: str(one.status_code),
)
def test_what_is_no_server_of_ours_is_an_error_that_names_the_address(answer: httpx2.Response) -> None:
    async def ask() -> None:
        transport = httpx2.MockTransport(lambda _request: answer)
        async with httpx2.AsyncClient(transport=transport, base_url="http://proxy.example:81") as client:
            await api.Api(client, served=True).ask("GET", "/api/v1/status")

    with pytest.raises(Conflict, match=f"http://proxy.example:81/.*status {answer.status_code}"):
        asyncio.run(ask())
