"""How good answers are, why they fail, and what they cost."""

import pytest
from tests.server.console.conftest import Browser
from tests.server.console.site import Site

pytestmark = pytest.mark.anyio


async def test_quality_shows_what_is_stored(site: Site, admin: Browser) -> None:
    page = await admin.open("/quality")
    for text in ("corrected by a user", "That is not what I asked."):
        assert text in page


async def test_cost_shows_what_is_stored(site: Site, admin: Browser) -> None:
    page = await admin.open("/cost?by=model")
    for text in ("small-model",):
        assert text in page
