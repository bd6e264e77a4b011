"""A copy of a database that is in use is whole."""

from pathlib import Path

import pytest
from tests.conftest import Maker

from upspiral import capture
from upspiral.domain.ids import DEFAULT_WORKSPACE
from upspiral.errors import StoreError
from upspiral.store import Store
from upspiral.store.snapshot import copy_database


def test_a_copy_holds_what_is_still_in_the_log_of_an_open_database(
    store: Store, make: Maker, tmp_path: Path
) -> None:
    capture.record(store, make.interaction(), now=make.tick())
    copy_database(Path(str(store.database.url).removeprefix("sqlite:///")), tmp_path / "copy.db")
    with Store(str(tmp_path / "copy.db")) as copy:
        assert copy.interactions.total(DEFAULT_WORKSPACE) == 1
        assert copy.find_damage() == []


def test_what_cannot_be_read_leaves_no_half_of_a_copy(tmp_path: Path) -> None:
    (tmp_path / "none.db").write_bytes(b"no database at all, though it is long enough to look like one" * 100)
    with pytest.raises(StoreError, match="cannot be copied"):
        copy_database(tmp_path / "none.db", tmp_path / "copy.db")
    assert not (tmp_path / "copy.db").exists()
