"""Every route against every kind of caller, generated from the routes themselves."""

from collections.abc import AsyncIterator
from random import Random

import httpx2
import pytest
from fastapi import FastAPI

from upspiral import capture
from upspiral.admin.agents import ModelSpec, create_agent
from upspiral.admin.keys import make_key
from upspiral.app import App
from upspiral.domain import Feedback, Interaction, Message, Scope, Source
from upspiral.domain.ids import AgentId, FeedbackId, InteractionId, WorkspaceId
from upspiral.errors import ConfigError
from upspiral.server.app import create_app
from upspiral.server.middleware import Gatekeeper
from upspiral.server.policy import table

pytestmark = pytest.mark.anyio
SECRET = "canary-of-the-other-workspace"
OTHER = WorkspaceId("other")
THEIRS = AgentId("theirs")


@pytest.fixture
def doors(app: App) -> Gatekeeper:
    return create_app(app)


@pytest.fixture
async def api(doors: Gatekeeper) -> AsyncIterator[httpx2.AsyncClient]:
    elsewhere = ("10.0.0.5", 5000)  # some routes need no key on the same machine
    transport = httpx2.ASGITransport(doors, raise_app_exceptions=False, client=elsewhere)
    async with httpx2.AsyncClient(transport=transport, base_url="http://127.0.0.1") as client:
        yield client


def _key(app: App, *scopes: Scope, workspace: str = "default", per_minute: int | None = None) -> str:
    text, _ = make_key(
        app.runtime.store,
        WorkspaceId(workspace),
        name="test",
        scopes=scopes,
        now=app.runtime.now(),
        per_minute=per_minute,
    )
    return text


def _bearer(key: str) -> dict[str, str]:
    return {"authorization": f"Bearer {key}"}


def _url(path: str) -> str:
    return path.replace("{", "").replace("}", "")


@pytest.mark.long
async def test_every_route_lets_in_exactly_whom_it_declares(
    app: App, doors: Gatekeeper, api: httpx2.AsyncClient
) -> None:
    keys = {scope: _key(app, scope) for scope in Scope}
    cells = 0
    for (method, path), policy in doors.policies.items():
        if policy.by_token:
            continue  # its callers are those of tests/server/browser
        if policy.is_page and policy.scopes:  # a key in a header does not count there, a session does
            answer = await api.request(method, _url(path), headers=_bearer(keys[Scope.ADMIN]), content=b"{")
            assert answer.status_code in (303, 403), (method, path, answer.status_code)
            cells += 1
        if policy.is_page:
            continue  # their callers are those of tests/server/console
        for scope, key in keys.items():
            answer = await api.request(method, _url(path), headers=_bearer(key), content=b"{")
            allowed = not policy.scopes or scope == Scope.ADMIN or scope in policy.scopes
            assert (answer.status_code != 403) == allowed, (method, path, scope, answer.text)
            assert answer.status_code != 401
            assert answer.status_code < 500, (method, path, scope, answer.text)
            cells += 1
        for headers in ({}, _bearer("ups_" + "0" * 49), {"authorization": "Basic YTpi"}):
            answer = await api.request(method, _url(path), headers=headers, content=b"{")
            assert (answer.status_code == 401) == bool(policy.scopes), (method, path, headers)
            cells += 1
    assert cells > 200


async def test_two_keys_in_one_request_are_refused(app: App, api: httpx2.AsyncClient) -> None:
    key = _key(app, Scope.READ)
    both = [("authorization", f"Bearer {key}"), ("x-api-key", key)]
    assert (await api.get("/api/v1/agents", headers=both)).status_code == 401
    assert (await api.get("/api/v1/agents", headers={"x-api-key": key})).status_code == 200
    assert (await api.get(f"/api/v1/agents?key={key}")).status_code == 401


