"""An agent can be shown, changed, renamed and deleted; what is recorded of it is never lost by that."""

import httpx2
import pytest
from tests.conftest import START, Maker

from upspiral.app import App
from upspiral.capture import record
from upspiral.domain import Cycle
from upspiral.domain.ids import DEFAULT_WORKSPACE, AgentId, CycleId

pytestmark = pytest.mark.anyio
MODEL = {"model": "openai-compatible:gpt", "url": "http://127.0.0.1:9/v1"}


async def _made(api: httpx2.AsyncClient, name: str = "support") -> None:
    made = await api.post("/api/v1/agents", json={"name": name, "model": MODEL, "teacher": MODEL})
    assert made.status_code == 201, made.text


async def test_the_list_names_version_model_and_teacher(api: httpx2.AsyncClient) -> None:
    await _made(api)
    (one,) = (await api.get("/api/v1/agents")).json()["items"]
    assert (one["version"], one["model"]) == ("support@1", "openai-compatible:gpt")
    assert one["teacher_model"] == "openai-compatible:gpt"


async def test_what_is_given_is_changed_and_the_rest_stays(api: httpx2.AsyncClient) -> None:
    await _made(api)
    changed = {"description": "Parcels.", "url": "http://127.0.0.1:8/v1"}
    assert (await api.patch("/api/v1/agents/support", json=changed)).status_code == 200
    card = (await api.get("/api/v1/agents/support")).json()["card"]
    assert (card["description"], card["url"]) == ("Parcels.", "http://127.0.0.1:8/v1")
    assert (card["version"], card["teacher"]) == ("support@2", "openai-compatible:gpt")
    assert (await api.patch("/api/v1/agents/support", json={"teacher": None})).status_code == 200
    card = (await api.get("/api/v1/agents/support")).json()["card"]
    assert (card["teacher"], card["description"]) == (None, "Parcels.")


async def test_a_renamed_agent_keeps_its_versions_and_records(
    api: httpx2.AsyncClient, app: App, make: Maker
) -> None:
    await _made(api)
    record(app.runtime.store, make.interaction(), make.interaction())
    assert (await api.patch("/api/v1/agents/support", json={"name": "help"})).json()["id"] == "help"
    assert (await api.get("/api/v1/agents/support")).status_code == 404
    shown = (await api.get("/api/v1/agents/help")).json()
    assert [one["agent"] for one in shown["versions"]] == ["help"]
    found = (await api.get("/api/v1/interactions", params={"agent": "help"})).json()["items"]
    assert len(found) == 2
    rows = (await api.get("/api/v1/metrics", params={"by": "agent"})).json()["items"]
    assert [(row["key"], row["n"]) for row in rows] == [("help", 2)]


async def test_a_renamed_agent_keeps_its_share_in_runs_of_several(
    api: httpx2.AsyncClient, app: App, make: Maker
) -> None:
    await _made(api)
    runs = [make.interaction(agent=AgentId("first"), metadata={"models": "first,support"}) for _ in range(30)]
    record(app.runtime.store, *runs)
    for run in runs:
        body = {"interaction": run.id, "score": 1.0}
        assert (await api.post("/api/v1/feedback", json=body)).status_code == 201
    assert (await api.patch("/api/v1/agents/support", json={"name": "help"})).status_code == 200
    rows = (await api.get("/api/v1/metrics", params={"by": "agent"})).json()["items"]
    assert {row["key"]: (row["n"], row["settled"]) for row in rows} == {"first": (30, 30), "help": (30, 30)}
    scores = (await api.get("/api/v1/learning/trust-scores")).json()["items"]
    assert {one["agent_id"]: one["sample_size"] for one in scores} == {"first": 30, "help": 30}
    assert {one["posterior"][0]["n"] > 25 for one in scores} == {True}
    (by_day,) = (await api.get("/api/v1/metrics", params={"by": "day"})).json()["items"]
    assert by_day["n"] == 30  # counted once where agents are not told apart


