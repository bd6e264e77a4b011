"""A page without a key rates the one answer that its token is for, and no other."""

from collections.abc import AsyncIterator
from typing import Any

import httpx2
import pytest
from tests.server.conftest import client_of
from tests.server.routes.sent import record

from upspiral.app import App
from upspiral.config import load

pytestmark = pytest.mark.anyio
SHOP = "https://shop.example"
PATH = "/api/v1/response-feedback"


@pytest.fixture
def app(data: Any) -> Any:
    """An app whose feedback may come from the pages of a shop."""
    settings = load(data=data, feedback={"origins": (SHOP,), "per_minute": 6, "total_per_minute": 1000})
    with App(settings, nights=False) as opened:
        yield opened


@pytest.fixture
async def page(app: App) -> AsyncIterator[httpx2.AsyncClient]:
    """What calls as a page of the shop does: with its origin, and without a key."""
    async with client_of(app) as client:
        del client.headers["authorization"]
        client.headers["origin"] = SHOP
        yield client


async def make_token(api: httpx2.AsyncClient, interaction: str = "i1", **more: object) -> dict[str, str]:
    made = await api.post("/api/v1/feedback-tokens", json={"interaction": interaction, **more})
    assert made.status_code == 201, made.text
    return {"authorization": f"Bearer {made.json()['token']}"}


async def list_feedback(api: httpx2.AsyncClient, interaction: str = "i1") -> list[dict[str, Any]]:
    found = await api.get("/api/v1/feedback", params={"interaction": interaction})
    items: list[dict[str, Any]] = found.json()["items"]
    return items


async def test_a_rating_counts_for_the_end_user_of_the_answer(
    api: httpx2.AsyncClient, page: httpx2.AsyncClient
) -> None:
    await api.post("/api/v1/interactions", json=record(id="i1", end_user="anna"))
    token = await make_token(api)
    body = {"responseId": "i1", "thumbs": "down", "labels": ["wrong", "rude"], "comment": "No."}
    said = await page.post(PATH, json=body, headers=token)
    assert (said.status_code, said.json()) == (201, {"success": True}), said.text
    assert said.headers["access-control-allow-origin"] == SHOP
    [kept] = await list_feedback(api)
    assert (kept["rater"], kept["score"], kept["source"]) == ("anna", 0.0, "user_rating")
    assert (kept["label"], kept["comment"]) == ("wrong, rude", "No.")


async def test_said_again_it_takes_the_place_of_what_was_said(
    api: httpx2.AsyncClient, page: httpx2.AsyncClient
) -> None:
    await api.post("/api/v1/interactions", json=record(id="i1"))
    token = await make_token(api, end_user="ben")
    for body, status in [
        ({"correction": "Tomorrow."}, "failure"),
        ({"thumbs": "up"}, "success"),
        ({"thumbs": "up"}, "success"),
        ({"rating": 1}, "failure"),
    ]:
        assert (await page.post(PATH, json=body, headers=token)).status_code == 201
        [kept] = await list_feedback(api)
        outcome = (await api.get("/api/v1/interactions/i1")).json()["outcome"]
        assert (outcome["status"], outcome["signals"]) == (status, [kept["id"]])
    assert (kept["rater"], kept["correction"]) == ("ben", None)


async def test_two_people_rate_one_answer_apart(api: httpx2.AsyncClient, page: httpx2.AsyncClient) -> None:
    await api.post("/api/v1/interactions", json=record(id="i1"))
    for name, thumbs in [("anna", "up"), ("ben", "down")]:
        token = await make_token(api, end_user=name)
        assert (await page.post(PATH, json={"thumbs": thumbs}, headers=token)).status_code == 201
    assert {(one["rater"], one["score"]) for one in await list_feedback(api)} == {("anna", 1), ("ben", 0)}


async def test_a_token_is_worth_nothing_for_another_answer(
    api: httpx2.AsyncClient, page: httpx2.AsyncClient
) -> None:
    for ident in ("i1", "i2"):
        await api.post("/api/v1/interactions", json=record(id=ident))
    token = await make_token(api, "i1")
    said = await page.post(PATH, json={"responseId": "i2", "thumbs": "down"}, headers=token)
    assert (said.status_code, said.json()["code"]) == (403, "forbidden")
    assert await list_feedback(api, "i2") == []


async def test_a_rating_may_come_before_its_answer_is_recorded(
    api: httpx2.AsyncClient, page: httpx2.AsyncClient, app: App
) -> None:
    token = await make_token(api, "later", end_user="anna")
    for thumbs in ("up", "down"):
        said = await page.post(PATH, json={"thumbs": thumbs, "actions": ["copied"]}, headers=token)
        assert said.status_code == 201, said.text
    await api.post("/api/v1/interactions", json=record(id="later"))
    app.join_early()
    found = await list_feedback(api, "later")
    assert {(one["rater"], one["score"]) for one in found} == {("anna", 0.0), ("copied", 1.0)}


async def test_a_token_does_what_it_may_and_no_more(
    api: httpx2.AsyncClient, page: httpx2.AsyncClient
) -> None:
    await api.post("/api/v1/interactions", json=record(id="i1"))
    token = await make_token(api, rights=["rate"])
    for body in ({"comment": "x"}, {"correction": "x"}, {"thumbs": "up", "correction": "x"}):
        assert (await page.post(PATH, json=body, headers=token)).status_code == 403
    assert (await page.post(PATH, json={"thumbs": "up"}, headers=token)).status_code == 201
    words = await make_token(api, rights=["comment", "correct"], end_user="eve")
    assert (await page.post(PATH, json={"labels": ["x"]}, headers=words)).status_code == 403


