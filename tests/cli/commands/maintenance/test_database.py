"""Counts are made again from the command line."""

from pathlib import Path

import pytest
from tests.conftest import START, Maker
from typer.testing import CliRunner

from upspiral.app import App
from upspiral.capture import record
from upspiral.cli.main import app
from upspiral.config import load
from upspiral.domain.ids import DEFAULT_WORKSPACE
from upspiral.store import Store


def prepared(data: Path, make: Maker) -> None:
    """Leave a database as one from before there were counts looks after its upgrade."""
    with Store(load(data=data).store_url) as store:
        store.upgrade()
        store.workspaces.ensure(DEFAULT_WORKSPACE, START)
        record(store, make.interaction(), make.interaction())
        store.rollups.remove(store.rollups.table.c.workspace == DEFAULT_WORKSPACE)


def test_db_recount_says_what_it_mended(tmp_path: Path, make: Maker, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("upspiral.logs.configure", lambda: None)  # it is for whole processes
    prepared(tmp_path, make)
    for wrong in (1, 0):
        said = CliRunner().invoke(app, ["db", "recount", "--data", str(tmp_path)])
        assert said.exit_code == 0
        words = f"default: counted 2 interactions on 1 day of agents again; {wrong} counts were not right"
        assert words in said.output


def test_opening_an_old_database_counts_what_it_holds(tmp_path: Path, make: Maker) -> None:
    prepared(tmp_path, make)
    with App(load(data=tmp_path)) as spiral:
        sums = spiral.runtime.store.rollups.sums(DEFAULT_WORKSPACE, "agent", None)
    assert [row["n"] for row in sums] == [2]
