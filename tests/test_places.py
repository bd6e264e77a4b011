"""Each process that runs nights holds a place of its own in a data folder."""

import os
from pathlib import Path

import pytest

from upspiral.errors import Conflict
from upspiral.places import MAX_PLACES, take_place


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
