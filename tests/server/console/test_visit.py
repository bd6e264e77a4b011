"""A page is answered to whoever signed in: its links, its forms, its CSV files and its notices."""

import pytest
from tests.server.console.conftest import Browser, Door
from tests.server.console.site import Site

from upspiral.domain import Scope
from upspiral.server.console.visit import NOTICES, redirect

pytestmark = pytest.mark.anyio


def test_every_notice_is_a_sentence_and_a_redirect_names_it_in_the_address() -> None:
    assert all(text.endswith(".") for text in NOTICES.values())
    plain, asked = redirect("/nights", notice="started"), redirect("/labels/r?skip=2", notice="labeled")
    assert plain.status_code == asked.status_code == 303
    assert plain.headers["location"] == "/nights?notice=started"
    assert asked.headers["location"] == "/labels/r?skip=2&notice=labeled"


async def test_a_notice_that_there_is_not_says_nothing(admin: Browser) -> None:
    page = await admin.open("/nights?notice=<script>")
    assert "<script>" not in page
    assert "The night has begun." in await admin.open("/nights?notice=started")


async def test_a_form_of_another_browser_changes_nothing(site: Site, admin: Browser, door: Door) -> None:
    answer = await admin.send(
        f"/deployments/{site.canary}", "/deployments/rollback", {"agent": "support"}, token="0" * 64
    )
    assert answer.status_code == 403
    found = door.app.runtime.store.deployments.get(door.app.workspace, site.canary)
    assert found.ended is None


async def test_a_viewer_is_offered_nothing_that_he_may_not_do(site: Site, door: Door) -> None:
    browser, _ = await door.signed_in(Scope.READ)
    page = await browser.open(f"/deployments/{site.canary}")
    assert "Roll back now" not in page
    answer = await browser.client.post("/deployments/rollback", data={"agent": "support"})
    assert answer.status_code == 403


async def test_a_filter_stays_in_the_link_to_the_file(site: Site, admin: Browser) -> None:
    page = await admin.open("/nights?agent=support&notice=started")
    assert "agent=support&amp;csv=nights" in page
    assert "notice=started&amp;csv" not in page
    await admin.open("/nights?agent=nobody", status=404)
