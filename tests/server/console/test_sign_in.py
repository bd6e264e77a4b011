"""Who gets in, with what, and what a browser may change."""

import re
from datetime import timedelta

import pytest
from tests.server.console.conftest import Browser, Door, list_routes
from tests.server.console.site import AGENT, Site

from upspiral.admin import keys
from upspiral.admin.people.sessions import LINK_LIFE, make_sign_in_link
from upspiral.app import App
from upspiral.domain import DeploymentState, Scope
from upspiral.domain.learning.approval import ApprovalState
from upspiral.runtime import utc_now

pytestmark = pytest.mark.anyio
OWN = ("/sign-in", "/sign-out", "/theme", "/settings/own-password", "/settings/sign-out-everywhere")
"""Forms by which everybody changes what is their own."""


async def test_a_page_sends_a_stranger_to_the_sign_in_and_back(door: Door) -> None:
    browser = door.browser()
    answer = await browser.client.get("/nights?agent=a")
    assert answer.status_code == 303
    assert answer.headers["location"] == "/sign-in?next=%2Fnights%3Fagent%3Da"
    signed = await browser.send(
        answer.headers["location"], "/sign-in", {"key": browser.key, "next": "/nights?agent=a"}
    )
    assert signed.headers["location"] == "/nights?agent=a"


@pytest.mark.parametrize(
    "place", ["//evil.example", "https://evil.example", "/\\evil.example", "/\tevil", ""]
)
async def test_the_sign_in_leads_nowhere_else(door: Door, place: str) -> None:
    browser = door.browser()
    answer = await browser.send("/sign-in", "/sign-in", {"key": browser.key, "next": place})
    assert answer.headers["location"] == "/"


