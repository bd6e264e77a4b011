"""Where the disk is full it is said before anything is paid, and forgetting works on what was reserved."""

from collections.abc import Callable
from pathlib import Path

import pytest

from upspiral.admin.database import find_problems
from upspiral.app import App
from upspiral.config import load
from upspiral.errors import StoreError
from upspiral.store.reserve import (
    MAX_RESERVE_BYTES,
    MIN_FREE_BYTES,
    MIN_RESERVE_BYTES,
    RESERVE_FILE,
    DiskReserve,
)

Fill = Callable[[int], None]


@pytest.fixture
def fill(monkeypatch: pytest.MonkeyPatch) -> Fill:
    """Say how many bytes are free; giving the reserve up frees its bytes."""

    def full(free: int) -> None:
        def measured(self: DiskReserve) -> int:
            return free if self._file.exists() else free + MIN_FREE_BYTES

        monkeypatch.setattr(DiskReserve, "free", measured)

    return full


def _refuse_once(full: list[bool]) -> str:
    if full.pop():
        raise StoreError("The disk is full.")
    return "forgotten"


def test_the_reserve_is_given_up_for_what_makes_room(tmp_path: Path, fill: Fill) -> None:
    disk = DiskReserve(tmp_path)
    disk.begin()
    assert (tmp_path / RESERVE_FILE).stat().st_size > 0
    fill(0)
    tries = [False, True]
    assert disk.spend(lambda: _refuse_once(tries)) == "forgotten"
    assert not (tmp_path / RESERVE_FILE).exists()


def test_the_reserve_grows_with_the_store_up_to_a_bound(tmp_path: Path) -> None:
    disk = DiskReserve(tmp_path)
    for held, reserved in ((0, MIN_RESERVE_BYTES), (20_000_000, 10_000_000), (10**9, MAX_RESERVE_BYTES)):
        with (tmp_path / "upspiral.db").open("wb") as store:
            store.truncate(held)
        disk.take()
        assert (tmp_path / RESERVE_FILE).stat().st_size == reserved


def test_it_is_not_given_up_for_another_failure(tmp_path: Path) -> None:
    disk = DiskReserve(tmp_path)
    disk.begin()
    with pytest.raises(StoreError):
        disk.spend(lambda: _refuse_once([True]))
    assert (tmp_path / RESERVE_FILE).exists()


def test_starting_on_a_full_disk_says_so_and_uses_the_reserve_first(tmp_path: Path, fill: Fill) -> None:
    (tmp_path / RESERVE_FILE).write_bytes(b"0" * 100)
    fill(0)
    disk = DiskReserve(tmp_path)
    disk.begin()
    assert not (tmp_path / RESERVE_FILE).exists()


def test_starting_without_a_reserve_names_the_disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(DiskReserve, "free", lambda _: 0)
    with pytest.raises(StoreError, match=r"The disk of .* is full: 0.0 MB are free"):
        DiskReserve(tmp_path).begin()


@pytest.mark.process
def test_a_full_disk_is_told_before_a_model_is_asked(data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("upspiral.store.reserve.CHECK_INTERVAL_S", 0)
    with App(load(data=data)) as app:
        app.runtime.check_room()
        monkeypatch.setattr(DiskReserve, "free", lambda _: 0)
        with pytest.raises(StoreError, match="The disk is full"):
            app.runtime.check_room()
        assert find_problems(app.runtime, []) == ["The disk is full: 0.0 MB are free."]


def test_after_a_failed_write_nothing_is_begun_for_a_moment(data: Path) -> None:
    def fail() -> None:
        raise StoreError("The disk is full.")

    with App(load(data=data)) as app:
        writer = app.runtime.writer
        with pytest.raises(StoreError):
            writer.submit(fail).result()
        with pytest.raises(StoreError):
            app.runtime.check_room()
        writer.submit(lambda: None).result()
        app.runtime.check_room()
