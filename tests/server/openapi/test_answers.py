"""Answers are what the API document says, over a store that holds one of everything."""

import re
from collections.abc import AsyncIterator
from typing import Any, TypeVar

import httpx2
import msgspec
import pytest
from msgspec import Struct
from tests.server.conftest import client_of
from tests.server.openapi.conformance import check, operations, successes

from upspiral.app import App
from upspiral.domain import (
    Agent,
    AgentVersion,
    Cycle,
    CycleEvent,
    Dataset,
    Deployment,
    Erasure,
    EvalReport,
    Example,
    Feedback,
    GateDecision,
    Interaction,
    LoggedChoice,
    ModelVersion,
    Outcome,
    Pattern,
    RaterWeight,
    Split,
    TrainingJob,
)
from upspiral.domain.access import Password, SealedKey
from upspiral.domain.ids import BudgetId
from upspiral.domain.judgment import PairLabel
from upspiral.domain.learning import LearningRun
from upspiral.domain.learning.approval import Approval
from upspiral.domain.night.budget import Budget, Reservation
from upspiral.domain.night.notification import Webhook, WebhookDelivery
from upspiral.domain.prompting import Memory, MemoryItem
from upspiral.domain.rollup import Rollup
from upspiral.domain.span import Span
from upspiral.server.openapi.examples import example_answer
from upspiral.store import Store

S = TypeVar("S", bound=Struct)
pytestmark = pytest.mark.anyio
NOT_THERE = {"get_agent_profile", "get_profile", "get_agent_stats", "compare_agent_with_others"}
"""What these tell of is made by a learning cycle, or of outcomes that were counted."""


def _one(kind: type[S], **facts: Any) -> S:
    made = msgspec.convert(example_answer(kind), kind)
    return msgspec.structs.replace(made, **facts) if facts else made


def _count(one: Interaction) -> Rollup:
    """Count one Interaction, as recording it would: a search reads the days that have some."""
    day = one.at.date().isoformat()
    return _one(Rollup, workspace=one.workspace, day=day, agent=one.agent, n=1)


def _fill(store: Store) -> None:
    """Keep one of everything, each with the id that the examples name."""
    agent, version = _one(Agent), _one(AgentVersion)
    store.model_versions.insert_ignore(_one(ModelVersion))
    store.agents.insert_ignore(msgspec.structs.replace(agent, live=version.id))
    store.agent_versions.insert_ignore(version)
    store.interactions.insert_ignore(_one(Interaction, deployment=None, version=version.id))
    store.rollups.grow([_count(_one(Interaction))])
    store.feedback.insert_ignore(_one(Feedback))
    store.outcomes.insert_ignore(_one(Outcome, status="failure"))
    store.spans.insert_ignore(_one(Span))
    store.patterns.insert_ignore(_one(Pattern))
    store.approvals.insert_ignore(_one(Approval, agent=agent.id, candidate=version.id, live=version.id))
    store.datasets.insert_ignore(_one(Dataset))
    store.examples.insert_ignore(_one(Example, split=Split.HELDOUT))
    store.memories.insert_ignore(_one(Memory, erased=()))
    store.memory_items.insert_ignore(_one(MemoryItem))
    store.training_jobs.insert_ignore(_one(TrainingJob))
    store.eval_reports.insert_ignore(_one(EvalReport))
    store.pair_labels.insert_ignore(_one(PairLabel))
    store.gate_decisions.insert_ignore(_one(GateDecision))
    store.deployments.insert_ignore(_one(Deployment))
    store.cycles.insert_ignore(_one(Cycle))
    store.cycle_events.insert_ignore(_one(CycleEvent))
    store.budgets.insert_ignore(_one(Budget, id=BudgetId(_one(Cycle).id), agent=agent.id))
    store.reservations.insert_ignore(_one(Reservation, budget=BudgetId(_one(Cycle).id)))
    store.rater_weights.insert_ignore(_one(RaterWeight))
    store.choices.insert_ignore(_one(LoggedChoice))
    store.learning_runs.insert_ignore(_one(LearningRun, id="run_1"))
    store.erasures.insert_ignore(_one(Erasure))
    store.sealed_keys.insert_ignore(_one(SealedKey))
    store.passwords.insert_ignore(_one(Password, scrypt=""))
    store.webhooks.insert_ignore(_one(Webhook, sealed=False))
    store.deliveries.insert_ignore(_one(WebhookDelivery))


