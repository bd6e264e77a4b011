"""What the nights did, in plain words with the sources of every number."""

import pytest
from tests.server.console.conftest import Browser
from tests.server.console.site import Site

pytestmark = pytest.mark.anyio


async def test_the_list_shows_what_is_stored(site: Site, admin: Browser) -> None:
    page = await admin.open("/nights")
    for text in ("The gate refused: not better overall.", "+17.0"):
        assert text in page


async def test_one_night_is_a_report_with_its_sources(site: Site, admin: Browser) -> None:
    page = await admin.open(f"/nights/{site.night}")
    for text in (
        "The judge preferred the candidate by +17.0 points",
        "+5 to +10 points",
        "find patterns finished",
        f"/weaknesses/{site.weakness}",
        f"/deployments/{site.canary}",
        "p = 0.003",
    ):
        assert text in page
