"""One bad record stops nobody: each kind of value that no database holds, at every door, on both."""

import json
from base64 import urlsafe_b64encode
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

import httpx2
import pytest
from pydantic import BaseModel
from tests.server.conftest import wait_for_night

from upspiral.app import App
from upspiral.domain.ids import DEFAULT_WORKSPACE
from upspiral.server.schemas.base import Storable
from upspiral.testing import FakeProvider

pytestmark = pytest.mark.anyio
LONG = "".join(chr(97 + n * 7919 % 26) for n in range(9000))
TEXTS = {"NUL": r"a\u0000b", "half a character": r"a\ud800b", "9 kB": LONG}
"""As JSON writes them."""
NUMBERS = ("1e999", "-1e999", "Infinity", "-Infinity", "NaN", "1e300")
MOMENTS = (
    "0001-01-01T00:00:00+14:00",
    "0001-01-01T00:00:00Z",
    "1969-12-31T23:59:59Z",
    "9999-12-31T23:59:59-14:00",
)
CHAT = '{"model":"support","messages":[{"role":"user","content":"q"}]%s}'
ONE = '{"agent":"a","messages":[{"role":"user","content":"q"}]%s}'
JSON = {"content-type": "application/json"}


@pytest.fixture
def provider() -> Iterator[FakeProvider]:
    with FakeProvider() as fake:
        yield fake


@pytest.fixture
async def api(any_api: httpx2.AsyncClient, provider: FakeProvider) -> httpx2.AsyncClient:
    """A client on each database, with an agent that answers."""
    body = {"name": "support", "model": {"model": "openai-compatible:gpt", "url": provider.url}}
    made = await any_api.post("/api/v1/agents", json=body)
    assert made.status_code == 201, made.text
    return any_api


async def _post(api: httpx2.AsyncClient, path: str, body: str) -> httpx2.Response:
    return await api.post(path, content=body.encode("utf-8", "surrogatepass"), headers=JSON)


async def _refused(api: httpx2.AsyncClient, path: str, body: str, field: str) -> None:
    said = await _post(api, path, body)
    if said.status_code == 207:  # the good ones of a batch are kept
        [refused] = said.json()["refused"]
        assert refused["status"] == 422
        assert field in refused["title"]
        return
    assert said.status_code == 422, said.text
    assert field in said.json()["title"]


@pytest.mark.parametrize("value", TEXTS.values(), ids=list(TEXTS))
async def test_a_text_is_refused_with_its_field_where_the_caller_can_correct_it(
    api: httpx2.AsyncClient, value: str
) -> None:
    for field in ("id", "agent", "conversation", "trace", "end_user", "client_id", "model"):
        body = json.loads(ONE % "") | {field: "VALUE"}
        await _refused(api, "/api/v1/interactions", json.dumps(body).replace("VALUE", value), field)
        batch = json.dumps({"interactions": [json.loads(ONE % ""), body]}).replace("VALUE", value)
        await _refused(api, "/api/v1/interactions", batch, f"interactions.1.{field}")
    for field in ("rater", "label", "interaction"):
        body = {"interaction": "x", "thumbs": "up", field: "VALUE"}
        batch = json.dumps({"feedback": [body]}).replace("VALUE", value)
        await _refused(api, "/api/v1/feedback", batch, f"feedback.0.{field}")


@pytest.mark.parametrize("number", NUMBERS)
async def test_a_number_is_refused_with_its_field(api: httpx2.AsyncClient, number: str) -> None:
    await _refused(api, "/api/v1/interactions", ONE % f',"latency_ms":{number}', "latency_ms")
    await _refused(api, "/api/v1/interactions", ONE % f',"usage":{{"cost":{number}}}', "usage.cost")
    call = f',"tool_calls":[{{"name":"t","duration_ms":{number}}}]'
    await _refused(api, "/api/v1/interactions", ONE % call, "tool_calls.0.duration_ms")
    track = "/api/v1/learning/recommendations/track"
    for field in ("content", "evidence", "latency_ms", "deadline_ms", "confidence"):
        given = {"agent_id": "r", "content": 1} | {field: "VALUE"}
        await _refused(api, track, json.dumps(given).replace('"VALUE"', number), field)
    nested = '{"agent_id":"r","content":{"a":[1,' + number + "]}}"
    await _refused(api, track, nested, "content.a.1")


@pytest.mark.parametrize("moment", MOMENTS)
async def test_a_moment_is_refused_in_bodies_queries_and_cursors(
    api: httpx2.AsyncClient, moment: str
) -> None:
    await _refused(api, "/api/v1/interactions", ONE % f',"at":"{moment}"', "at")
    body = json.dumps({"interaction": "x", "wait": True, "thumbs": "up", "at": moment})
    await _refused(api, "/api/v1/feedback", body, "at")
    for name in ("since", "until"):
        said = await api.get("/api/v1/interactions", params={name: moment})
        assert said.status_code == 422, said.text
    for path in ("/api/v1/interactions", "/api/v1/feedback", "/api/v1/choices", "/api/v1/raters"):
        said = await api.get(path, params={"after": _forged(f"{moment} x")})
        assert said.status_code == 422, said.text
        said = await api.get(path, params={"after": _forged("2026-01-01T00:00:00Z \0")})
        assert said.status_code == 422, said.text


def _forged(text: str) -> str:
    return urlsafe_b64encode(text.encode()).decode().rstrip("=")


