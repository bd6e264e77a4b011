"""The questions about failing agents, their tools and their reasons, answered from what was recorded."""

from typing import Any

import httpx2
import pytest
from tests.server.conftest import client_of

from upspiral.app import App
from upspiral.domain.ids import AgentId

pytestmark = pytest.mark.anyio


@pytest.fixture
async def api(api: httpx2.AsyncClient) -> httpx2.AsyncClient:
    await _fill(api)
    return api


async def _fill(api: httpx2.AsyncClient) -> None:
    """Let one agent fail often, by a tool that times out, and another do well, over eight days."""
    records, signals = [], []
    for number in range(160):
        weak = number % 2 == 0
        bad = weak and number % 4 == 0 and number >= 80
        call = {"name": "search", "error": f"timed out after {number} s" if bad else None}
        records.append(
            {
                "id": f"i{number}",
                "agent": "weak" if weak else "strong",
                "model": "small" if weak else "large",
                "at": f"2026-01-{5 + number // 20:02d}T12:00:00Z",
                "messages": [{"role": "user", "content": "Hi"}],
                "tool_calls": [call],
            }
        )
        signals.append({"interaction": f"i{number}", "thumbs": "down" if bad else "up"})
    await api.post("/api/v1/interactions", json={"interactions": records})
    assert (await api.post("/api/v1/feedback", json={"feedback": signals})).status_code == 201


async def _get(api: httpx2.AsyncClient, path: str, **query: Any) -> Any:
    answer = await api.get(path, params=query)
    assert answer.status_code == 200, answer.text
    return answer.json()


async def _list(api: httpx2.AsyncClient, path: str, **query: Any) -> Any:
    return (await _get(api, path, **query))["items"]


async def test_which_agent_fails_most(api: httpx2.AsyncClient) -> None:
    rows = await _list(api, "/api/v1/metrics/agents")
    assert [row["key"] for row in rows] == ["weak", "strong"]
    assert rows[0]["failures"] == 20


async def test_which_tool_errs_most_for_an_agent(api: httpx2.AsyncClient) -> None:
    [tool] = await _list(api, "/api/v1/metrics/tools", agent="weak")
    assert (tool["key"], tool["calls"], tool["call_errors"]) == ("search", 80, 20)
    [tool] = await _list(api, "/api/v1/metrics/tools", agent="strong")
    assert tool["call_errors"] == 0


async def test_the_common_reasons(api: httpx2.AsyncClient) -> None:
    [reason] = await _list(api, "/api/v1/metrics/failure-reasons", agent="weak")
    assert (reason["reason"], reason["failures"]) == ("tool search: timed out after … s", 20)


async def test_the_reason_given_with_a_failed_task_is_told_and_what_a_person_writes_is_not(
    api: httpx2.AsyncClient,
) -> None:
    records = [
        {"id": f"t{n}", "agent": "debugger", "messages": [{"role": "user", "content": f"fix bug {n}"}]}
        for n in range(5)
    ]
    await api.post("/api/v1/interactions", json={"interactions": records})
    given = [
        {"interaction": f"t{n}", "score": 0, "source": "verifier", "comment": f"{n + 2} tests still fail"}
        for n in range(4)
    ]
    given.append({"interaction": "t4", "thumbs": "down", "comment": "No good, my friend."})
    assert (await api.post("/api/v1/feedback", json={"feedback": given})).status_code == 201
    found = await _list(api, "/api/v1/metrics/failure-reasons", agent="debugger")
    assert [(one["reason"], one["failures"]) for one in found] == [
        ("… tests still fail", 4),
        ("rated badly", 1),
    ]


async def test_is_one_agent_failing_more_than_chance(api: httpx2.AsyncClient) -> None:
    assert (await _get(api, "/api/v1/metrics/agents/weak"))["frequently_failing"]
    assert not (await _get(api, "/api/v1/metrics/agents/strong"))["frequently_failing"]


