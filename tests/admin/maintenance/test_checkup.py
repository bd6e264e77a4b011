"""What a store says of its installation is read without changing anything."""

from pathlib import Path

from upspiral.admin.agents import ModelSpec, create_agent
from upspiral.admin.maintenance.checkup import doubt_key, list_endpoints, list_last_runs, open_current
from upspiral.app import App
from upspiral.config import load
from upspiral.domain.ids import DEFAULT_WORKSPACE, AgentId
from upspiral.store import Store


def test_a_folder_without_a_database_stays_without_one(tmp_path: Path) -> None:
    settings = load(data=tmp_path / "none")
    with open_current(settings) as store:
        assert store is None
    assert (doubt_key(settings), list_endpoints(settings), list_last_runs(settings)) == (None, [], [])
    assert not (tmp_path / "none").exists()


def test_a_database_of_another_schema_is_left_alone(data: Path) -> None:
    with Store(str(data / "upspiral.db")) as store, store.database.transaction() as connection:
        connection.exec_driver_sql("UPDATE alembic_version SET version_num = '0026'")
    with open_current(load(data=data)) as found:
        assert found is None


def test_every_hosted_model_and_teacher_is_listed_with_its_agent(data: Path) -> None:
    own, teacher = (ModelSpec(f"openai-compatible:{n}", url=f"http://127.0.0.1:9/{n}") for n in ("m", "t"))
    with App(load(data=data), nights=False) as app:
        create_agent(app.runtime, DEFAULT_WORKSPACE, AgentId("a"), model=own, teacher=teacher)
        create_agent(app.runtime, DEFAULT_WORKSPACE, AgentId("b"), model=own)
    found = [(one.agent, one.role, one.model, one.url) for one in list_endpoints(load(data=data))]
    assert found == [
        ("a", "model", "m", "http://127.0.0.1:9/m"),
        ("a", "teacher", "t", "http://127.0.0.1:9/t"),
        ("b", "model", "m", "http://127.0.0.1:9/m"),
    ]
