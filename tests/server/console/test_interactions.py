"""What happened, one by one: filtered, searched, and told whole."""

import re

import pytest
from tests.server.console.conftest import Browser
from tests.server.console.site import Site

pytestmark = pytest.mark.anyio


async def test_the_list_shows_what_is_stored(site: Site, admin: Browser) -> None:
    page = await admin.open("/interactions")
    for text in ("It arrives tomorrow, order 359.", "failure"):
        assert text in page


async def test_one_interaction_tells_what_was_called_said_and_why(site: Site, admin: Browser) -> None:
    page = await admin.open(f"/interactions/{site.failed}")
    for text in (
        "find_order",
        "Should have been: It arrives on Monday.",
        "Help customers.",
        "user-0",
        "talk-359",
    ):
        assert text in page


@pytest.mark.long
async def test_filters_and_search_narrow_the_list(site: Site, admin: Browser) -> None:
    failed = await admin.open("/interactions?status=failure")
    assert "success</span>" not in failed
    assert "order 359" in failed
    alike = await admin.open("/interactions?q=charged+twice")
    assert "Why was I charged twice?" in alike
    assert "Do you ship abroad?" not in alike
    assert "Nothing is like that." in await admin.open("/interactions?since=2031-01-01")
    assert "is no day" in await admin.open("/interactions?since=soon", status=422)


async def test_older_rows_stand_on_the_next_page(site: Site, admin: Browser) -> None:
    seen: set[str] = set()
    path = "/interactions"
    for _ in range(8):
        page = await admin.open(path)
        orders = set(re.findall(r"order (\d+)\.", page))
        assert not orders & seen
        seen |= orders
        found = re.search(r'href="([^"]*after=[^"]*)">Older', page)
        if not found:
            break
        path = found[1].replace("&amp;", "&")
    assert len(seen) == 360
