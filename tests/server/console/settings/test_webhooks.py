"""Webhooks are added, tried, changed and removed; nobody is shown an address or a secret twice."""

import re

import pytest
from tests.server.console.conftest import Browser, Door
from tests.server.console.site import Site

from upspiral.domain import Scope

pytestmark = pytest.mark.anyio
PAGE = "/settings?part=webhooks"


async def test_the_list_and_a_webhook_show_what_is_stored(site: Site, admin: Browser) -> None:
    page = await admin.open(PAGE)
    assert "https://hooks.example.org/…" in page
    assert "/upspiral" not in page.replace("/settings", "").split("<main")[1]
    assert "It answered 500 each time." in await admin.open(f"/settings/webhooks/{site.webhook}")
    await admin.open("/settings/webhooks/whk_none", status=404)


async def test_a_secret_is_shown_once_and_another_after_it_is_changed(
    site: Site, admin: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("upspiral.admin.webhooks.check_reach", lambda *_: None)
    fields = {"address": "https://chat.example.net/secret-path", "event": "version.rolled_back"}
    made = await admin.send(PAGE, "/settings/webhooks", fields)
    changed = await admin.send(PAGE, "/settings/webhooks/rotate", {"name": site.webhook})
    secrets = [re.findall(r"whsec_[\w+/=]+", one.text) for one in (made, changed)]
    assert [len(one) for one in secrets] == [1, 1]
    page = await admin.open(PAGE)
    assert "version.rolled_back" in page
    for hidden in ("secret-path", secrets[0][0], secrets[1][0]):
        assert hidden not in page
        assert hidden not in await admin.open("/audit")


async def test_a_private_address_is_refused_in_words(admin: Browser) -> None:
    answer = await admin.send(PAGE, "/settings/webhooks", {"address": "http://127.0.0.1:9/hook"})
    assert answer.status_code == 422
    answer = await admin.send(PAGE, "/settings/webhooks", {"address": "https://a.example", "event": "lunch"})
    assert "no event" in answer.text


async def test_a_test_that_does_not_arrive_says_so(site: Site, admin: Browser) -> None:
    answer = await admin.send(PAGE, "/settings/webhooks/test", {"name": site.webhook})
    assert answer.status_code == 200
    assert "The test was not delivered" in answer.text


async def test_a_viewer_sees_webhooks_and_no_form(site: Site, door: Door) -> None:
    viewer, _ = await door.signed_in(Scope.READ)
    page = await viewer.open(PAGE)
    assert "hooks.example.org" in page
    assert "Add a webhook" not in page