async def test_a_revoked_key_is_refused(
    app: App, api: httpx2.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("upspiral.admin.keys.FRESH_S", 0)
    admin = _bearer((app.settings.data / "key").read_text().strip())
    body = {"name": "shop", "scopes": ["read"]}
    made = (await api.post("/api/v1/keys", json=body, headers=admin)).json()
    mine = _bearer(made["key"])
    assert (await api.get("/api/v1/agents", headers=mine)).status_code == 200
    gone = await api.delete(f"/api/v1/keys/{made['id']}", headers=admin)
    assert gone.status_code == 200, gone.text
    assert (await api.get("/api/v1/agents", headers=mine)).status_code == 401
    assert made["key"] not in (await api.get("/api/v1/keys", headers=admin)).text


async def test_the_key_itself_is_nowhere_in_the_data_folder_but_in_its_file(app: App) -> None:
    file = app.settings.data / "key"
    key = file.read_text().strip().encode()
    assert file.stat().st_mode & 0o777 == 0o600
    for path in app.settings.data.rglob("*"):
        assert path == file or not path.is_file() or key not in path.read_bytes(), path


async def test_nobody_makes_a_key_larger_than_his_own_or_for_another_workspace(
    app: App, api: httpx2.AsyncClient
) -> None:
    theirs = _bearer(_key(app, Scope.ADMIN, workspace="other"))
    body = {"name": "x", "scopes": ["read"], "workspace": "default"}
    refused = await api.post("/api/v1/keys", json=body, headers=theirs)
    assert refused.status_code == 403, refused.text
    small = _bearer(_key(app, Scope.READ, Scope.OPERATE))
    assert (await api.post("/api/v1/keys", json=body, headers=small)).status_code == 403
    admin = _bearer((app.settings.data / "key").read_text().strip())
    made = await api.post("/api/v1/keys", json=body | {"workspace": "new"}, headers=admin)
    assert made.json()["workspace"] == "new"


async def test_a_key_is_held_to_its_rate(app: App, api: httpx2.AsyncClient) -> None:
    mine = _bearer(_key(app, Scope.READ, per_minute=3))
    seen = [(await api.get("/api/v1/agents", headers=mine)).status_code for _ in range(5)]
    assert seen.count(429) >= 1
    assert seen[:2] == [200, 200]


@pytest.mark.parametrize("host", ["evil.example", "127.0.0.1.evil.example", "localhost/x", "a#localhost", ""])
async def test_a_foreign_host_is_refused_before_anything_else(api: httpx2.AsyncClient, host: str) -> None:
    answer = await api.get("/health", headers={"host": host})
    assert answer.status_code == 400, answer.text


async def test_a_page_of_another_origin_cannot_write(app: App, api: httpx2.AsyncClient) -> None:
    mine = _bearer(_key(app, Scope.ADMIN))
    body = {"name": "x", "scopes": ["read"]}
    answer = await api.post("/api/v1/keys", json=body, headers={**mine, "origin": "http://evil.example"})
    assert answer.status_code == 403
    same = await api.post("/api/v1/keys", json=body, headers={**mine, "origin": "http://127.0.0.1"})
    assert same.status_code == 201


def test_an_app_with_a_route_that_declares_nothing_does_not_start() -> None:
    app = FastAPI(openapi_url=None, docs_url=None, redoc_url=None)

    @app.get("/forgotten")
    def forgotten() -> None:
        return None

    with pytest.raises(ConfigError, match="/forgotten"):
        table(app.routes, ())


def _fill(app: App) -> dict[str, str]:
    """Give the other workspace something of every kind; returns ids by the name of the path parameter."""
    runtime = app.runtime
    store, now = runtime.store, runtime.now()
    store.workspaces.ensure(OTHER, now)
    model = ModelSpec("openai-compatible:gpt", "http://127.0.0.1:1/v1", None)
    create_agent(runtime, OTHER, THEIRS, model=model, teacher=None, instructions=SECRET, sampling={})
    interaction = Interaction(
        id=InteractionId(runtime.mint("int")),
        workspace=OTHER,
        agent=THEIRS,
        at=now,
        messages=(Message("user", SECRET),),
        answer=SECRET,
        model=SECRET,
        conversation=SECRET,
        trace=SECRET,
        end_user=SECRET,
    )
    capture.record(store, interaction)
    signal = Feedback(
        id=FeedbackId(runtime.mint("fb")),
        workspace=OTHER,
        interaction=interaction.id,
        at=now,
        source=Source.USER_RATING,
        score=0.0,
        comment=SECRET,
    )
    capture.give_feedback(store, [signal], settings=app.settings.capture, now=now)
    [version] = store.agent_versions.of(OTHER, THEIRS)
    return {"agent": THEIRS, "interaction": interaction.id, "version": version.id, "feedback": signal.id}


@pytest.mark.long
async def test_another_workspaces_key_finds_nothing_on_any_route(
    app: App, doors: Gatekeeper, api: httpx2.AsyncClient
) -> None:
    known = _fill(app)
    mine = _bearer(_key(app, Scope.ADMIN))
    rng = Random(0)
    walked = 0
    for (method, path), policy in doors.policies.items():
        if not policy.scopes:
            continue
        for ident in set(known.values()):
            url = path
            for name in known:
                url = url.replace("{" + name + "}", known[name])
            while "{" in url:
                start, end = url.index("{"), url.index("}")
                url = url[:start] + rng.choice(sorted(known.values())) + url[end + 1 :]
            query = dict.fromkeys(("agent", "interaction", "conversation", "trace", "end_user"), ident)
            body = {"agent": ident, "interaction": ident, "thumbs": "up", "model": ident, "messages": []}
            json = None if method == "GET" else body
            answer = await api.request(method, url, params=query, headers=mine, json=json)
            assert SECRET not in answer.text, (method, url, answer.text[:300])
            assert answer.status_code < 500, (method, url, answer.text)
            walked += 1
    theirs = _bearer(_key(app, Scope.ADMIN, workspace=OTHER))
    assert SECRET in (await api.get("/api/v1/interactions", headers=theirs)).text  # it was there to be found
    assert walked > 40


async def test_a_key_that_may_start_trainings_may_read_the_jobs_and_nothing_else(
    app: App, api: httpx2.AsyncClient
) -> None:
    mine = _bearer(_key(app, Scope.MODEL_TRAINING))
    assert (await api.get("/api/v1/jobs", headers=mine)).json()["items"] == []
    assert (await api.get("/api/v1/jobs/job_none", headers=mine)).status_code == 404
    for path in ("/api/v1/interactions", "/api/v1/learning/trust-scores"):
        assert (await api.get(path, headers=mine)).status_code == 403
