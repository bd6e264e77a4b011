"""What was learned: patterns by kind, rules with where each is in its life, profiles, insights."""

import pytest
from tests.server.console.conftest import Browser
from tests.server.console.site import Site

pytestmark = pytest.mark.anyio


async def test_learning_shows_what_is_stored(site: Site, admin: Browser) -> None:
    page = await admin.open("/learning")
    for text in ("refund with a photo", "90.0 % (80.0 to 96.0)", "84.0 %", "61.0 %", "discounts"):
        assert text in page
    for state in ("proposed", "active", "retired"):
        assert f"Ask for a photo before a refund ({state})." in page
    assert "It did no better than the rest." in page


async def test_patterns_of_another_kind_are_left_out(site: Site, admin: Browser) -> None:
    assert "expert opinion" in await admin.open("/learning?category=expert_opinion")
    assert "No pattern is known." in await admin.open("/learning?category=consensus")
    assert "no kind of pattern" in await admin.open("/learning?category=gossip", status=422)


async def test_before_the_first_cycle_the_page_says_what_to_do(admin: Browser) -> None:
    assert "No learning cycle has run yet" in await admin.open("/learning")
