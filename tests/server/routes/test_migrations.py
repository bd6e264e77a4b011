"""An agent moves to another model once that is proven to be as good, or because a person says so."""

from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path
from typing import Any

import httpx2
import pytest
from starlette.responses import JSONResponse, Response
from tests.server.conftest import client_of

from upspiral.app import App
from upspiral.config import load
from upspiral.domain.ids import MemoryId
from upspiral.testing import FakeProvider
from upspiral.testing.provider import Mood

pytestmark = pytest.mark.anyio
ASKED = ("Where is parcel {} of my order", "Please refund invoice {} for me", "Reset password {} at login")
CASES = 60
"""Of each kind of question: 150 pairs in all show that a loss of 2 points is ruled out."""


class RetiredModel(FakeProvider):
    """Says of every request what OpenAI says of a model that was switched off."""

    async def _refuse(self, mood: Mood) -> Response | None:
        return JSONResponse(
            {"error": {"message": "The model `old` has been deprecated", "code": "model_not_found"}}, 404
        )


def answer_right(asked: str) -> str:
    return f"Done: {asked}"


def answer_refunds_wrong(asked: str) -> str:
    number = next(int(word) for word in asked.split() if word.isdigit())
    return "I cannot say." if "refund" in asked and number % 5 == 0 else answer_right(asked)


@pytest.fixture
def app(data: Path) -> Iterator[App]:
    """An app that compares answers letter by letter, with nights."""
    with App(load(data=data, evaluate={"scorer": "exact"})) as opened:
        yield opened


@pytest.fixture
async def api(app: App) -> AsyncIterator[httpx2.AsyncClient]:
    async with client_of(app) as client:
        yield client


async def _record(api: httpx2.AsyncClient, url: str, *, model: str = "old", cases: int = CASES) -> None:
    """Make an agent, with conversations that users praised."""
    body = {"name": "shop", "model": {"model": f"openai-compatible:{model}", "url": url}}
    assert (await api.post("/api/v1/agents", json=body)).status_code == 201
    for kind, template in enumerate(ASKED):
        questions = [template.format(n) for n in range(cases)]
        turns = [
            {
                "id": f"int_{kind}_{n}",
                "agent": "shop",
                "messages": [{"role": "user", "content": question}],
                "answer": answer_right(question),
                "latency_ms": 800,
                "usage": {"input_tokens": 20, "output_tokens": 10, "cost": 0.002},
            }
            for n, question in enumerate(questions)
        ]
        if not turns:
            return
        sent = await api.post("/api/v1/interactions", json={"interactions": turns})
        assert sent.status_code < 300, sent.text
        praise = [{"interaction": one["id"], "thumbs": "up", "rater": f"u{one['id']}"} for one in turns]
        sent = await api.post("/api/v1/feedback", json={"feedback": praise})
        assert sent.status_code < 300, sent.text


async def _migrate(api: httpx2.AsyncClient, url: str, **more: object) -> dict[str, Any]:
    body = {"model": {"model": "new", "url": url}, **more}
    answer = await api.post("/api/v1/agents/shop/migrations", json=body, timeout=120)
    assert answer.status_code == 201, answer.text
    found: dict[str, Any] = answer.json()
    return found


@pytest.mark.long
async def test_an_equal_model_is_not_worse_and_goes_out_as_a_canary(api: httpx2.AsyncClient) -> None:
    with FakeProvider(answer_right) as old, FakeProvider(answer_right) as new:
        await _record(api, old.url)
        found = await _migrate(api, new.url, deploy=True, share=0.25)
        verdict = found["verdict"]
        assert (verdict["outcome"], found["pairs"], found["recorded"]) == ("not_worse", 3 * CASES, False)
        assert len([one for one in verdict["checks"] if "in slice" in one["name"]]) >= 2
        assert found["before"]["answers"] == found["after"]["answers"] == 3 * CASES
        assert found["after"]["median_ms"] > 0
        night = (await api.get(f"/api/v1/cycles/{found['night']}")).json()
        assert night["cycle"]["report"] == found["evaluation"]
        assert (night["cycle"]["share"], night["cycle"]["forced"]) == (0.25, False)
        await api.post(f"/api/v1/cycles/{found['night']}/cancel", json={})


