"""A known id: a repetition answers as the first, other content is refused, a batch keeps its good items."""

from typing import Any

import httpx2
import pytest

from upspiral.app import App
from upspiral.domain.ids import DEFAULT_WORKSPACE, FeedbackId, InteractionId

pytestmark = pytest.mark.anyio
RECORDS, SIGNALS = "/api/v1/interactions", "/api/v1/feedback"
TRACK, EVALUATE = "/api/v1/learning/recommendations/track", "/api/v1/learning/outcomes/evaluate"
RESPONSE = "/api/analytics/response-quality/response"
ASKED = [{"role": "user", "content": "Where is it? I am ann@example.com"}]
RECORD = {"id": "same", "agent": "a", "messages": ASKED, "answer": "Here.", "latency_ms": 12.5}
CALLS = [{"name": "find", "arguments": '{"id": 7}', "result": "{}", "duration_ms": 3.25}]
KNOWN: list[tuple[str, dict[str, Any], dict[str, Any]]] = [
    (RECORDS, RECORD, {"answer": "There."}),
    (RECORDS, RECORD, {"agent": "b"}),
    (RECORDS, RECORD | {"tool_calls": CALLS, "metadata": {"task": "t"}}, {"metadata": {"task": "u"}}),
    (RECORDS, RECORD | {"usage": {"cost": 0.1, "input_tokens": 3}}, {"usage": {"cost": 0.2}}),
    (SIGNALS, {"id": "fb", "interaction": "known", "thumbs": "up"}, {"thumbs": "down"}),
    (SIGNALS, {"id": "fb", "interaction": "known", "thumbs": "up"}, {"interaction": "other"}),
    (SIGNALS, {"id": "fb", "trace": "early", "rating": 5}, {"rating": 1}),
    (SIGNALS, {"id": "fb", "trace": "early", "rating": 5}, {"trace": "later"}),
    (SIGNALS, {"id": "fb", "trace": "early", "comment": "x"}, {"trace": None, "interaction": "known"}),
    (SIGNALS, {"id": "fb", "interaction": "known", "comment": "x"}, {"interaction": None, "trace": "early"}),
    (TRACK, {"id": "rec", "agent_id": "s", "content": {"a": 1}, "confidence": 0.5}, {"content": {"a": 2}}),
    (EVALUATE, {"id": "ev", "recommendation_id": "known", "status": "approved"}, {"status": "rejected"}),
    (EVALUATE, {"id": "ev", "recommendation_id": "late", "quality": 80}, {"quality": 20}),
    (RESPONSE, {"responseId": "r", "modelId": "m", "query": "q", "response": "a"}, {"response": "b"}),
]


@pytest.mark.parametrize(("url", "body", "change"), KNOWN)
async def test_a_repetition_answers_as_the_first_and_other_content_is_refused(
    api: httpx2.AsyncClient, app: App, url: str, body: dict[str, Any], change: dict[str, Any]
) -> None:
    for ident in ("known", "other"):
        await api.post(RECORDS, json={"id": ident, "agent": "a", "messages": ASKED})
    first, again = [await api.post(url, json=body) for _ in range(2)]
    assert first.status_code == again.status_code == 201, again.text
    assert _timeless(first.json()) == _timeless(again.json())
    before = _counts(app)
    other = await api.post(url, json=body | change)
    assert other.status_code == 409, other.text
    assert "retry-after" not in other.headers
    assert _counts(app) == before


def _timeless(said: Any) -> Any:
    if isinstance(said, dict):
        return {name: _timeless(value) for name, value in said.items() if name not in ("at", "settled")}
    return [_timeless(one) for one in said] if isinstance(said, list) else said


def _counts(app: App) -> tuple[int, int, int]:
    store = app.runtime.store
    rows = (store.interactions, store.feedback, store.early_feedback)
    return tuple(one.total(DEFAULT_WORKSPACE) for one in rows)  # type: ignore[return-value]


async def test_a_response_with_its_rating_is_kept_once_and_another_rating_is_added(
    api: httpx2.AsyncClient, app: App
) -> None:
    body = {"responseId": "r", "modelId": "m", "query": "q", "response": "a", "thumbs": "up"}
    for _ in range(2):
        assert (await api.post(RESPONSE, json=body)).status_code == 201
    assert app.runtime.store.feedback.total(DEFAULT_WORKSPACE) == 1
    assert (await api.post(RESPONSE, json=body | {"thumbs": "down"})).status_code == 201
    assert app.runtime.store.feedback.total(DEFAULT_WORKSPACE) == 2


