"""How good answers are, why they fail, and what they cost."""

import re

import pytest
from tests.server.console.conftest import Browser
from tests.server.console.site import UNLUCKY, Site

pytestmark = pytest.mark.anyio


async def test_quality_shows_what_is_stored(site: Site, admin: Browser) -> None:
    page = await admin.open("/quality")
    for text in ("corrected by a user", "That is not what I asked."):
        assert text in page


async def test_cost_shows_what_is_stored(site: Site, admin: Browser) -> None:
    page = await admin.open("/cost?by=model")
    for text in ("small-model",):
        assert text in page


async def test_the_customers_served_worst_come_first_with_their_failures(site: Site, admin: Browser) -> None:
    page = await admin.open("/quality?by=customer")
    order = re.findall(r">(customer-\d+)<", page)
    assert order[0] == UNLUCKY
    assert len(order) == 12
    failures = await admin.open(f"/interactions?end_user={UNLUCKY}&status=failure")
    assert failures.count("<tr><td><a") == 30
