"""A remedy in words: a guideline makes a version, is proven on held-out cases, and counts as evidence."""

import re
import time
from collections.abc import AsyncIterator, Iterator
from typing import Any

import anyio
import httpx2
import pytest
from tests.waiting import PATIENCE_S

from upspiral.testing import FakeProvider

pytestmark = pytest.mark.anyio
RULE = "Vouchers cannot be paid out."
ADJECTIVES = ("red", "blue", "old", "new", "small", "large", "used", "lost", "long", "short")
THINGS = ("lamp", "table", "jacket", "chair", "shoe", "clock")


@pytest.fixture
def provider() -> Iterator[FakeProvider]:
    """A model that knows of vouchers only what its guidelines say."""

    def reply(asked: str) -> str:
        words = str(made.bodies[-1]["messages"])
        knows = "voucher" not in asked or RULE in words
        return f"Yes: {asked}" if knows else "Ask somebody else."

    with FakeProvider(reply) as made:
        yield made


@pytest.fixture
async def support(api: httpx2.AsyncClient, provider: FakeProvider) -> AsyncIterator[str]:
    def rewritten(asked: str) -> str:
        return "Yes: " + asked.partition("<question>")[2].partition("</question>")[0].strip()

    with FakeProvider(rewritten) as teacher:
        names = {"model": provider.url, "teacher": teacher.url}
        body = {name: {"model": "openai-compatible:gpt", "url": url} for name, url in names.items()}
        made = await api.post("/api/v1/agents", json={"name": "support", **body})
        assert made.status_code == 201, made.text
        yield "/api/v1/agents/support/versions"


async def _day(api: httpx2.AsyncClient) -> None:
    """Let people ask about a voucher, or not; who gets no answer says what it should have been."""
    signals = []
    for number in range(120):
        thing = f"{ADJECTIVES[number % 10]} {THINGS[number % 6]}"
        question = (
            f"Can I get my voucher for the {thing} paid out" if number % 2 else f"Do you sell a {thing}"
        )
        body = {"model": "support", "messages": [{"role": "user", "content": question}]}
        ident = (await api.post("/v1/chat/completions", json=body)).json()["id"]
        wrong = {"interaction": ident, "thumbs": "down", "correction": f"Yes: {question}"}
        signals.append(wrong if number % 2 else {"interaction": ident, "thumbs": "up"})
    given = await api.post("/api/v1/feedback", json={"feedback": signals})
    assert given.status_code == 201, given.text


async def _curate(api: httpx2.AsyncClient) -> dict[str, Any]:
    cycle = (await api.post("/api/v1/cycles", json={"agent": "support", "story": "curate"})).json()["id"]
    deadline = time.monotonic() + PATIENCE_S
    while True:
        seen: dict[str, Any] = (await api.get(f"/api/v1/cycles/{cycle}")).json()
        if seen["cycle"]["ended"]:
            return seen
        assert time.monotonic() < deadline
        await anyio.sleep(0.1)


@pytest.mark.long
async def test_a_guideline_is_compared_on_held_out_cases_and_becomes_evidence_for_its_kind(
    api: httpx2.AsyncClient, support: str
) -> None:
    await _day(api)
    held = (await _curate(api))["dataset"]["heldout"]
    url, asked = "/api/analytics/model-improvement/improvement-suggestions", {"agent": "support"}
    before = (await api.post(url, json=asked)).json()["items"]
    made = (await api.post(support, json={"rules": [RULE]})).json()
    assert (made["number"], made["rules"]) == (2, [RULE])
    versions = {"agent": "support", "candidate": "2", "incumbent": "live"}
    report = await api.post("/api/v1/evaluations", json=versions)
    assert report.status_code == 201, report.text
    seen = report.json()["overall"]
    assert (seen["n"], seen["losses"]) == (held, 0)
    assert seen["wins"] > 5
    after = (await api.post(url, json=asked)).json()["items"]
    guessed, known = (next(one for one in told if one["remedy"] == "rule") for told in (before, after))
    assert "a guess" in guessed["basis"]
    assert re.fullmatch(r"(\d+) of \1 cases mended before", known["basis"])
    assert known["gain_low"] > guessed["gain_low"]


async def test_a_version_answers_nobody_until_it_is_let_out_and_keeps_what_is_not_changed(
    api: httpx2.AsyncClient, support: str, provider: FakeProvider
) -> None:
    shown = [{"question": "Do you sell it?", "answer": "Yes."}]
    first = (await api.post(support, json={"instructions": "Be short.", "examples": shown})).json()
    second = (await api.post(support, json={"of": "support@2", "rules": [RULE]})).json()
    assert (first["instructions"], first["examples"]) == ("Be short.", [["Do you sell it?", "Yes."]])
    assert {name: second[name] for name in ("instructions", "examples")} == {
        name: first[name] for name in ("instructions", "examples")
    }
    body = {"model": "support", "messages": [{"role": "user", "content": "Hi"}]}
    await api.post("/v1/chat/completions", json=body)
    assert provider.bodies[-1]["messages"] == body["messages"]
    seen = (await api.get("/api/v1/agents/support")).json()
    assert seen["agent"]["live"] == seen["versions"][0]["id"]


async def test_what_a_version_says_already_makes_no_other(api: httpx2.AsyncClient, support: str) -> None:
    assert (await api.post(support, json={"rules": [RULE]})).status_code == 201
    again = await api.post(support, json={"rules": [RULE]})
    assert again.status_code == 409
    assert "support@2 says just this already" in again.text
    assert (await api.post(support, json={})).status_code == 409
    assert (await api.post(support, json={"of": "9", "rules": []})).status_code == 404
    assert (await api.post(support, json={"rules": [""]})).status_code == 422
