"""Each process that runs nights holds a place of its own in a data folder."""

import fcntl
import os
from pathlib import Path

import pytest

from upspiral.errors import Conflict
from upspiral.places import MAX_PLACES, hold_lock, read_folder_name, take_place


def test_a_folder_that_is_not_shared_has_one_place(tmp_path: Path) -> None:
    first = take_place(tmp_path, shared=False)
    with pytest.raises(Conflict, match="owns the data folder"):
        take_place(tmp_path, shared=False)
    os.close(first.lock)
    again = take_place(tmp_path, shared=False)
    assert again.executor == first.executor
    os.close(again.lock)


def test_workers_that_share_a_folder_have_names_of_their_own_and_keep_them(tmp_path: Path) -> None:
    first, second = take_place(tmp_path, shared=True), take_place(tmp_path, shared=True)
    assert first.executor != second.executor
    os.close(first.lock)
    assert take_place(tmp_path, shared=True).executor == first.executor
    assert take_place(tmp_path, shared=True).executor not in (first.executor, second.executor)


def test_no_more_workers_than_places_share_a_folder(tmp_path: Path) -> None:
    places = [take_place(tmp_path, shared=True) for _ in range(MAX_PLACES)]
    assert len({one.executor for one in places}) == MAX_PLACES
    with pytest.raises(Conflict):
        take_place(tmp_path, shared=True)
    for one in places:
        os.close(one.lock)


def test_a_name_that_was_never_written_is_made_again(tmp_path: Path) -> None:
    (tmp_path / "executor").touch()
    assert take_place(tmp_path, shared=False).executor.startswith("upspiral-")


def test_a_piece_of_work_is_held_by_one_and_its_lock_is_gone_afterwards(tmp_path: Path) -> None:
    work = tmp_path / "locks" / "work"
    with hold_lock(work) as first, hold_lock(work) as second:
        assert (first, second) == (True, False)
        assert work.exists()
    assert not work.exists()
    with hold_lock(work) as again:
        assert again


def test_a_lock_whose_file_was_deleted_since_it_was_opened_holds_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever held the lock deleted its file, and somebody else made and locked another of that name."""
    work, flock = tmp_path / "work", fcntl.flock

    def lock_late(handle: int, how: int) -> None:
        work.unlink()
        work.touch()
        flock(handle, how)

    monkeypatch.setattr(fcntl, "flock", lock_late)
    with hold_lock(work) as held:
        assert not held
    assert work.exists(), "the file of somebody else was deleted"


def test_a_folder_keeps_its_name_and_shares_it_with_no_other(tmp_path: Path) -> None:
    first, second = tmp_path / "first", tmp_path / "second"
    first.mkdir()
    second.mkdir()
    assert read_folder_name(first) == read_folder_name(first) != read_folder_name(second)
