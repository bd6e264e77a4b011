"""Under which names the server is addressed, and from which pages it is written to."""

import httpx2
import pytest

pytestmark = pytest.mark.anyio

BODY = {"name": "k", "scopes": ["read"]}


@pytest.mark.parametrize("host", ["upspiral", "testserver", "127.0.0.1.evil.example", "127.1", "0.0.0.0", ""])
async def test_a_name_that_nobody_set_is_refused(api: httpx2.AsyncClient, host: str) -> None:
    answer = await api.get("/api/v1/agents", headers={"host": host})
    assert answer.status_code == 400


@pytest.mark.parametrize("host", ["127.0.0.1", "127.0.0.1:8080", "localhost:1", "[::1]:8080"])
async def test_loopback_has_three_names(api: httpx2.AsyncClient, host: str) -> None:
    assert (await api.get("/api/v1/agents", headers={"host": host})).status_code == 200


@pytest.mark.parametrize(
    "origin",
    [
        "null",
        "https://",
        "file://",
        "file://127.0.0.1",
        "ftp://127.0.0.1",
        "x://y://127.0.0.1",
        "chrome-extension://127.0.0.1",
        "http://127.0.0.1:9",
        "http://127.0.0.1/",
        "http://a@127.0.0.1",
        "127.0.0.1",
    ],
)
async def test_no_page_of_another_origin_writes(api: httpx2.AsyncClient, origin: str) -> None:
    answer = await api.post("/api/v1/keys", json=BODY, headers={"origin": origin})
    assert answer.status_code == 403


@pytest.mark.parametrize("origin", ["http://127.0.0.1", "https://127.0.0.1"])
async def test_a_page_of_this_server_may_write(api: httpx2.AsyncClient, origin: str) -> None:
    answer = await api.post("/api/v1/keys", json=BODY, headers={"origin": origin})
    assert answer.status_code == 201