@pytest.mark.long
async def test_a_model_that_is_worse_in_one_slice_stays_out_unless_a_person_says_so(
    api: httpx2.AsyncClient, caplog: pytest.LogCaptureFixture
) -> None:
    with FakeProvider(answer_right) as old, FakeProvider(answer_refunds_wrong) as new:
        await _record(api, old.url)
        found = await _migrate(api, new.url, deploy=True, levers=False)
        assert (found["verdict"]["outcome"], found["night"], found["levers"]) == ("worse", None, [])
        assert "refund" in found["verdict"]["reason"]
        forced = await _migrate(api, new.url, force=True, levers=False)
        assert (forced["evaluation"], forced["forced"]) == (
            found["evaluation"],
            True,
        )  # nobody is asked twice
        assert len(new.calls) == 3 * CASES
        night = (await api.get(f"/api/v1/cycles/{forced['night']}")).json()
        assert night["cycle"]["forced"]
        await api.post(f"/api/v1/cycles/{forced['night']}/cancel", json={})


class ShownRefunds(FakeProvider):
    """A model that answers refunds right only where a right answer to one stands before the question."""

    def say(self, path: str, body: dict[str, Any]) -> str:
        question = str(body["messages"][-1]["content"])
        shown = [one["content"] for one in body["messages"] if one["role"] == "assistant"]
        if "refund" in question and not any("refund" in str(one) for one in shown):
            return "I cannot say."
        return answer_right(question)


@pytest.mark.long
async def test_where_the_other_model_is_worse_levers_make_up_for_it_on_cases_of_their_own(
    api: httpx2.AsyncClient, app: App
) -> None:
    with FakeProvider(answer_right) as old, ShownRefunds() as new:
        await _record(api, old.url, cases=100)  # three in ten are taught, the others prove
        found = await _migrate(api, new.url, deploy=True)
        assert found["without_levers"]["outcome"] == "worse"
        [lever] = found["levers"]
        assert (lever["lever"], lever["verdict"]["outcome"]) == ("examples", "not_worse")
        assert found["verdict"] == lever["verdict"]
        assert (found["candidate"], found["version"]) == (lever["candidate"], "shop@3")
        assert found["night"]
        store = app.runtime.store
        version = store.agent_versions.get(app.workspace, found["candidate"])
        report = store.eval_reports.get(app.workspace, found["evaluation"])
        proven = {one.conversation for one in report.pairs}
        taught = {
            one.conversation for one in store.memory_items.of(app.workspace, version.memory or MemoryId(""))
        }
        assert taught
        assert not taught & proven
        [spent] = (await api.get("/api/v1/metrics/spending", params={"by": "agent"})).json()["items"]
        assert spent["calls"] >= len(old.calls) + len(new.calls) - 2
        await api.post(f"/api/v1/cycles/{found['night']}/cancel", json={})


@pytest.mark.long
async def test_where_no_lever_makes_up_for_it_the_model_stays_out_and_each_try_is_told(
    api: httpx2.AsyncClient,
) -> None:
    with FakeProvider(answer_right) as old, FakeProvider(answer_refunds_wrong) as new:
        await _record(api, old.url)
        found = await _migrate(api, new.url, deploy=True)
        assert (found["verdict"]["outcome"], found["night"]) == ("worse", None)
        assert found["without_levers"] is None
        tried = {one["lever"]: one for one in found["levers"]}
        assert tried["examples"]["verdict"]["outcome"] != "not_worse"
        assert "has no teacher" in tried["rules"]["reason"]
        assert tried["instructions"]["verdict"] is None


