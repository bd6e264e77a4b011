"""What is served is known at once after an own change, and when asked for after another server's."""

import threading
from datetime import timedelta
from pathlib import Path

import pytest
from tests.conftest import START, fresh_database

from upspiral.admin.agents import ModelSpec, create_agent
from upspiral.app import App
from upspiral.config import load
from upspiral.deploy.hosts import Hosts
from upspiral.domain.ids import DEFAULT_WORKSPACE, AgentId, WorkspaceId
from upspiral.errors import ConfigError
from upspiral.runtime import Runtime
from upspiral.store import Store
from upspiral.train.local import LocalTrainer

MODEL = ModelSpec("openai-compatible:m", "http://127.0.0.1:9", None)


def _create(app: App, name: str) -> None:
    create_agent(app.runtime, DEFAULT_WORKSPACE, AgentId(name), model=MODEL)


def test_an_own_agent_is_served_at_once(data: Path) -> None:
    with App(load(data=data)) as app:
        for number in range(20):
            assert f"a{number}" not in app.runtime.snapshot().agents
            _create(app, f"a{number}")
            assert f"a{number}" in app.runtime.snapshot().agents


def test_another_servers_agent_is_found_when_it_is_asked_for(postgres_url: str, tmp_path: Path) -> None:
    url = fresh_database(postgres_url)
    with (
        App(load(data=tmp_path / "one", database_url=url)) as one,
        App(load(data=tmp_path / "two", database_url=url)) as two,
    ):
        for number in range(10):
            two.runtime.snapshot()
            _create(one, f"a{number}")
            assert f"a{number}" in two.runtime.snapshot(wanted=f"a{number}").agents


def test_unknown_names_do_not_ask_the_store_without_end(data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with App(load(data=data)) as app:
        asked: list[object] = []
        generation = app.runtime.store.agents.generation

        def counted(name: WorkspaceId) -> tuple[int, int]:
            asked.append(name)
            return generation(name)

        app.runtime.snapshot()
        monkeypatch.setattr("upspiral.projections.served.MAX_SNAPSHOT_AGE_S", 3600)
        monkeypatch.setattr("upspiral.runtime.time.monotonic", lambda: START.timestamp())
        app.runtime.snapshot()
        monkeypatch.setattr(app.runtime.store.agents, "generation", counted)
        for number in range(500):
            app.runtime.snapshot(wanted=f"nobody-{number}")
        assert 1 <= len(asked) <= 50


def test_a_memory_is_never_compared_by_another_embedder_than_its_own(tmp_path: Path, store: Store) -> None:
    chosen = {"embeddings_url": "http://127.0.0.1:9/v1", "embeddings_model": "small"}
    settings = load(data=tmp_path, analyze=chosen)
    hosts = Hosts(settings=settings.deploy, providers=settings.providers, logs=tmp_path / "logs")
    runtime = Runtime(settings, store, hosts=hosts, trainer=LocalTrainer())
    assert runtime.services.memory_embedder("embedding:small")
    with pytest.raises(ConfigError, match="'embedding:large'"):
        runtime.services.memory_embedder("embedding:large")
    with pytest.raises(ConfigError, match="There is no model2vec model in"):
        runtime.services.memory_embedder(f"model2vec:{tmp_path}")
    runtime.close()


def test_a_clock_that_jumps_while_the_server_runs_is_not_believed(data: Path) -> None:
    now = [START]
    with App(load(data=data), nights=False, clock=lambda: now[0]) as app:
        assert app.runtime.doubt_clock() is None
        now[0] += timedelta(days=15)
        assert "15.0 days" in (app.runtime.doubt_clock() or "")


def test_building_a_runtime_starts_nothing(tmp_path: Path, store: Store) -> None:
    settings = load(data=tmp_path)
    before = set(threading.enumerate())
    hosts = Hosts(settings=settings.deploy, providers=settings.providers, logs=tmp_path / "logs")
    made = Runtime(settings, store, hosts=hosts, trainer=LocalTrainer())
    assert set(threading.enumerate()) == before
    assert made.writer.submit(lambda: 7).result(20) == 7, "the first piece of writing starts the writer"
    made.close()
    assert set(threading.enumerate()) <= before