async def test_paths_and_queries_with_nul_are_refused(api: httpx2.AsyncClient) -> None:
    bad = quote("a\0b")
    paths = (
        f"/api/v1/interactions/{bad}",
        f"/api/v1/interactions?agent={bad}",
        f"/api/v1/interactions?end_user={bad}",
        f"/api/v1/interactions/search?text={bad}",
        f"/api/v1/feedback?interaction={bad}",
        f"/api/v1/metrics?agent={bad}",
        f"/api/v1/raters/{bad}",
        f"/api/v1/raters?name={bad}",
        f"/api/v1/choices/{bad}",
        f"/api/v1/agents/{bad}",
        f"/api/v1/learning/trust-scores/{bad}",
        f"/api/v1/interactions/{bad}/outcome",
        f"/api/v1/cycles/{bad}",
    )
    for path in paths:
        said = await api.get(path)
        assert said.status_code == 422, (path, said.text)
        assert "U+0000" in said.json()["title"]


@pytest.mark.parametrize("value", TEXTS.values(), ids=list(TEXTS))
async def test_what_the_gateway_gets_is_mended_and_kept(
    api: httpx2.AsyncClient, any_app: App, value: str
) -> None:
    more = ',"user":"VALUE","metadata":{"conversation":"VALUE","VALUE":"VALUE"}'
    body = (CHAT % more).replace('"q"', '"VALUE"').replace("VALUE", value)
    said = await _post(api, "/v1/chat/completions", body)
    assert said.status_code == 200, said.text
    kept = any_app.runtime.store.interactions.get(DEFAULT_WORKSPACE, said.json()["id"])
    assert kept.end_user is not None
    assert len(kept.conversation) <= 200
    assert len(kept.end_user) <= 200


async def test_long_headers_of_the_gateway_are_bounded_before_the_model_is_asked(
    api: httpx2.AsyncClient, any_app: App
) -> None:
    said = await api.post(
        "/v1/chat/completions",
        content=CHAT % "",
        headers={**JSON, "x-conversation-id": LONG, "x-client-request-id": LONG[::-1]},
    )
    assert said.status_code == 200, said.text
    kept = any_app.runtime.store.interactions.get(DEFAULT_WORKSPACE, said.json()["id"])
    assert (len(kept.conversation), len(kept.client_id or "")) == (200, 200)


def _span(number: int, **more: Any) -> dict[str, Any]:
    told = json.dumps([{"role": "user", "parts": [{"type": "text", "content": "Hi"}]}])
    attributes = {"gen_ai.operation.name": "chat", "gen_ai.request.model": "m", "gen_ai.input.messages": told}
    attributes |= more
    return {
        "traceId": f"{number:032x}",
        "spanId": f"{number:016x}",
        "name": "chat",
        "startTimeUnixNano": "1767225600000000000",
        "endTimeUnixNano": "1767225601000000000",
        "attributes": [{"key": k, "value": {"stringValue": v}} for k, v in attributes.items()],
    }


@pytest.mark.parametrize("value", TEXTS.values(), ids=list(TEXTS))
async def test_a_batch_of_spans_is_kept_whatever_one_of_them_holds(
    api: httpx2.AsyncClient, any_app: App, value: str
) -> None:
    names = (
        "gen_ai.agent.name",
        "gen_ai.conversation.id",
        "enduser.id",
        "gen_ai.request.model",
        "session.id",
    )
    spans = [_span(1), _span(2, **dict.fromkeys(names, "VALUE"), VALUE="VALUE"), _span(3, note="WRONG")]
    text = json.dumps({"resourceSpans": [{"scopeSpans": [{"spans": spans}]}]})
    said = await _post(api, "/v1/traces", text.replace("VALUE", value).replace('"WRONG"', "5"))
    assert said.status_code == 200, said.text
    assert said.json()["partialSuccess"]["rejectedSpans"] == "1"
    assert any_app.runtime.store.interactions.total(DEFAULT_WORKSPACE) == 2


async def test_lines_of_a_file_that_cannot_be_kept_are_named_and_the_rest_is_kept(
    api: httpx2.AsyncClient, any_app: App
) -> None:
    good = '{"messages":[{"role":"user","content":"x"},{"role":"assistant","content":"y"}]%s}'
    bad = [f',"latency_ms":{number}' for number in NUMBERS] + [f',"at":"{moment}"' for moment in MOMENTS]
    bad += [',"prompt_tokens":1e30', ',"completion_tokens":Infinity']
    mended = [f',"user":"{text}","note":"{text}","conversation":"{text}"' for text in TEXTS.values()]
    lines = [good % more for more in ("", *bad, *mended)] + ["a\0b", good.replace("x", "a\0b") % ""]
    said = await api.post("/api/v1/interactions/import", json={"lines": lines, "agent": "files"})
    assert said.status_code == 200, said.text
    lines_named = [one["line"] for one in said.json()["bad"]]
    assert lines_named[: len(bad)] == list(range(2, 2 + len(bad)))
    assert said.json()["recorded"] == any_app.runtime.store.interactions.total(DEFAULT_WORKSPACE) == 4


async def test_nights_and_routines_go_on_afterwards(api: httpx2.AsyncClient, any_app: App) -> None:
    for number in NUMBERS:
        await _post(api, "/api/v1/interactions", ONE % f',"usage":{{"cost":{number}}},"error":"x"')
    any_app.begin_due()
    for name in any_app.routines():
        said = any_app.run_routine(name).said
        assert "failed" not in said, (name, said)
    begun = await api.post("/api/v1/cycles", json={"agent": "support"})
    assert begun.status_code == 202, begun.text
    wait_for_night(any_app, begun.json()["id"])


def test_every_body_and_query_asks_the_same_module() -> None:
    kinds = [one for one in _subclasses(BaseModel) if one.__module__.startswith("upspiral.server.schemas")]
    assert len(kinds) > 20
    assert [one for one in kinds if not issubclass(one, Storable)] == []


def _subclasses(kind: type[BaseModel]) -> Iterator[type[BaseModel]]:
    for one in kind.__subclasses__():
        yield one
        yield from _subclasses(one)
