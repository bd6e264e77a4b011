"""Pages of other origins may call what is meant for them, where the operator named them, and nothing else."""

from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx2
import pytest
from pydantic import ValidationError

from upspiral.app import App
from upspiral.capture.config import FeedbackSettings
from upspiral.config import load
from upspiral.server.app import create_app
from upspiral.server.middleware import Gatekeeper
from upspiral.server.origins import Origins

pytestmark = pytest.mark.anyio
SHOP, EVIL = "https://shop.example", "https://evil.example"
PATH = "/api/v1/response-feedback"


@contextmanager
def open_doors(data: Path, *origins: str) -> Iterator[Gatekeeper]:
    with App(load(data=data, feedback={"origins": origins}), nights=False) as app:
        yield create_app(app)


@pytest.fixture
def doors(data: Path) -> Iterator[Gatekeeper]:
    with open_doors(data, SHOP) as opened:
        yield opened


@pytest.fixture
async def api(doors: Gatekeeper) -> AsyncIterator[httpx2.AsyncClient]:
    async with client_of(doors) as client:
        yield client


def client_of(doors: Gatekeeper) -> httpx2.AsyncClient:
    transport = httpx2.ASGITransport(doors, raise_app_exceptions=False)
    return httpx2.AsyncClient(transport=transport, base_url="http://127.0.0.1")


def ask(origin: str, method: str = "POST") -> dict[str, str]:
    """Give the headers by which a browser asks whether a page may send a request."""
    return {"origin": origin, "access-control-request-method": method}


@pytest.mark.long
async def test_pages_of_a_named_origin_may_call_what_is_meant_for_pages_alone(
    doors: Gatekeeper, api: httpx2.AsyncClient
) -> None:
    shared = []
    for (method, path), policy in doors.policies.items():
        url = path.replace("{", "").replace("}", "")
        preflight = await api.options(url, headers=ask(SHOP, method))
        answer = await api.request(method, url, headers={"origin": SHOP}, content=b"{")
        may_read = "access-control-allow-origin" in answer.headers
        assert (preflight.status_code == 204) == may_read == policy.from_pages, (method, path)
        if policy.from_pages:
            shared.append(path)
        elif method != "GET":
            assert answer.status_code == 403, (method, path)
    assert PATH in shared


async def test_a_browser_is_told_what_it_may_send(api: httpx2.AsyncClient) -> None:
    said = await api.options(PATH, headers=ask(SHOP))
    assert said.status_code == 204
    assert said.headers["access-control-allow-origin"] == SHOP
    assert said.headers["access-control-allow-methods"] == "POST"
    assert "authorization" in said.headers["access-control-allow-headers"]
    assert said.headers["vary"] == "origin"
    assert "access-control-allow-credentials" not in said.headers


@pytest.mark.parametrize(
    "origin", [EVIL, "null", f"{SHOP}.evil.example", f"{SHOP}:8443", "http://shop.example"]
)
async def test_pages_of_any_other_origin_get_nothing(api: httpx2.AsyncClient, origin: str) -> None:
    assert (await api.options(PATH, headers=ask(origin))).status_code == 405
    said = await api.post(PATH, json={"thumbs": "up"}, headers={"origin": origin})
    assert said.status_code == 403
    assert "feedback.origins" in said.json()["hint"]
    assert "access-control-allow-origin" not in said.headers


async def test_by_default_no_page_of_another_origin_may_call(data: Path) -> None:
    with open_doors(data) as doors:
        async with client_of(doors) as api:
            assert (await api.options(PATH, headers=ask(SHOP))).status_code == 405
            said = await api.post(PATH, json={"thumbs": "up"}, headers={"origin": SHOP})
            assert said.status_code == 403
            own = await api.post(PATH, json={"thumbs": "up"}, headers={"origin": "http://127.0.0.1"})
            assert own.status_code == 401  # let in, and it has no token


def test_all_origins_may_be_named_at_once() -> None:
    origins = Origins(["127.0.0.1"], ["*"])
    assert origins.allows(EVIL)
    assert not origins.allows("")
    asks_nothing = {"method": "OPTIONS", "headers": [(b"origin", EVIL.encode())]}
    assert origins.read_preflight(asks_nothing) is None


@pytest.mark.parametrize(
    "text",
    ["shop.example", "https://shop.example/", "https://shop.example/path", "https://*.example", "null", ""],
)
def test_what_is_no_origin_is_no_setting(text: str) -> None:
    with pytest.raises(ValidationError, match="is no origin"):
        FeedbackSettings(origins=(text,))


@pytest.mark.parametrize("text", ["*", "https://shop.example", "http://127.0.0.1:3000", "http://[::1]:3000"])
def test_an_origin_is_written_as_browsers_write_it(text: str) -> None:
    assert FeedbackSettings(origins=(text,)).origins == (text,)
