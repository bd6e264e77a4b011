"""Two servers of the API and two workers on one PostgreSQL, started as the compose file starts them."""

from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import httpx2
import psycopg
import pytest
from prometheus_client.parser import text_string_to_metric_families as parse
from tests.conftest import fresh_database
from tests.stories.composed import Composed, ask
from tests.waiting import until

from upspiral.domain import Arm
from upspiral.domain.ids import DEFAULT_WORKSPACE
from upspiral.store import Store
from upspiral.testing import FakeProvider


class Crew(NamedTuple):
    """What runs."""

    database: str
    key: str
    apis: list[str]
    workers: dict[str, Composed]
    """By the name under which each runs nights."""


@pytest.fixture
def crew(postgres_url: str, tmp_path: Path) -> Iterator[Crew]:
    database, data = fresh_database(postgres_url), tmp_path / "data"
    prepare = Composed("prepare", url=database, data=data)
    assert prepare.process.wait(300) == 0, prepare.said
    running: list[Composed] = []

    def start(service: str) -> Composed:
        running.append(Composed(service, url=database, data=data))
        return running[-1]

    try:
        apis = [start("api") for _ in range(2)]
        workers = {}
        for place in ("executor", "executor-2"):  # one after the other, so that we know who is who
            worker = start("worker")
            worker.wait()
            workers[(data / place).read_text()] = worker
        urls = [one.wait() for one in apis]
        yield Crew(database, (data / "key").read_text().strip(), urls, workers)
    finally:
        for one in running:
            one.kill()


def find_runner(database: str, cycle: str) -> str | None:
    """Give the name of the worker that runs a night; None where none has taken it up."""
    with psycopg.connect(database) as connection:
        found = connection.execute(
            "SELECT executor_id FROM dbos.workflow_status WHERE workflow_uuid LIKE %s", (f"{cycle}.%",)
        ).fetchone()
    return found[0] if found else None


def metrics(url: str) -> dict[str, float]:
    text = httpx2.get(f"{url}/metrics", timeout=60, trust_env=False).text
    return {s.name: s.value for family in parse(text) for s in family.samples if not s.labels}


@pytest.mark.timeout(1200)
def test_a_night_begun_at_one_server_is_finished_by_the_worker_that_is_left(crew: Crew) -> None:
    first, second = crew.apis
    with FakeProvider() as provider, Store(crew.database) as store:
        model = {"model": "openai-compatible:gpt", "url": provider.url}
        ask(first, "POST", "/api/v1/agents", crew.key, json={"name": "shop", "model": model})
        ask(second, "POST", "/api/v1/agents/shop/versions", crew.key, json={"rules": ["Be brief."]})
        body = {"agent": "shop", "story": "deploy", "version": "2", "share": 0.5}
        cycle = ask(first, "POST", "/api/v1/cycles", crew.key, json=body)["id"]
        until(lambda: find_runner(crew.database, cycle) in crew.workers)
        until(lambda: ask(second, "GET", f"/api/v1/cycles/{cycle}", crew.key)["deployment"])
        killed = find_runner(crew.database, cycle)
        assert killed is not None
        crew.workers[killed].kill()
        for n in range(90):
            talk = {"model": "shop", "messages": [{"role": "user", "content": f"Question {n}?"}]}
            header = {"x-conversation-id": f"c{n}"}
            url = crew.apis[n % 2]
            said = ask(url, "POST", "/v1/chat/completions", crew.key, json=talk, headers=header)
            turn = store.interactions.get(DEFAULT_WORKSPACE, said["id"])
            thumbs = "down" if turn.arm == Arm.CANARY else "up"
            ask(url, "POST", "/api/v1/feedback", crew.key, json={"interaction": turn.id, "thumbs": thumbs})
        until(lambda: ask(first, "GET", f"/api/v1/cycles/{cycle}", crew.key)["cycle"]["ended"])
        seen = ask(second, "GET", f"/api/v1/cycles/{cycle}", crew.key)
        assert (seen["cycle"]["ending"], seen["deployment"]["state"]) == ("rolled_back", "rolled_back")
        (left,) = (one for name, one in crew.workers.items() if name != killed)
        until(lambda: find_runner(crew.database, cycle) != killed)
        assert [metrics(url)["upspiral_store_up"] for url in (*crew.apis, left.wait())] == [1, 1, 1]
        assert httpx2.get(left.wait() + "/api/v1/agents", trust_env=False, timeout=60).status_code == 404


@pytest.mark.timeout(1200)
def test_a_server_ends_a_night_that_a_worker_runs(crew: Crew) -> None:
    first, second = crew.apis
    with FakeProvider() as provider:
        model = {"model": "openai-compatible:gpt", "url": provider.url}
        ask(first, "POST", "/api/v1/agents", crew.key, json={"name": "shop", "model": model})
        ask(first, "POST", "/api/v1/agents/shop/versions", crew.key, json={"rules": ["Be brief."]})
        body = {"agent": "shop", "story": "deploy", "version": "2"}
        cycle = ask(first, "POST", "/api/v1/cycles", crew.key, json=body)["id"]
        until(lambda: ask(second, "GET", f"/api/v1/cycles/{cycle}", crew.key)["deployment"])
        ended = ask(second, "POST", f"/api/v1/cycles/{cycle}/cancel", crew.key, json={})
        assert ended["ending"] == "cancelled"
        again = ask(first, "POST", "/api/v1/cycles", crew.key, json=body)["id"]
        until(lambda: ask(second, "GET", f"/api/v1/cycles/{again}", crew.key)["deployment"])
        ask(first, "POST", "/api/v1/deployments/rollback", crew.key, json={"agent": "shop"})
        seen = ask(second, "GET", f"/api/v1/cycles/{again}", crew.key)["cycle"]
        assert seen["ending"] == "rolled_back"
