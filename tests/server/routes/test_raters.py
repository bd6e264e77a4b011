"""Raters are listed with reasons, an Outcome is explained, and who may only record may not judge."""

import json

import httpx2
import pytest

from upspiral.admin.keys import make_key
from upspiral.app import App
from upspiral.domain import Scope
from upspiral.domain.ids import DEFAULT_WORKSPACE

pytestmark = pytest.mark.anyio


async def _voted(api: httpx2.AsyncClient) -> None:
    """Record 40 answers; users agree on them, two or four each, and one says the contrary."""
    turns = [
        {"id": f"t{n}", "agent": "a", "messages": [{"role": "user", "content": "Hi"}], "answer": "Hello"}
        for n in range(40)
    ]
    await api.post("/api/v1/interactions", json={"interactions": turns})
    said = [
        {"interaction": f"t{n}", "rater": who, "score": float((n % 3 > 0) != (who == "contrary"))}
        for n in range(40)
        for who in ("anna", "ben/jo", "contrary", "cleo", "dora")
        if n % 2 or who not in ("cleo", "dora")
    ]
    assert (await api.post("/api/v1/feedback", json={"feedback": said})).status_code == 201


async def test_raters_are_listed_page_by_page_with_their_reasons(api: httpx2.AsyncClient) -> None:
    await _voted(api)
    assert (await api.get("/api/v1/raters")).json() == {"items": [], "next": None, "hint": None}
    done = (await api.post("/api/v1/schedules/raters/run")).json()
    assert "Of 5 raters 1 do not count" in done["said"]
    first = (await api.get("/api/v1/raters", params={"limit": 3})).json()
    rest = (await api.get("/api/v1/raters", params={"limit": 3, "after": first["next"]})).json()
    voices = {one["voice"] for one in first["items"] + rest["items"]}
    assert voices == {"user:anna", "user:ben/jo", "user:cleo", "user:contrary", "user:dora"}
    [silent] = (await api.get("/api/v1/raters", params={"below": 0.5})).json()["items"]
    assert (silent["voice"], silent["weight"]) == ("user:contrary", 0)
    assert silent["reason"].startswith(
        "Does not count: the votes tell nothing about the items. 40 of 40 votes"
    )
    [slashed] = (await api.get("/api/v1/raters", params={"name": "ben/jo"})).json()["items"]
    assert (await api.get(f"/api/v1/raters/{slashed['id']}")).json() == slashed
    assert (await api.get("/api/v1/raters/nobody")).status_code == 404


async def test_an_outcome_is_explained_by_its_signals_and_their_weights(
    api: httpx2.AsyncClient, app: App
) -> None:
    await _voted(api)
    before = (await api.get("/api/v1/interactions/t4/outcome")).json()
    assert "Nothing is known" in before["effect"]["words"]
    assert before["signals"][0]["reason"] == "Not weighed yet, so the weight is 1."
    assert before["outcome"]["status"] == "unknown"  # two against one
    app.weigh()
    told = (await api.get("/api/v1/interactions/t4/outcome")).json()
    assert told["outcome"]["status"] == "success"
    assert "The raters weigh contrary 0, " in told["effect"]["words"]
    assert "which turns it into a success" in told["effect"]["words"]
    assert {one["signal"]["rater"]: one["weight"] > 0 for one in told["signals"]} == {
        "anna": True, "ben/jo": True, "contrary": False
    }  # fmt: skip
    assert (await api.get("/api/v1/interactions/nowhere/outcome")).status_code == 404


def _bearer(app: App, *scopes: Scope) -> dict[str, str]:
    store, now = app.runtime.store, app.runtime.now()
    text, _ = make_key(store, DEFAULT_WORKSPACE, name="test", scopes=scopes, now=now)
    return {"authorization": f"Bearer {text}"}


def _trace(number: int) -> bytes:
    """One call of a model with an evaluation that calls itself a verifier's."""

    def said(**more: str) -> list[dict[str, object]]:
        return [{"key": k.replace("__", "."), "value": {"stringValue": v}} for k, v in more.items()]

    judged = said(gen_ai__evaluation__score__label="pass", upspiral__evaluation__source="verifier")
    span = {
        "traceId": f"{number:032x}", "spanId": f"{number:016x}", "name": "chat",
        "startTimeUnixNano": "1760000000000000000", "endTimeUnixNano": "1760000001000000000",
        "attributes": said(gen_ai__operation__name="chat", gen_ai__request__model="m"),
        "events": [
            {"name": "gen_ai.evaluation.result", "timeUnixNano": "1760000001000000000", "attributes": judged}
        ],
    }  # fmt: skip
    return json.dumps({"resourceSpans": [{"scopeSpans": [{"spans": [span]}]}]}).encode()


async def test_a_key_that_may_only_record_cannot_call_itself_a_verifier(
    api: httpx2.AsyncClient, app: App
) -> None:
    for number, scopes in enumerate([(Scope.INGEST,), (Scope.INGEST, Scope.FEEDBACK)], start=1):
        headers = _bearer(app, *scopes) | {"content-type": "application/json"}
        answer = await api.post("/v1/traces", content=_trace(number), headers=headers)
        assert answer.status_code == 200, answer.text
    signals = (await api.get("/api/v1/feedback")).json()["items"]
    assert sorted((one["source"], one["metadata"].get("claimed_source")) for one in signals) == [
        ("implicit", "verifier"), ("verifier", None)
    ]  # fmt: skip