async def test_the_quality_of_responses(api: httpx2.AsyncClient) -> None:
    seen = await _get(api, "/api/analytics/response-quality/metrics")
    assert (seen["responses"], seen["judged"], seen["success_rate"]) == (160, 160, 0.875)
    failed = await _get(api, "/api/analytics/response-quality/problematic", limit=5)
    assert len(failed["items"]) == 5
    assert failed["next"]
    assert {one["reason"] for one in failed["items"]} == {"tool search: timed out after … s"}


async def test_a_problematic_response_says_why_with_the_users_rating_and_words(
    api: httpx2.AsyncClient,
) -> None:
    body = {"responseId": "r1", "modelId": "gpt", "query": "Hi", "response": "Ho", "rating": 2}
    url = "/api/analytics/response-quality"
    assert (await api.post(f"{url}/response", json={**body, "comment": "Not my name."})).status_code == 201
    [one] = (await _get(api, f"{url}/problematic", model="gpt"))["items"]
    assert (one["id"], one["answer"]) == ("r1", "Ho")
    assert (one["reason"], one["rating"], one["comment"]) == ("rated badly", 2.0, "Not my name.")


async def test_a_trend_names_the_day_of_the_change(api: httpx2.AsyncClient) -> None:
    seen = await _get(api, "/api/analytics/model-improvement/error-trends", agent="weak")
    assert (seen["trend"], seen["changed_on"]) == ("growing", "2026-01-09")
    steady = await _get(api, "/api/analytics/model-improvement/error-trends", agent="strong")
    assert (steady["trend"], steady["changed_on"]) == ("steady", None)


async def test_suggestions_name_gain_cost_and_evidence(api: httpx2.AsyncClient) -> None:
    records = [
        {
            "id": f"p{n}",
            "agent": "support",
            "messages": [
                {
                    "role": "user",
                    "content": f"Please tell me about the refund policy, {n}" if n % 2 else f"Hi {n}",
                }
            ],
        }
        for n in range(80)
    ]
    await api.post("/api/v1/interactions", json={"interactions": records})
    signals = [{"interaction": f"p{n}", "thumbs": "down" if n % 2 else "up"} for n in range(80)]
    await api.post("/api/v1/feedback", json={"feedback": signals})
    found = await api.post("/api/v1/patterns", json={"agent": "support", "days": 1})
    assert found.status_code == 201
    path = "/api/analytics/model-improvement"
    assert await _list(api, f"{path}/error-patterns", agent="support")
    told = (await api.post(f"{path}/improvement-suggestions", json={"agent": "support"})).json()["items"]
    assert told[0]["would_do"]
    assert told[0]["gain_low"] <= told[0]["gain"] <= told[0]["gain_high"]
    assert told[0]["cases"] == 40
    assert len(told[0]["evidence"]) == 20
    await _get(api, told[0]["evidence"][0])


async def test_weaknesses_are_looked_for_when_asked_for_and_nobody_has_yet(
    api: httpx2.AsyncClient, app: App
) -> None:
    records = [
        {
            "id": f"q{n}",
            "agent": "shop",
            "messages": [
                {"role": "user", "content": f"Redeem a gift voucher {n}" if n % 2 else f"Open {n}?"}
            ],
        }
        for n in range(80)
    ]
    await api.post("/api/v1/interactions", json={"interactions": records})
    signals = [{"interaction": f"q{n}", "thumbs": "down" if n % 2 else "up"} for n in range(80)]
    await api.post("/api/v1/feedback", json={"feedback": signals})
    path = "/api/analytics/model-improvement"
    told = await api.post(f"{path}/improvement-suggestions")
    assert told.status_code == 200
    assert told.json()["items"]
    made = await api.post("/api/v1/keys", json={"name": "reader", "scopes": ["read"]})
    api.headers["authorization"] = f"Bearer {made.json()['key']}"
    [found] = await _list(api, f"{path}/error-patterns", agent="shop")
    assert "voucher" in found["name"]
    shop = AgentId("shop")
    assert not app.runtime.store.patterns.latest(app.workspace, shop)  # a reader writes nothing


