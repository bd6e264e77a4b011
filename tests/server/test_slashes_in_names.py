"""What may be stored under a name can be asked for by it, also where the name holds a slash."""

import re
from collections.abc import Mapping

import httpx2
import pytest

pytestmark = pytest.mark.anyio
IDENT, AGENT = "2026/01 a", "meta-llama/Llama-3.1"


async def _post(api: httpx2.AsyncClient, path: str, body: Mapping[str, object]) -> None:
    answer = await api.post(path, json=body)
    assert answer.status_code == 201, answer.text


@pytest.mark.long
async def test_every_path_with_a_name_takes_one_that_holds_an_escaped_slash(api: httpx2.AsyncClient) -> None:
    document = (await api.get("/openapi.json")).json()
    named = [(path, method) for path, said in document["paths"].items() for method in said if "{" in path]
    assert len(named) > 20
    for path, method in named:
        answer = await api.request(method.upper(), re.sub(r"\{\w+\}", "a%2Fb", path), json={})
        assert "There is nothing at" not in answer.text, (method, path)
        assert answer.status_code != 405, (method, path)


async def test_records_agents_and_trust_are_found_by_names_with_a_slash(api: httpx2.AsyncClient) -> None:
    asked = {"id": IDENT, "agent": AGENT, "messages": [{"role": "user", "content": "Where?"}], "answer": "x"}
    await _post(api, "/api/v1/interactions", asked)
    await _post(api, "/api/v1/feedback", {"interaction": IDENT, "thumbs": "up"})
    ident, agent = (re.sub("/", "%2F", name).replace(" ", "%20") for name in (IDENT, AGENT))
    outcome = (await api.get(f"/api/v1/interactions/{ident}/outcome")).json()["outcome"]
    assert (outcome["interaction"], outcome["status"]) == (IDENT, "success")
    assert (await api.get(f"/api/v1/learning/trust-scores/{agent}")).json()["agent_id"] == AGENT
    assert (await api.get(f"/api/v1/interactions/{ident.lower()}")).status_code == 200
    missing = (await api.get("/api/v1/learning/trust-scores/a%2Fb")).json()
    assert "'a/b'" in missing["title"]


async def test_a_slash_that_is_not_escaped_still_parts_a_path(api: httpx2.AsyncClient) -> None:
    for path in ("/api/v1/interactions/a/b", "/api/v1/interactions/a/b%2Fc"):
        answer = await api.get(path)
        assert answer.status_code == 404
        assert "There is nothing at" in answer.json()["title"]
