"""Of each request the log and the metrics get its route, never what it named."""

import httpx2
import pytest

from upspiral.app import App
from upspiral.server.app import create_app
from upspiral.server.observability.access_log import with_access_log

pytestmark = pytest.mark.anyio


async def test_each_request_is_observed_by_its_documented_route(app: App) -> None:
    seen: list[tuple[str, str, int, float]] = []
    program = with_access_log(create_app(app), lambda *told: seen.append(told))
    key = (app.settings.data / "key").read_text().strip()
    async with httpx2.AsyncClient(
        transport=httpx2.ASGITransport(program), base_url="http://127.0.0.1"
    ) as client:
        headers = {"authorization": f"Bearer {key}"}
        await client.get("/api/v1/agents/the%20name%20of%20anna", headers=headers)
        await client.get("/no/such/anna")
        await client.get("/api/v1/agents")
    assert [told[:3] for told in seen] == [
        ("GET", "/api/v1/agents/{agent}", 404),
        ("GET", "unknown", 404),
        ("GET", "unknown", 401),
    ]
    assert all(0 <= told[3] < 60 for told in seen)