async def test_a_key_that_may_only_record_cannot_correct(api: httpx2.AsyncClient, app: App) -> None:
    body = {"responseId": "r1", "modelId": "m", "query": "Hi", "response": "Hello", "correction": "Bye"}
    url = "/api/analytics/response-quality/response"
    answer = await api.post(url, json=body, headers=_bearer(app, Scope.INGEST))
    assert answer.json()["outcome"]["reason"] == "implicit by 1 rater: 0.00"
    [kept] = (await api.get("/api/v1/feedback")).json()["items"]
    assert (kept["source"], kept["correction"], kept["comment"]) == ("implicit", None, "Bye")
    assert kept["metadata"] == {"claimed_source": "user_correction"}


async def test_a_file_that_is_imported_with_such_a_key_brings_hints_only(
    api: httpx2.AsyncClient, app: App
) -> None:
    messages = [{"role": "user", "content": "Hi"}, {"role": "assistant", "content": "Hello"}]
    body = {"lines": [json.dumps({"messages": messages, "success": True})], "agent": "a"}
    for scopes in ((Scope.INGEST,), (Scope.INGEST, Scope.FEEDBACK)):
        headers = _bearer(app, *scopes)
        assert (await api.post("/api/v1/interactions/import", json=body, headers=headers)).status_code == 200
        [kept] = (await api.get("/api/v1/feedback")).json()["items"]
        assert kept["source"] == "implicit"  # the same line is kept once, as it came first


async def test_what_was_done_with_an_answer_is_heard_once_people_prove_it(
    api: httpx2.AsyncClient, app: App
) -> None:
    turns = [
        {"id": f"c{n}", "agent": "a", "messages": [{"role": "user", "content": "Hi"}], "answer": "Hello"}
        for n in range(130)
    ]
    await api.post("/api/v1/interactions", json={"interactions": turns})
    # Of 120 rated answers half are good; 45 of the good and 5 of the bad ones were copied.
    rated = [{"interaction": f"c{n}", "rater": "anna", "score": float(n < 60)} for n in range(120)]
    copied = [{"interaction": f"c{n}", "action": "copied"} for n in (*range(45), *range(60, 65), 125)]
    kept = await api.post("/api/v1/feedback", json={"feedback": rated + copied})
    assert kept.status_code == 201
    alone = (await api.get("/api/v1/interactions/c125/outcome")).json()
    assert alone["outcome"]["status"] == "unknown"
    assert "until enough answers" in alone["signals"][0]["reason"]
    app.weigh()
    proven = (await api.get("/api/v1/interactions/c125/outcome")).json()
    assert proven["outcome"]["status"] == "success"
    assert proven["signals"][0]["weight"] > 1
    assert "it called 45 good and 5 bad ones good" in proven["signals"][0]["reason"]
    known = (await api.get("/api/v1/raters/coverage")).json()
    assert (known["turns"], known["by_people"], known["with_implicit"]) == (130, 120, 51)
    [signal] = known["signals"]
    assert (signal["rater"], signal["judged"], signal["checked"]) == ("copied", 51, 50)


async def test_an_action_that_tells_nothing_stays_unheard(api: httpx2.AsyncClient, app: App) -> None:
    turns = [
        {"id": f"n{n}", "agent": "a", "messages": [{"role": "user", "content": "Hi"}], "answer": "Hello"}
        for n in range(101)
    ]
    await api.post("/api/v1/interactions", json={"interactions": turns})
    rated = [{"interaction": f"n{n}", "rater": "anna", "score": float(n % 2)} for n in range(100)]
    done = [{"interaction": f"n{n}", "action": "continued"} for n in (*range(60), 100)]
    assert (await api.post("/api/v1/feedback", json={"feedback": rated + done})).status_code == 201
    app.weigh()
    [found] = (await api.get("/api/v1/raters", params={"name": "continued"})).json()["items"]
    assert (found["voice"], found["weight"]) == ("implicit:continued", 0)
    assert found["reason"].startswith("Does not count")
    assert (await api.get("/api/v1/interactions/n100/outcome")).json()["outcome"]["status"] == "unknown"


async def test_the_component_sends_actions_with_a_rating_or_alone(api: httpx2.AsyncClient) -> None:
    turn = {"id": "r1", "agent": "a", "messages": [{"role": "user", "content": "Hi"}], "answer": "Hello"}
    await api.post("/api/v1/interactions", json={"interactions": [turn]})
    path = "/api/analytics/response-quality/feedback"
    for body in ({"actions": ["copied"]}, {"actions": ["copied"]}, {"actions": ["continued"], "rating": 1}):
        assert (await api.post(path, json={"responseId": "r1", **body})).status_code == 201
    said = (await api.get("/api/v1/feedback", params={"interaction": "r1"})).json()["items"]
    assert sorted((one["source"], one["rater"]) for one in said) == [
        ("implicit", "continued"), ("implicit", "copied"), ("user_rating", "anonymous")
    ]  # fmt: skip
    outcome = (await api.get("/api/v1/interactions/r1/outcome")).json()["outcome"]
    assert outcome["status"] == "failure"


async def test_an_action_is_no_judgement(api: httpx2.AsyncClient) -> None:
    both = {"interaction": "r1", "action": "copied", "thumbs": "up"}
    refused = await api.post("/api/v1/feedback", json=both)
    assert refused.status_code == 422
    assert "Send them as two signals" in refused.text
