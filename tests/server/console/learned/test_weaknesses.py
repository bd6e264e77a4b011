"""Where agents keep failing."""

import pytest
from tests.server.console.conftest import Browser
from tests.server.console.site import Site

pytestmark = pytest.mark.anyio


async def test_the_list_shows_what_is_stored(site: Site, admin: Browser) -> None:
    page = await admin.open("/weaknesses")
    for text in ("asks for a refund", "70.0 % (48.0 to 85.0)"):
        assert text in page


async def test_one_weakness_shows_its_members_and_what_would_help(site: Site, admin: Browser) -> None:
    page = await admin.open(f"/weaknesses/{site.weakness}")
    for text in ("70.0 % (48.0 to 85.0)", "refund, charged", "What would help", "order 359."):
        assert text in page
