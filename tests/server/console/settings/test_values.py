"""How it is set up, and what may be changed here."""

import re

import pytest
from tests.server.conftest import client_of
from tests.server.console.conftest import Browser
from tests.server.console.site import Site

from upspiral.app import App

pytestmark = pytest.mark.anyio


async def test_the_agents_part_shows_what_is_stored(site: Site, admin: Browser) -> None:
    page = await admin.open("/settings")
    for text in ("support@1", "openai-compatible:small-model"):
        assert text in page


async def test_the_schedules_part_shows_what_is_stored(site: Site, admin: Browser) -> None:
    page = await admin.open("/settings?part=schedules")
    for text in ("daily 02:00", "UTC"):
        assert text in page


async def test_the_keys_part_shows_what_is_stored(site: Site, admin: Browser) -> None:
    page = await admin.open("/settings?part=keys")
    for text in ("local commands", "admin"):
        assert text in page


async def test_the_values_part_shows_what_is_stored(site: Site, admin: Browser) -> None:
    page = await admin.open("/settings?part=values")
    for text in ("server.session_hours", "12"):
        assert text in page


async def test_a_key_is_shown_once_works_and_ends_when_revoked(app: App, site: Site, admin: Browser) -> None:
    answer = await admin.send("/settings?part=keys", "/settings/keys", {"name": "the shop", "role": "viewer"})
    made = re.search(r"ups_[0-9a-f]{6}[A-Za-z0-9_-]{43}", answer.text)
    assert made
    listed = await admin.open("/settings?part=keys")
    assert "the shop" in listed
    assert made[0] not in listed
    [key] = [one for one in app.runtime.store.keys.of(app.workspace) if one.name == "the shop"]
    await admin.send("/settings?part=keys", "/settings/keys/revoke", {"name": key.id})
    assert app.runtime.store.keys.get(app.workspace, key.id).revoked
    audit = await admin.open("/audit")
    assert "name: the shop" in audit
    assert made[0] not in audit


async def test_a_setting_changed_here_is_seen_by_the_api(app: App, site: Site, admin: Browser) -> None:
    await admin.send("/settings?part=schedules", "/settings/time-zone", {"time_zone": "Europe/Paris"})
    async with client_of(app) as api:
        assert (await api.get("/api/v1/workspace")).json()["time_zone"] == "Europe/Paris"
    wrong = await admin.send("/settings?part=schedules", "/settings/time-zone", {"time_zone": "Europe/Pari"})
    assert wrong.status_code == 422
    assert "Europe/Paris" in wrong.text