async def test_a_name_that_is_taken_or_recorded_is_refused(
    api: httpx2.AsyncClient, app: App, make: Maker
) -> None:
    await _made(api)
    await _made(api, "sales")
    seen = make.interaction(agent=AgentId("seen"), metadata={"models": "seen,shared"})
    record(app.runtime.store, seen)
    for name in ("sales", "seen", "shared"):
        refused = await api.patch("/api/v1/agents/support", json={"name": name})
        assert (refused.status_code, name in refused.text) == (409, True)


async def test_a_deleted_agent_is_gone_its_records_stay_and_its_versions_count_on(
    api: httpx2.AsyncClient, app: App, make: Maker
) -> None:
    await _made(api)
    record(app.runtime.store, make.interaction())
    assert (await api.delete("/api/v1/agents/support")).status_code == 200
    gone = await api.get("/api/v1/agents/support")
    assert (gone.status_code, "was never made here" in gone.text) == (404, True)
    assert len((await api.get("/api/v1/interactions", params={"agent": "support"})).json()["items"]) == 1
    await _made(api)
    assert (await api.get("/api/v1/agents")).json()["items"][0]["version"] == "support@2"


@pytest.mark.long
async def test_an_agent_with_a_night_under_way_is_neither_renamed_nor_deleted(
    api: httpx2.AsyncClient, app: App
) -> None:
    await _made(api)
    app.runtime.store.cycles.add(
        Cycle(
            id=CycleId("cyc_1"), workspace=DEFAULT_WORKSPACE, agent=AgentId("support"), started=START,
            since=START, until=START,
        )
    )  # fmt: skip
    for answer in (
        await api.delete("/api/v1/agents/support"),
        await api.patch("/api/v1/agents/support", json={"name": "help"}),
    ):
        assert (answer.status_code, "under way" in answer.text) == (409, True)


@pytest.mark.parametrize(
    "path",
    ["metrics", "metrics/tools", "metrics/failure-reasons", "patterns", "history", "cycles", "jobs",
     "deployments", "interactions", "interactions/search?text=x"],
)  # fmt: skip
async def test_a_mistyped_agent_is_404_and_the_name_meant_is_told(api: httpx2.AsyncClient, path: str) -> None:
    await _made(api)
    answer = await api.get(f"/api/v1/{path}{'&' if '?' in path else '?'}agent=suport")
    assert answer.status_code == 404
    assert answer.json()["hint"] == "Did you mean 'support'?"


async def test_schedules_follow_the_time_zone_of_the_workspace(api: httpx2.AsyncClient) -> None:
    assert (await api.get("/api/v1/workspace")).json() == {"id": "default", "time_zone": "UTC"}
    refused = await api.patch("/api/v1/workspace", json={"time_zone": "Europe/Pari"})
    assert (refused.status_code, "Europe/Paris" in refused.text) == (422, True)
    before = (await api.get("/api/v1/schedules")).json()["items"]
    assert (await api.patch("/api/v1/workspace", json={"time_zone": "Asia/Tokyo"})).status_code == 200
    after = (await api.get("/api/v1/schedules")).json()["items"]
    assert {one["time_zone"] for one in after} == {"Asia/Tokyo"}
    daily = [one["name"] for one in before].index("learning")
    assert before[daily]["next"] != after[daily]["next"]


async def test_an_agent_has_a_budget_of_its_own_beside_that_of_the_settings(api: httpx2.AsyncClient) -> None:
    await _made(api)
    given = {"budget_tokens": 20_000, "budget_usd": 1.5}
    changed = (await api.patch("/api/v1/agents/support", json=given)).json()
    assert {name: changed[name] for name in given} == given
    outlook = (await api.get("/api/v1/agents/support/spending")).json()
    assert (outlook["limit_tokens"], outlook["limit_usd"]) == (20_000, 1.5)
    card = (await api.get("/api/v1/agents/support")).json()["card"]
    assert card["budget"] == "20,000 tokens and 1.5 US dollars"
    changed = (await api.patch("/api/v1/agents/support", json={"budget_tokens": None})).json()
    assert (changed["budget_tokens"], changed["budget_usd"]) == (None, 1.5)
    for wrong in ({"budget_tokens": -1}, {"budget_tokens": 1.5}, {"budget_usd": "NaN"}, {"budget_usd": -0.1}):
        assert (await api.patch("/api/v1/agents/support", json=wrong)).status_code == 422