async def test_without_the_scope_feedback_its_key_lets_a_page_give_a_hint(
    api: httpx2.AsyncClient, page: httpx2.AsyncClient
) -> None:
    await api.post("/api/v1/interactions", json=record(id="i1"))
    made = (await api.post("/api/v1/keys", json={"name": "gateway", "scopes": ["ingest"]})).json()
    small = {"authorization": f"Bearer {made['key']}"}
    given = await api.post("/api/v1/feedback-tokens", json={"interaction": "i1"}, headers=small)
    token = {"authorization": f"Bearer {given.json()['token']}"}
    assert (await page.post(PATH, json={"correction": "Tomorrow."}, headers=token)).status_code == 201
    [kept] = await list_feedback(api)
    assert (kept["source"], kept["correction"], kept["score"]) == ("implicit", None, 0.0)


async def test_a_token_ends_with_the_key_that_made_it(
    api: httpx2.AsyncClient, page: httpx2.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("upspiral.admin.keys.FRESH_S", 0)
    made = (await api.post("/api/v1/keys", json={"name": "shop", "scopes": ["feedback"]})).json()
    mine = {"authorization": f"Bearer {made['key']}"}
    given = await api.post("/api/v1/feedback-tokens", json={"interaction": "i1"}, headers=mine)
    token = {"authorization": f"Bearer {given.json()['token']}"}
    assert (await page.post(PATH, json={"thumbs": "up"}, headers=token)).status_code == 201
    await api.delete(f"/api/v1/keys/{made['id']}")
    said = await page.post(PATH, json={"thumbs": "up"}, headers=token)
    assert said.status_code == 401
    assert "revoked" in said.json()["title"]


async def test_only_a_token_rates_and_it_opens_no_other_door(
    api: httpx2.AsyncClient, page: httpx2.AsyncClient, app: App
) -> None:
    key = {"authorization": api.headers["authorization"]}
    for headers in ({}, key, {"authorization": "Bearer upf_x.y"}, {"authorization": "Basic YTpi"}):
        said = await page.post(PATH, json={"thumbs": "up"}, headers=headers)
        assert said.status_code == 401, said.text
        assert said.headers["access-control-allow-origin"] == SHOP  # so that the page learns why
    token = await make_token(api)
    del page.headers["origin"]
    for path in ("/api/v1/interactions", "/api/v1/feedback", "/api/v1/agents", "/v1/models"):
        assert (await page.get(path, headers=token)).status_code == 401
    again = await page.post("/api/v1/feedback-tokens", json={"interaction": "i2"}, headers=token)
    assert again.status_code == 401


async def test_one_token_is_held_to_its_rate_and_takes_nothing_from_the_key(
    api: httpx2.AsyncClient, page: httpx2.AsyncClient
) -> None:
    token, other = await make_token(api, "i1"), await make_token(api, "i2")
    seen = [(await page.post(PATH, json={"thumbs": "up"}, headers=token)).status_code for _ in range(14)]
    assert seen[:6] == [201] * 6
    assert seen.count(429) >= 2
    assert (await page.post(PATH, json={"thumbs": "up"}, headers=other)).status_code == 201
    assert (await api.get("/api/v1/agents")).status_code == 200


async def test_a_large_body_is_not_read(api: httpx2.AsyncClient, page: httpx2.AsyncClient) -> None:
    token = await make_token(api)
    said = await page.post(PATH, json={"comment": "x" * 70_000}, headers=token)
    assert said.status_code == 413


async def test_a_repeated_request_is_done_once(api: httpx2.AsyncClient, page: httpx2.AsyncClient) -> None:
    await api.post("/api/v1/interactions", json=record(id="i1"))
    token = await make_token(api)
    first = await page.post(PATH, json={"thumbs": "up"}, headers={**token, "idempotency-key": "a"})
    await page.post(PATH, json={"thumbs": "down"}, headers=token)
    late = await page.post(PATH, json={"thumbs": "up"}, headers={**token, "idempotency-key": "a"})
    assert (first.status_code, late.headers["idempotency-replayed"]) == (201, "true")
    [kept] = await list_feedback(api)
    assert kept["score"] == 0.0


@pytest.mark.parametrize("body", [{}, {"responseId": "i1"}, {"thumbs": "sideways"}, {"userId": "eve"}, []])
async def test_a_rating_that_says_nothing_usable_is_refused(
    api: httpx2.AsyncClient, page: httpx2.AsyncClient, body: object
) -> None:
    token = await make_token(api)
    said = await page.post(PATH, json=body, headers=token)
    assert (said.status_code, said.json()["code"]) == (422, "invalid_input"), said.text


async def test_each_database_keeps_one_rating_of_one_token(any_api: httpx2.AsyncClient) -> None:
    await any_api.post("/api/v1/interactions", json=record(id="i1", end_user="anna"))
    token = await make_token(any_api)
    early = await make_token(any_api, "later", end_user="ben")
    for thumbs in ("up", "down"):
        for headers in (token, early):
            said = await any_api.post(PATH, json={"thumbs": thumbs}, headers=headers)
            assert said.status_code == 201, said.text
    await any_api.post("/api/v1/interactions", json=record(id="later"))
    last = await any_api.post(PATH, json={"rating": 3}, headers=early)
    assert last.status_code == 201
    assert [(one["rater"], one["score"]) for one in await list_feedback(any_api)] == [("anna", 0.0)]
    assert [(one["rater"], one["score"]) for one in await list_feedback(any_api, "later")] == [("ben", 0.5)]
