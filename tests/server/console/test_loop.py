"""The first page says in five seconds how it is going."""

import pytest
from tests.server.console.conftest import Browser
from tests.server.console.site import Site

pytestmark = pytest.mark.anyio


async def test_the_first_page_shows_what_is_stored(site: Site, admin: Browser) -> None:
    page = await admin.open("/")
    for text in ("It is getting better", "Canary of support", "Approve a learned text for support"):
        assert text in page


async def test_a_version_that_answers_everybody_is_found_on_the_first_page(
    site: Site, admin: Browser
) -> None:
    page = await admin.open("/")
    assert f'<a href="/deployments/{site.promoted}">New version of invoices</a>' in page