@pytest.mark.long
@pytest.mark.parametrize(
    ("model", "provider"), [("old", RetiredModel), ("o1-test", FakeProvider)], ids=["404", "date"]
)
async def test_where_the_old_model_is_gone_its_recorded_answers_stand_for_it(
    data: Path, model: str, provider: Callable[[], FakeProvider]
) -> None:
    settings = load(
        data=data,
        evaluate={"scorer": "exact"},
        providers={"shutdown_dates": {"o1-test": "2020-01-01"}},
    )
    with App(settings, nights=False) as app, provider() as old, FakeProvider(answer_right) as new:
        async with client_of(app) as api:
            await _record(api, old.url, model=model)
            found = await _migrate(api, new.url)
        assert (found["recorded"], found["verdict"]["outcome"]) == (True, "not_worse")
        assert len(old.calls) <= 1
        assert found["before"] == {
            "answers": 3 * CASES,
            "usd_per_1000": pytest.approx(2.0),
            "median_ms": 800.0,
            "p95_ms": 800.0,
        }


@pytest.mark.long
async def test_every_paid_call_counts_against_a_budget_and_none_is_made_beyond_it(
    api: httpx2.AsyncClient,
) -> None:
    with FakeProvider(answer_right) as old, FakeProvider(answer_right) as new:
        await _record(api, old.url, cases=20)
        await api.patch("/api/v1/agents/shop", json={"budget_tokens": 900})
        refused = await api.post(
            "/api/v1/agents/shop/migrations", json={"model": {"model": "new", "url": new.url}}, timeout=60
        )
        assert (refused.status_code, refused.json().get("code")) == (402, "budget_spent")
        asked = len(old.calls) + len(new.calls)
        assert 0 < asked < 2 * 3 * 20
        [spent] = (await api.get("/api/v1/metrics/spending", params={"by": "agent"})).json()["items"]
        assert (spent["calls"], spent["used_tokens"]) == (asked, 10 * asked)
        await api.patch("/api/v1/agents/shop", json={"budget_tokens": None})
        found = await _migrate(api, new.url)
        assert found["pairs"] == 3 * 20
        again = len(old.calls) + len(new.calls)
        await _migrate(api, new.url)
        assert len(old.calls) + len(new.calls) == again + 1, "only whether the old model is still there"
        [spent] = (await api.get("/api/v1/metrics/spending", params={"by": "agent"})).json()["items"]
        assert spent["calls"] == again + 1
        outlook = (await api.get("/api/v1/agents/shop/spending")).json()
        assert outlook["last"] is None, "work by day is no night"


async def test_few_conversations_say_how_many_more_are_needed(api: httpx2.AsyncClient) -> None:
    with FakeProvider(answer_right) as old, FakeProvider(answer_right) as new:
        await _record(api, old.url, cases=10)
        found = await _migrate(api, new.url)
    assert found["verdict"]["outcome"] == "inconclusive"
    assert 100 < found["verdict"]["more_pairs"] < 3_000


async def test_without_good_conversations_nothing_is_asked(api: httpx2.AsyncClient) -> None:
    with FakeProvider(answer_right) as old:
        await _record(api, old.url, cases=0)
        body = {"model": {"model": "new"}}
        refused = await api.post("/api/v1/agents/shop/migrations", json=body)
        same = await api.post("/api/v1/agents/shop/migrations", json={"model": {"model": "old"}})
        assert (refused.status_code, same.status_code) == (422, 409)
        assert "gone well" in refused.json()["title"]
        assert old.calls == []


async def test_the_cases_of_a_migration_are_none_that_a_night_learns_from(
    api: httpx2.AsyncClient, app: App
) -> None:
    with FakeProvider(answer_right) as old, FakeProvider(answer_right) as new:
        await _record(api, old.url, cases=10)
        await _migrate(api, new.url)
    assert app.runtime.store.datasets.latest(app.workspace, app.agent("shop").id) is None
