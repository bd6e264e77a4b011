"""What was changed stands in the log, without secrets; what was recorded does not."""

import pytest
from tests.server.conftest import client_of
from tests.server.console.conftest import Browser
from tests.server.console.site import AGENT, Site

from upspiral.app import App

pytestmark = pytest.mark.anyio


async def test_changes_by_the_api_stand_in_the_log_too_without_their_secrets(
    app: App, site: Site, admin: Browser
) -> None:
    async with client_of(app) as api:
        await api.patch("/api/v1/workspace", json={"time_zone": "Europe/Rome"})
        await api.put("/api/v1/provider-keys/OPENAI_API_KEY", json={"key": "sk-secret"})
        await api.post("/api/v1/erasures", json={"end_user": "maria@example.org"})
        await api.get("/api/v1/agents")
        await api.patch("/api/v1/workspace", json={"time_zone": "nowhere"})
    audit = await admin.open("/audit")
    assert "time_zone: Europe/Rome" in audit
    assert "/api/v1/provider-keys/OPENAI_API_KEY" in audit
    assert "erase person" in audit
    for absent in ("sk-secret", "maria", "nowhere", "list agents"):
        assert absent not in audit


async def test_recording_what_happened_is_no_change(app: App, site: Site, admin: Browser) -> None:
    async with client_of(app) as api:
        body = {"agent": AGENT, "messages": [{"role": "user", "content": "Hi"}], "answer": "Hello"}
        assert (await api.post("/api/v1/interactions", json=body)).status_code == 201
    assert app.runtime.store.audit_entries.total(app.workspace) == 0