@pytest.fixture
async def full(any_app: App) -> AsyncIterator[httpx2.AsyncClient]:
    """A client of an app whose store holds one of everything."""
    _fill(any_app.runtime.store)
    async with client_of(any_app) as client:
        yield client


async def _track(api: httpx2.AsyncClient) -> str:
    body = {"agent_id": "STRAT-01", "type": "strategy", "content": {"channels": ["mail"]}, "confidence": 0.8}
    made = await api.post("/api/v1/learning/recommendations/track", json=body)
    recommendation: str = made.json()["recommendation_id"]
    verdict = {"recommendation_id": recommendation, "status": "approved", "quality": 90, "rank": 1}
    judged = await api.post("/api/v1/learning/outcomes/evaluate", json=verdict)
    assert (made.status_code, judged.status_code) == (201, 201)
    return recommendation


def _path(path: str, ids: dict[str, str]) -> str:
    return re.sub(r"{(\w+)}", lambda found: ids[found[1]], path)


@pytest.mark.long
async def test_every_reading_answer_over_a_full_store_is_as_described(
    full: httpx2.AsyncClient, document: dict[str, Any]
) -> None:
    recommendation = await _track(full)
    ids = {
        "agent": "support",
        "agent_id": "STRAT-01",
        "approval": _one(Approval).id,
        "cycle": _one(Cycle).id,
        "dataset": _one(Dataset).id,
        "evaluation": _one(EvalReport).id,
        "interaction": _one(Interaction).id,
        "iteration_id": "run_1",
        "job": _one(TrainingJob).id,
        "memory": _one(Memory).id,
        "model": "support",
        "name": "support",
        "rater": _one(RaterWeight).id,
        "recommendation_id": recommendation,
        "webhook": _one(Webhook).id,
    }
    query = {"policy": "thompson", "text": "parcel"}
    checked = set()
    for path, method, operation in operations(document):
        if method != "get":
            continue
        asked = {one["name"] for one in operation.get("parameters", ()) if one["in"] == "query"}
        given = {name: value for name, value in query.items() if name in asked}
        answer = await full.get(_path(path, ids), params=given)
        name = operation["operationId"]
        assert answer.status_code == 200 or name in NOT_THERE, (path, answer.text)
        if answer.status_code == 200:
            [(_, described)] = successes(operation)
            if "application/json" not in described["content"]:
                assert answer.text, f"{name} says nothing"  # metrics are text
                continue
            check(document, described["content"]["application/json"]["schema"], answer.json())
            checked.add(name)
            assert answer.json().get("items", [0]) or name in EMPTY, f"{name} lists nothing to be checked"
    assert len(checked) > 40


EMPTY = {
    "list_rules",
    "list_learned",
    "list_sample",
    "list_suggestions",
    "list_weaknesses",
    "rank_tools",
    "list_trust",
}
"""Lists that rest on more than one record of each kind."""


async def test_a_wrong_schema_is_found_out(full: httpx2.AsyncClient, document: dict[str, Any]) -> None:
    answer = (await full.get("/api/v1/outcomes")).json()
    schema = document["paths"]["/api/v1/outcomes"]["get"]["responses"]["200"]["content"]
    page = schema["application/json"]["schema"]
    check(document, page, answer)
    wrong = document["components"]["schemas"]["Outcome"]
    for change in (
        {"properties": {**wrong["properties"], "score": {"type": "string"}}},
        {"properties": {name: kind for name, kind in wrong["properties"].items() if name != "reason"}},
        {"required": [*wrong["required"], "verdict"]},
    ):
        document["components"]["schemas"]["Outcome"] = wrong | change
        with pytest.raises(ValueError, match=r"(?i)string|reason|verdict|not of type|additional"):
            check(document, page, answer)


WRITES: dict[str, dict[str, Any] | None] = {
    "/api/v1/interactions": {"agent": "support", "messages": [{"role": "user", "content": "Hi"}]},
    "/api/v1/feedback": {"interaction": _one(Interaction).id, "thumbs": "down"},
    "/api/v1/interactions/import": {"lines": ['{"messages": [], "answer": "x"}'], "agent": "support"},
    "/api/analytics/response-quality/feedback": {"responseId": _one(Interaction).id, "rating": 5},
    "/api/analytics/response-quality/response": None,
    "/api/analytics/model-improvement/improvement-suggestions": None,
    "/api/v1/learning/recommendations/track": None,
    "/api/v1/learning/workflows/evaluate": None,
    "/api/v1/learning/learning-cycles/trigger": None,
    "/api/v1/patterns": {"agent": "support"},
    "/api/v1/keys": None,
    "/api/v1/webhooks": {"address": "http://93.184.216.34/hook"},
    "/api/v1/webhooks/{webhook}/rotate": {},
    "/api/v1/erasures": None,
    "/api/v1/schedules/{name}/run": {},
    "/api/v1/evaluations/{evaluation}/labels": None,
    "/api/v1/evaluations/{evaluation}/decision": {},
}
"""Routes that write, with a body; None for the one that the document shows."""


