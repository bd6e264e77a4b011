"""Pickles planted in the durable engine's own tables run no code, whatever the engine does with them."""

import base64
import pickle
import sqlite3
import time
from contextlib import suppress
from pathlib import Path
from typing import Any

from dbos import DBOS

from upspiral.admin.agents import ModelSpec, create_agent
from upspiral.app import App
from upspiral.config import load
from upspiral.cycle.durable.engine import Night
from upspiral.domain import CycleKind
from upspiral.domain.ids import AgentId


class Bomb:
    """Writes a file when it is unpickled."""

    def __init__(self, sentinel: Path) -> None:
        self.sentinel = sentinel

    def __reduce__(self) -> tuple[Any, ...]:
        return (Path.write_text, (self.sentinel, "it ran"))


def _plant(file: Path, bomb: bytes) -> int:
    """Put the bomb into every text column of every table; give how many columns there were."""
    planted = 0
    text = base64.b64encode(bomb).decode()
    with sqlite3.connect(file) as connection:
        tables = [name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type='table'")]
        for table in tables:
            columns = connection.execute(f'PRAGMA table_info("{table}")').fetchall()
            for _, column, kind, _, _, key in columns:
                named = any(
                    word in column for word in ("input", "output", "error", "value", "message", "serial")
                )
                if kind.upper() in ("TEXT", "VARCHAR", "JSON", "") and named and not key:
                    said = "py_pickle" if "serial" in column else text
                    with suppress(sqlite3.IntegrityError):
                        connection.execute(f'UPDATE "{table}" SET "{column}" = ?', (said,))
                        planted += 1
    connection.close()
    return planted


def test_a_planted_pickle_never_runs(tmp_path: Path) -> None:
    sentinel = tmp_path / "sentinel"
    settings = load(data=tmp_path / "data")
    with App(settings) as app:
        model = ModelSpec("openai-compatible:gpt", "http://127.0.0.1:1/v1", None)
        agent = AgentId("support")
        create_agent(
            app.runtime, app.workspace, agent, model=model, teacher=None, instructions="", sampling={}
        )
        cycle = app.begin(CycleKind.IMPROVE, agent)
        while app.runtime.store.cycles.get(app.workspace, cycle.id).ended is None:
            time.sleep(0.05)
    bomb = pickle.dumps(Bomb(sentinel))
    assert _plant(tmp_path / "data" / "engine.db", bomb) >= 4
    with suppress(Exception), App(settings) as app:
        with suppress(Exception):
            app.engine.status(Night(app.workspace, cycle.id))
        with suppress(Exception):
            DBOS.retrieve_workflow(DBOS.list_workflows()[0].workflow_id).get_result()
    assert not sentinel.exists()
    pickle.loads(bomb)
    assert sentinel.exists()  # the bomb would have worked
