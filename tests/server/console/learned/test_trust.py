"""Whom one can rely on."""

import pytest
from tests.server.console.conftest import Browser
from tests.server.console.site import Site

pytestmark = pytest.mark.anyio


async def test_trust_shows_what_is_stored(site: Site, admin: Browser) -> None:
    page = await admin.open("/trust")
    for text in ("support", "refunds"):
        assert text in page
