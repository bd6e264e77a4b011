"""Who is chosen, why, and what another policy would have been worth."""

import re

import pytest
from tests.server.console.conftest import Browser
from tests.server.console.site import Site

pytestmark = pytest.mark.anyio


@pytest.mark.long
async def test_routing_shows_shares_reasons_and_choices(site: Site, admin: Browser) -> None:
    page = await admin.open("/routing")
    for text in ("it succeeds", "93.0 %", "thompson"):
        assert text in page
    shares = re.findall(r'<td class="number">([\d.]+) %</td>', page.partition("</table>")[0])
    assert sum(map(float, shares)) == pytest.approx(100, abs=0.2)
    refunds = await admin.open("/routing?domain=refunds")
    assert "Shares in refunds" in refunds
    assert "Nothing was asked in the domain" in await admin.open("/routing?domain=weather", status=404)


async def test_another_policy_is_worth_something_or_the_page_says_why_not(site: Site, admin: Browser) -> None:
    page = await admin.open("/routing?policy=fixed")
    assert "not known" in page
    assert "effective" in page
    await admin.open("/routing?policy=dice", status=422)
