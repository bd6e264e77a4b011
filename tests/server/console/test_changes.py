"""Every form changes the real thing, and what was changed stands in the audit log."""

import re

import pytest
from tests.server.conftest import client_of
from tests.server.console.conftest import Browser, Door
from tests.server.console.site import AGENT, LABELED_PAIRS, Site

from upspiral.app import App
from upspiral.domain import DeploymentState, Scope
from upspiral.domain.learning.approval import ApprovalState

pytestmark = pytest.mark.anyio


@pytest.mark.long
async def test_rolling_back_takes_the_canary_back_and_is_written_down(
    app: App, site: Site, admin: Browser
) -> None:
    answer = await admin.send(
        f"/deployments/{site.canary}", "/deployments/rollback", {"agent": AGENT, "reason": "It was rude."}
    )
    assert answer.headers["location"] == f"/deployments/{site.canary}?notice=rolled-back"
    found = app.runtime.store.deployments.get(app.workspace, site.canary)
    assert found.state is DeploymentState.ROLLED_BACK
    page = await admin.open(answer.headers["location"])
    assert "The version was rolled back." in page
    assert "It was rude." in page
    assert "Roll back now" not in page
    audit = await admin.open("/audit")
    for text in ("roll back", "local commands", "agent: support", "reason: It was rude.", "console"):
        assert text in audit


async def test_approving_a_text_needs_one_press_and_keeps_the_name(
    app: App, site: Site, admin: Browser
) -> None:
    page = f"/levers/{site.approval}"
    assert "+Name the day of delivery." in await admin.open(page)
    answer = await admin.send(page, page, {"answer": "approve", "by": "Anna"})
    assert answer.headers["location"].endswith("notice=approved")
    kept = app.runtime.store.approvals.get(app.workspace, site.approval)
    assert (kept.state, kept.decided_by) == (ApprovalState.APPROVED, "Anna")
    assert "Anna" in await admin.open(page)
    again = await admin.send("/", page, {"answer": "refuse", "by": "Ben"})
    assert again.status_code == 409
    assert "takes no answer any more" in again.text


async def test_a_person_labels_pair_after_pair(app: App, site: Site, door: Door) -> None:
    browser, _ = await door.signed_in(Scope.READ, Scope.FEEDBACK)
    page = f"/labels/{site.comparison}"
    for left in range(LABELED_PAIRS, LABELED_PAIRS - 10, -1):
        text = await browser.open(page)
        assert f"{left} left" in text
        pair = re.search(r'name="pair" value="(\w+)"', text)
        assert pair
        shown = re.findall(r'<p class="text">(It arrives on Monday|It arrives tomorrow)', text)
        first_is_candidate = shown[0] == "It arrives on Monday"
        choice = "first" if first_is_candidate else "second"
        answer = await browser.send(page, page, {"pair": pair[1], "better": choice, "skip": "0"})
        assert answer.status_code == 303, answer.text
    labels = app.runtime.store.pair_labels.of_report(app.workspace, site.comparison)
    assert [(one.value, one.rater) for one in labels] == [(1.0, "anna")] * 10


async def test_a_skipped_pair_comes_again(site: Site, admin: Browser) -> None:
    page = f"/labels/{site.comparison}"
    first, second = await admin.open(page), await admin.open(f"{page}?skip=1")
    pair = re.compile(r'name="pair" value="(\w+)"')
    assert pair.findall(first) != pair.findall(second)
    assert pair.findall(await admin.open(f"{page}?skip={LABELED_PAIRS}")) == pair.findall(first)


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
