"""Webhooks over REST: added by an administrator, shown without secrets, tried before they are needed."""

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import httpx2
import pytest
from standardwebhooks import Webhook as Verifier
from tests.notify.receiver import Receiver
from tests.server.conftest import client_of

from upspiral.app import App
from upspiral.config import load

pytestmark = pytest.mark.anyio
PATH = "/api/v1/webhooks"


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with Receiver() as opened:
        yield opened


@pytest.fixture
def app(data: Path) -> Iterator[App]:
    with App(load(data=data, providers={"allowed_addresses": ("127.0.0.1",)}), nights=False) as opened:
        yield opened


@pytest.fixture
async def api(app: App) -> AsyncIterator[httpx2.AsyncClient]:
    async with client_of(app) as client:
        yield client


async def test_a_webhook_is_added_tried_listed_and_removed(
    api: httpx2.AsyncClient, receiver: Receiver
) -> None:
    made = await api.post(PATH, json={"address": f"{receiver.url}/secret-path", "events": ["night.ended"]})
    assert made.status_code == 201
    webhook = made.json()
    assert made.headers["location"] == f"{PATH}/{webhook['id']}"
    tried = (await api.post(f"{PATH}/{webhook['id']}/test")).json()
    assert (tried["state"], tried["type"]) == ("delivered", "test")
    (received,) = receiver.received
    Verifier(webhook["secret"]).verify(received.body, received.headers)
    listed = await api.get(PATH)
    assert "secret" not in listed.text
    (card,) = listed.json()["items"]
    assert (card["kind"], card["shown"], card["events"]) == ("webhook", f"{receiver.url}/…", ["night.ended"])
    assert (await api.delete(f"{PATH}/{webhook['id']}")).status_code == 200
    assert (await api.get(PATH)).json()["items"] == []
    assert (await api.post(f"{PATH}/{webhook['id']}/test")).status_code == 404


async def test_an_unreachable_receiver_is_said_and_a_private_one_is_refused(api: httpx2.AsyncClient) -> None:
    made = (await api.post(PATH, json={"address": "http://127.0.0.1:9/x"})).json()
    tried = (await api.post(f"{PATH}/{made['id']}/test")).json()
    assert (tried["state"], "connection failed" in tried["note"]) == ("dead", True)
    for address in ("http://10.1.2.3/x", "http://169.254.169.254/", "http://[fd00::1]/"):
        refused = await api.post(PATH, json={"address": address})
        assert refused.status_code == 422
        assert "allowed_addresses" in refused.text


@pytest.mark.parametrize(
    "body",
    [
        {"address": "file:///etc/passwd"},
        {"address": "https://user:word@example.org/"},
        {"address": "https://example.org/", "kind": "carrier-pigeon"},
        {"address": "https://example.org/", "kind": "night-log"},
        {"address": "https://example.org/", "events": ["everything"]},
        {"address": "anna@example.org"},
        {"address": "https://example.org/", "headers": {"x": "y"}},
        {},
    ],
)
async def test_what_cannot_be_used_is_refused_with_what_is_wrong(
    api: httpx2.AsyncClient, body: dict[str, object]
) -> None:
    refused = await api.post(PATH, json=body)
    assert 400 <= refused.status_code < 500, refused.text
    assert refused.json()["title"]
    assert (await api.get(PATH)).json()["items"] == []


async def test_a_key_that_reads_may_list_and_may_not_add(app: App, api: httpx2.AsyncClient) -> None:
    key = (await api.post("/api/v1/keys", json={"name": "viewer", "scopes": ["read"]})).json()["key"]
    viewer = {"authorization": f"Bearer {key}"}
    assert (await api.get(PATH, headers=viewer)).status_code == 200
    for method, path in (("POST", PATH), ("POST", f"{PATH}/x/test"), ("DELETE", f"{PATH}/x")):
        assert (await api.request(method, path, headers=viewer, json={})).status_code == 403


async def test_webhooks_of_another_workspace_are_not_there(
    api: httpx2.AsyncClient, receiver: Receiver
) -> None:
    made = (await api.post(PATH, json={"address": receiver.url})).json()["id"]
    body = {"name": "b", "scopes": ["admin"], "workspace": "other"}
    other = {"authorization": f"Bearer {(await api.post('/api/v1/keys', json=body)).json()['key']}"}
    assert (await api.get(PATH, headers=other)).json()["items"] == []
    for method, path in (("POST", "/test"), ("POST", "/rotate"), ("GET", "/deliveries"), ("DELETE", "")):
        assert (await api.request(method, f"{PATH}/{made}{path}", headers=other)).status_code == 404


async def test_a_repeated_request_adds_one_webhook_and_shows_its_secret_once(
    api: httpx2.AsyncClient, receiver: Receiver
) -> None:
    again = {"idempotency-key": "k1"}
    first = await api.post(PATH, json={"address": receiver.url}, headers=again)
    second = await api.post(PATH, json={"address": receiver.url}, headers=again)
    assert (first.status_code, second.status_code) == (201, 409)
    assert first.json()["id"] in second.text
    assert len((await api.get(PATH)).json()["items"]) == 1


async def test_a_rotated_secret_signs_from_then_on(api: httpx2.AsyncClient, receiver: Receiver) -> None:
    made = (await api.post(PATH, json={"address": receiver.url})).json()
    fresh = (await api.post(f"{PATH}/{made['id']}/rotate")).json()["secret"]
    assert fresh != made["secret"]
    await api.post(f"{PATH}/{made['id']}/test")
    Verifier(fresh).verify(receiver.received[0].body, receiver.received[0].headers)