async def test_of_a_batch_of_signals_the_good_ones_are_kept_and_each_other_is_told(
    api: httpx2.AsyncClient, app: App
) -> None:
    await api.post(RECORDS, json=RECORD)
    await api.post(SIGNALS, json={"id": "taken", "interaction": "same", "thumbs": "up"})
    good = [{"id": f"fb-{n}", "interaction": "same", "thumbs": "up"} for n in range(60)]
    bad: list[dict[str, Any]] = [
        {"id": "nowhere", "interaction": "int_does_not_exist", "thumbs": "up"},
        {"id": "taken", "interaction": "same", "thumbs": "down"},
        {"id": "nothing", "interaction": "same"},
        {"id": "two", "interaction": "same", "trace": "t", "thumbs": "up"},
        {"id": "far", "interaction": "same", "rating": 9},
        {"id": "odd", "interaction": "same", "thumbs": "up", "colour": "red"},
    ]
    waiting = {"id": "patient", "interaction": "later", "thumbs": "up", "wait": True}
    answer = await api.post(SIGNALS, json={"feedback": [*good[:30], *bad, *good[30:], waiting]})
    assert answer.status_code == 207, answer.text
    said = answer.json()
    assert [one["index"] for one in said["refused"]] == list(range(30, 36))
    assert [one["id"] for one in said["refused"]] == [one["id"] for one in bad]
    assert [one["status"] for one in said["refused"]] == [404, 409, 422, 422, 422, 422]
    assert said["feedback"] == [*(one["id"] for one in good), "patient"]
    assert said["waiting"] == ["patient"]
    assert all(one["title"] and one["hint"] for one in said["refused"])
    store = app.runtime.store
    assert len(store.feedback.about(DEFAULT_WORKSPACE, [InteractionId("same")])) == 61
    assert store.early_feedback.find(DEFAULT_WORKSPACE, FeedbackId("patient"))


async def test_of_a_batch_of_records_the_good_ones_are_kept(api: httpx2.AsyncClient, app: App) -> None:
    await api.post(RECORDS, json=RECORD)
    records = [
        RECORD,
        RECORD | {"answer": "No."},
        RECORD | {"id": "new"},
        {"agent": "a"},
        RECORD | {"id": "x"},
    ]
    answer = await api.post(RECORDS, json={"interactions": records})
    assert answer.status_code == 207, answer.text
    assert answer.json()["interactions"] == ["same", "new", "x"]
    assert [(one["index"], one["status"]) for one in answer.json()["refused"]] == [(1, 409), (3, 422)]
    assert app.runtime.store.interactions.total(DEFAULT_WORKSPACE) == 3


@pytest.mark.parametrize(
    ("item", "status"),
    [({"interaction": "nowhere", "thumbs": "up"}, 404), ({"interaction": "x"}, 422), ({}, 422)],
)
async def test_a_batch_of_which_nothing_is_kept_fails_as_its_first_item(
    api: httpx2.AsyncClient, item: dict[str, Any], status: int
) -> None:
    answer = await api.post(SIGNALS, json={"feedback": [item, item]}, headers={"idempotency-key": "b"})
    assert answer.status_code == status, answer.text
    assert len(answer.json()["refused"]) == 2
    assert answer.headers["content-type"] == "application/problem+json"


async def test_two_of_one_id_in_one_batch_are_kept_once(api: httpx2.AsyncClient, app: App) -> None:
    answer = await api.post(RECORDS, json={"interactions": [RECORD, RECORD, RECORD | {"answer": "No."}]})
    assert answer.status_code == 207
    assert [one["index"] for one in answer.json()["refused"]] == [2]
    assert app.runtime.store.interactions.get(DEFAULT_WORKSPACE, "same").answer == "Here."


async def test_a_signal_on_a_conversation_may_be_repeated_after_its_next_turn(
    api: httpx2.AsyncClient, app: App
) -> None:
    signal = {"id": "fb", "conversation": "c", "thumbs": "up"}
    for number in range(2):
        await api.post(
            RECORDS, json={"id": f"t{number}", "agent": "a", "conversation": "c", "messages": ASKED}
        )
        assert (await api.post(SIGNALS, json=signal)).status_code == 201
    [kept] = app.runtime.store.feedback.list_rows(DEFAULT_WORKSPACE)
    assert kept.interaction == "t0"