async def test_weaknesses_and_strengths_of_every_agent_are_found_on_demand(api: httpx2.AsyncClient) -> None:
    records, signals = [], []
    for n in range(480):
        tool = ("pay", "find", "post")[n % 3]
        bad = n % 10 < {"pay": 8, "find": 4, "post": 0}[tool] and n >= 240
        about = {"id": f"d{n}", "agent": "desk", "at": f"2026-01-{5 + n // 60:02d}T12:00:00Z"}
        records.append(
            {**about, "messages": [{"role": "user", "content": "Do it"}], "tool_calls": [{"name": tool}]}
        )
        signals.append({"interaction": f"d{n}", "thumbs": "down" if bad else "up"})
    await api.post("/api/v1/interactions", json={"interactions": records})
    await api.post("/api/v1/feedback", json={"feedback": signals})
    made = await api.post("/api/v1/patterns", json={"days": 36_500})
    assert made.status_code == 201
    assert made.json()["hint"] is None
    found = {one["name"]: one for one in made.json()["items"]}
    weak, weekend, strong = (found.pop(name) for name in ("tool is pay", "weekend", "tool is post"))
    assert not found
    assert (weak["agent"], weak["name"], weak["conditions"]) == ("desk", "tool is pay", [["tool", "pay"]])
    assert (strong["polarity"], strong["name"]) == ("strength", "tool is post")
    assert (weak["trend"], weak["changed_on"], weak["times"]) == ("growing", "2026-01-09", 1)
    assert (weak["first_seen"], weak["last_seen"]) == ("2026-01-09T12:00:00Z", "2026-01-12T12:00:00Z")
    assert weak["failure_rate"] == pytest.approx(0.4)
    assert weak["difference_low"] > 0.1
    assert weekend["name"] == "weekend"  # it began to fail on a Friday
    listed = await _list(api, "/api/v1/patterns", agent="desk")
    assert {one["id"] for one in listed} == {weak["id"], weekend["id"], strong["id"]}
    errors = await _list(api, "/api/analytics/model-improvement/error-patterns")
    assert {one["id"] for one in errors} == {weak["id"], weekend["id"]}


IMPROVEMENT = "/api/analytics/model-improvement"
LISTS = (
    ("GET", "/api/v1/patterns"),
    ("POST", "/api/v1/patterns"),
    ("GET", "/api/v1/suggestions"),
    ("GET", f"{IMPROVEMENT}/error-patterns"),
    ("POST", f"{IMPROVEMENT}/improvement-suggestions"),
)


@pytest.mark.parametrize(("method", "path"), LISTS)
async def test_an_empty_list_says_how_many_more_are_needed(any_app: App, method: str, path: str) -> None:
    async with client_of(any_app) as api:

        async def ask(**more: Any) -> Any:
            answer = await (api.get(path, params=more) if method == "GET" else api.post(path, json=more))
            assert answer.status_code in (200, 201), answer.text
            assert answer.json()["items"] == []
            return answer.json()["hint"]

        assert "Nothing is recorded yet" in await ask()
        record = {"agent": "few", "messages": [{"role": "user", "content": "Hi"}], "answer": "No."}
        for number in range(3):
            sent = {"interactions": [{**record, "id": f"few{number}"}]}
            assert (await api.post("/api/v1/interactions", json=sent)).status_code == 201
        assert "3 interactions recorded and none is rated" in await ask(agent="few")
        signals = [{"interaction": f"few{number}", "thumbs": "down"} for number in range(2)]
        assert (await api.post("/api/v1/feedback", json={"feedback": signals})).status_code == 201
        for said in (await ask(agent="few"), await ask()):
            assert "2 rated, 2 of them failed" in said
            assert "at least 5 alike; 3 failing conversations more." in said