async def test_writing_answers_are_as_described(full: httpx2.AsyncClient, document: dict[str, Any]) -> None:
    await _track(full)
    for path, body in WRITES.items():
        operation = document["paths"][path]["post"]
        shown = operation.get("requestBody", {}).get("content", {}).get("application/json", {}).get("example")
        answer = await full.post(
            _path(path, {"name": "learning", "evaluation": _one(EvalReport).id, "webhook": _one(Webhook).id}),
            json=shown if body is None else body,
        )
        described = dict(successes(operation)).get(str(answer.status_code))
        assert described, (path, answer.status_code, answer.text)
        check(document, described["content"]["application/json"]["schema"], answer.json())


async def test_batches_answer_as_described(full: httpx2.AsyncClient, document: dict[str, Any]) -> None:
    good = {"agent": "support", "messages": [{"role": "user", "content": "Hi"}]}
    for path, body in {
        "/api/v1/interactions": {"interactions": [good, {"agent": "support"}]},
        "/api/v1/feedback": {"feedback": [{"interaction": _one(Interaction).id, "thumbs": "up"}, {}]},
    }.items():
        answer = await full.post(path, json=body)
        assert answer.status_code == 207, answer.text
        described = document["paths"][path]["post"]["responses"]["207"]
        check(document, described["content"]["application/json"]["schema"], answer.json())
        assert len(answer.json()["refused"]) == 1


async def test_agents_answer_as_described(full: httpx2.AsyncClient, document: dict[str, Any]) -> None:
    model = {"model": "openai-compatible:m", "url": "http://127.0.0.1:9/v1"}
    for method, path, body in (
        ("post", "/api/v1/agents", {"name": "desk", "model": model}),
        ("post", "/api/v1/agents/{agent}/versions", {"rules": ["Be brief."]}),
        ("patch", "/api/v1/agents/{agent}", {"description": "Answers about parcels."}),
        ("get", "/api/v1/agents/{agent}", None),
        ("delete", "/api/v1/agents/{agent}", None),
        ("patch", "/api/v1/workspace", {"time_zone": "Europe/Paris"}),
    ):
        answer = await full.request(method.upper(), _path(path, {"agent": "desk"}), json=body)
        described = dict(successes(document["paths"][path][method])).get(str(answer.status_code))
        assert described, (path, answer.status_code, answer.text)
        check(document, described["content"]["application/json"]["schema"], answer.json())


async def test_a_list_is_read_page_by_page_to_its_end(full: httpx2.AsyncClient, any_app: App) -> None:
    store, first = any_app.runtime.store, _one(Cycle)
    store.cycles.insert_ignore(
        *(msgspec.structs.replace(first, id=f"cyc_{n}") for n in range(4))  # all began at one moment
    )
    seen: list[str] = []
    after = None
    while True:
        query = {"limit": 2} | ({"after": after} if after else {})
        page = (await full.get("/api/v1/cycles", params=query)).json()
        seen += [one["id"] for one in page["items"]]
        after = page["next"]
        if after is None:
            break
    assert sorted(seen) == sorted(["cyc_0", "cyc_1", "cyc_2", "cyc_3", first.id])
    assert len(set(seen)) == 5


async def test_outcomes_are_filtered_by_agent_status_and_moment(full: httpx2.AsyncClient) -> None:
    async def ask(**query: str) -> list[str]:
        answer = await full.get("/api/v1/outcomes", params=query)
        assert answer.status_code == 200, answer.text
        return [one["interaction"] for one in answer.json()["items"]]

    there = _one(Interaction).id
    assert (
        await ask() == await ask(agent="support", status="failure", since="2026-01-05T12:00:00Z") == [there]
    )
    assert await ask(status="success") == await ask(since="2026-01-05T12:00:01Z") == []
    assert (await full.get("/api/v1/outcomes", params={"agent": "nobody"})).status_code == 404