async def test_the_cookie_is_kept_from_scripts_and_from_other_sites(door: Door) -> None:
    browser = door.browser()
    cookie = (await browser.sign_in()).headers["set-cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=Strict" in cookie
    assert "Secure" not in cookie  # over http a browser would not send it back
    assert "upspiral_session=ups_" not in cookie  # the key itself never goes into it


async def test_over_https_the_cookie_goes_over_https_alone(door: Door) -> None:
    browser = door.browser()
    browser.client.base_url = "https://127.0.0.1"
    assert "; Secure" in (await browser.sign_in()).headers["set-cookie"]


@pytest.mark.parametrize("key", ["", "ups_000000", "no key at all", "ups_" + "0" * 49])
async def test_a_wrong_key_gets_nobody_in(door: Door, key: str) -> None:
    browser = door.browser()
    answer = await browser.send("/sign-in", "/sign-in", {"key": key})
    assert answer.status_code == 401
    assert "alert" in answer.text
    assert (await browser.client.get("/")).status_code == 303


async def test_a_key_that_may_not_read_opens_no_console(app: App, door: Door) -> None:
    text, _ = keys.grant_key(app.runtime, app.workspace, name="sender", scopes=[Scope.INGEST])
    answer = await door.browser(text).send("/sign-in", "/sign-in", {"key": text})
    assert answer.status_code == 403
    assert "may not read" in answer.text


async def test_a_link_signs_in_once(app: App, door: Door) -> None:
    browser = door.browser()
    made = await browser.client.post(
        "/api/v1/sign-in-links", headers={"authorization": f"Bearer {browser.key}"}
    )
    path = made.json()["path"]
    token = path.partition("=")[2]
    for expected in (303, 401):
        other = door.browser()
        answer = await other.send(path, "/sign-in", {"link": token})
        assert answer.status_code == expected
    assert "was used before" in answer.text


async def test_looking_at_a_link_does_not_use_it_up(app: App, door: Door) -> None:
    browser = door.browser()
    principal = keys.open_keyring(app.runtime).principal(browser.key)
    path = make_sign_in_link(app.runtime, principal).path
    for _ in range(3):
        await browser.open(path)
    answer = await browser.send(path, "/sign-in", {"link": path.partition("=")[2]})
    assert answer.status_code == 303


async def test_a_link_expires(app: App, door: Door, monkeypatch: pytest.MonkeyPatch) -> None:
    browser = door.browser()
    principal = keys.open_keyring(app.runtime).principal(browser.key)
    path = make_sign_in_link(app.runtime, principal).path
    later = utc_now() + LINK_LIFE + timedelta(seconds=1)
    monkeypatch.setattr(app.runtime, "now", lambda: later)
    answer = await browser.send(path, "/sign-in", {"link": path.partition("=")[2]})
    assert answer.status_code == 401


async def test_a_revoked_key_ends_its_session(app: App, door: Door, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(keys, "FRESH_S", 0.0)
    browser, key = await door.signed_in(Scope.READ)
    await browser.open("/")
    keys.revoke(app.runtime, app.workspace, key)
    assert (await browser.client.get("/")).headers["location"] == "/sign-in"


async def test_a_session_expires(app: App, door: Door, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(keys, "FRESH_S", 0.0)
    browser, _ = await door.signed_in(Scope.READ)
    await browser.open("/")
    later = utc_now() + timedelta(hours=app.settings.server.session_hours, seconds=1)
    monkeypatch.setattr(app.runtime, "now", lambda: later)
    assert (await browser.client.get("/")).status_code == 303


async def test_signing_out_ends_the_session_at_once(door: Door, admin: Browser) -> None:
    token = admin.client.cookies["upspiral_session"]
    answer = await admin.send("/", "/sign-out", {})
    assert answer.headers["location"] == "/sign-in"
    stolen = door.browser()
    stolen.client.cookies.set("upspiral_session", token)
    assert (await stolen.client.get("/")).status_code == 303


async def test_a_session_opens_no_other_route_and_a_key_opens_no_page(door: Door, admin: Browser) -> None:
    assert (await admin.client.get("/api/v1/agents")).status_code == 401
    bearer = {"authorization": f"Bearer {admin.key}"}
    assert (await door.browser().client.get("/nights", headers=bearer)).status_code == 303


@pytest.mark.long
async def test_every_form_needs_the_token_of_its_page(site: Site, door: Door, admin: Browser) -> None:
    other, _ = await door.signed_in(Scope.ADMIN)
    found = re.search(r'name="form_token" value="([0-9a-f]+)"', await other.open("/"))
    assert found
    paths = list_routes(site, "POST")
    assert len(paths) > 10
    for path in paths:
        for token in ("", "0" * 64, found[1]):
            answer = await admin.client.post(path, data={"form_token": token, "agent": AGENT, "name": "x"})
            assert answer.status_code == 403, path
            assert "does not belong to this session" in answer.text
        assert (await admin.client.post(path, data={})).status_code == 403, path


async def test_a_page_of_another_site_cannot_send_a_form(site: Site, admin: Browser) -> None:
    found = re.search(r'name="form_token" value="([0-9a-f]+)"', await admin.open("/"))
    assert found
    for origin in ("https://evil.example", "null"):
        answer = await admin.client.post(
            "/deployments/rollback",
            data={"form_token": found[1], "agent": AGENT},
            headers={"origin": origin},
        )
        assert answer.status_code == 403


async def test_a_viewer_sees_and_changes_nothing(app: App, site: Site, door: Door) -> None:
    viewer, _ = await door.signed_in(Scope.READ)
    page = await viewer.open(f"/deployments/{site.canary}")
    assert "Roll back now" not in page
    for path in list_routes(site, "POST"):
        if path in OWN:
            continue
        answer = await viewer.send("/", path, {"agent": AGENT, "answer": "approve", "name": "trust"})
        assert answer.status_code == 403, path
    await viewer.open("/audit", status=403)
    store = app.runtime.store
    assert store.deployments.get(app.workspace, site.canary).state is DeploymentState.CANARY
    assert store.approvals.get(app.workspace, site.approval).state is ApprovalState.WAITING


async def test_an_operator_runs_things_and_makes_no_keys(site: Site, door: Door) -> None:
    operator, _ = await door.signed_in(Scope.READ, Scope.OPERATE)
    answer = await operator.send("/", "/settings/schedules", {"name": "trust"})
    assert answer.headers["location"].endswith("notice=schedule-run")
    answer = await operator.send("/", "/settings/keys", {"name": "x", "role": "admin"})
    assert answer.status_code == 403


async def test_the_theme_is_the_browsers_own(admin: Browser) -> None:
    answer = await admin.send("/", "/theme", {"theme": "dark", "next": "/nights"})
    assert answer.headers["location"] == "/nights"
    assert 'data-theme="dark"' in await admin.open("/nights")
    await admin.send("/", "/theme", {"theme": "<script>", "next": "/"})
    assert 'data-theme="auto"' in await admin.open("/")
