"""Feedback joins what it is about."""

import httpx2
import pytest
from tests.server.routes.sent import record

from upspiral.app import App

pytestmark = pytest.mark.anyio


async def test_feedback_by_trace_may_come_first(api: httpx2.AsyncClient, app: App) -> None:
    said = (await api.post("/api/v1/feedback", json={"trace": "t9", "thumbs": "down"})).json()
    assert said["waiting"] == said["feedback"]
    await api.post("/api/v1/interactions", json=record(id="late", trace="t9"))
    assert app.join_early() == 1
    shown = (await api.get("/api/v1/interactions/late")).json()
    assert shown["outcome"]["status"] == "failure"


async def test_a_response_and_its_rating_come_together(api: httpx2.AsyncClient) -> None:
    body = {"responseId": "r1", "modelId": "gpt", "query": "Hi", "response": "Hello", "rating": 5}
    answer = await api.post("/api/analytics/response-quality/response", json=body)
    assert answer.json()["outcome"]["status"] == "success", answer.text
    again = {"responseId": "r1", "thumbs": "down", "labels": ["wrong"], "comment": "No.", "userId": "ben"}
    rated = await api.post("/api/analytics/response-quality/feedback", json=again)
    assert rated.status_code == 201, rated.text
    assert len((await api.get("/api/v1/feedback", params={"interaction": "r1"})).json()["items"]) == 2


async def test_many_labels_that_are_each_allowed_are_kept_as_one_that_can_be_stored(
    api: httpx2.AsyncClient,
) -> None:
    body = {"responseId": "r9", "modelId": "gpt", "query": "Hi", "response": "Hello"}
    labels = ["😀" * 100] * 20
    said = await api.post("/api/analytics/response-quality/response", json=body | {"labels": labels})
    assert said.status_code == 201, said.text
