"""People sign in by a password, see where they are signed in, and sign out everywhere."""

import pytest
from tests.server.console.conftest import Browser, Door
from tests.server.console.site import Site

from upspiral.admin import keys
from upspiral.admin.people import passwords
from upspiral.app import App
from upspiral.domain import Scope

pytestmark = pytest.mark.anyio
PASSWORD = "correct horse battery staple"
PAGE = "/settings?part=people"


@pytest.fixture(autouse=True)
def quick_hashes(monkeypatch: pytest.MonkeyPatch) -> None:
    """Hashes that are quick to make; test_passwords makes a slow one."""
    monkeypatch.setattr(passwords, "COST", (4, 8, 1))


async def sign_in(door: Door, name: str, password: str) -> tuple[Browser, int, str]:
    """Sign a browser in by name and password; give it, the status and the page."""
    browser = door.browser("no key")
    answer = await browser.send("/sign-in", "/sign-in", {"name": name, "password": password})
    return browser, answer.status_code, answer.text


async def test_a_password_set_here_signs_in_with_the_rights_of_its_key(door: Door, admin: Browser) -> None:
    _, key = await door.signed_in(Scope.READ)
    fields = {"name": "anna", "key": key, "password": PASSWORD}
    answer = await admin.send(PAGE, "/settings/passwords", fields)
    assert answer.headers["location"].endswith("notice=password-set")
    assert "anna" in await admin.open(PAGE)
    browser, status, _ = await sign_in(door, "anna", PASSWORD)
    assert status == 303
    page = await browser.open("/")
    assert "viewer" in page
    assert "People with a password" not in await browser.open(PAGE)
    for name, wrong in (("anna", "correct horse battery"), ("ben", PASSWORD), ("anna", "")):
        _, status, text = await sign_in(door, name, wrong)
        assert status == 401
        assert "do not belong together" in text
        assert PASSWORD not in text
    audit = await admin.open("/audit")
    assert "name: anna" in audit
    assert PASSWORD not in audit


async def test_a_person_sets_the_own_password_after_a_link_and_signs_in_by_it(app: App, door: Door) -> None:
    browser, key = await door.signed_in(Scope.READ)
    answer = await browser.send(PAGE, "/settings/own-password", {"name": "carla", "password": PASSWORD})
    assert answer.headers["location"] == "/sign-in"
    assert (await browser.client.get("/")).status_code == 303
    again, status, _ = await sign_in(door, "carla", PASSWORD)
    assert status == 303
    assert "sign in by password as <strong>carla</strong>" in await again.open(PAGE)
    [entry] = app.runtime.store.audit_entries.select()
    assert (entry.action, entry.key, entry.detail) == ("set own password", key, "name: carla")


async def test_a_name_of_somebody_else_and_a_weak_password_are_refused(door: Door, admin: Browser) -> None:
    browser, _ = await door.signed_in(Scope.READ)
    _, key = await door.signed_in(Scope.READ)
    await admin.send(PAGE, "/settings/passwords", {"name": "anna", "key": key, "password": PASSWORD})
    for fields, status, told in (
        ({"name": "anna", "password": PASSWORD}, 409, "is taken"),
        ({"name": "dora", "password": "short"}, 422, "12 to 200"),
        ({"name": "dora", "password": "aaaaaaaaaaaaaaaa"}, 422, "guessed at once"),
        ({"name": "dora@example.org", "password": PASSWORD}, 422, "cannot be the name"),
    ):
        answer = await browser.send(PAGE, "/settings/own-password", fields)
        assert answer.status_code == status, answer.text
        assert told in answer.text


async def test_signing_out_everywhere_ends_every_browser_of_the_key(door: Door) -> None:
    first, _ = await door.signed_in(Scope.READ)
    second = door.browser(first.key)
    await second.sign_in()
    other, _ = await door.signed_in(Scope.READ)
    assert (await first.open(PAGE)).count("<td>20") == 4
    answer = await second.send(PAGE, "/settings/sign-out-everywhere", {})
    assert answer.headers["location"] == "/sign-in"
    for browser in (first, second):
        assert (await browser.client.get("/")).status_code == 303
    await other.open("/")


async def test_a_revoked_key_ends_its_sessions_and_its_password(
    app: App, door: Door, admin: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(keys, "FRESH_S", 0.0)
    _, key = await door.signed_in(Scope.READ)
    passwords.set_password(app.runtime, app.workspace, "anna", key=key, password=PASSWORD)
    browser, status, _ = await sign_in(door, "anna", PASSWORD)
    assert status == 303
    await browser.open("/")
    await admin.send("/settings?part=keys", "/settings/keys/revoke", {"name": key})
    assert (await browser.client.get("/")).status_code == 303
    _, status, _ = await sign_in(door, "anna", PASSWORD)
    assert status == 401


async def test_who_guesses_has_to_wait(app: App, site: Site, door: Door) -> None:
    _, key = await door.signed_in(Scope.READ)
    passwords.set_password(app.runtime, app.workspace, "anna", key=key, password=PASSWORD)
    told = [
        (await sign_in(door, "anna", f"guess number {n}"))[1] for n in range(passwords.MAX_PER_MINUTE + 1)
    ]
    assert told == [401] * passwords.MAX_PER_MINUTE + [429]
    assert (await sign_in(door, "anna", PASSWORD))[1] == 429
