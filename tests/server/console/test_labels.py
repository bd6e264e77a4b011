"""Pairs are labeled one after the other, without a word of whose answer is whose."""

import re

import pytest
from tests.server.console.conftest import Browser, Door
from tests.server.console.site import LABELED_PAIRS, Site

from upspiral.app import App
from upspiral.domain import Scope

pytestmark = pytest.mark.anyio


async def test_the_list_shows_what_is_stored(site: Site, admin: Browser) -> None:
    page = await admin.open("/labels")
    for text in ("av_candidate",):
        assert text in page


async def test_a_person_labels_pair_after_pair(app: App, site: Site, door: Door) -> None:
    browser, _ = await door.signed_in(Scope.READ, Scope.FEEDBACK)
    page = f"/labels/{site.comparison}"
    for left in range(LABELED_PAIRS, LABELED_PAIRS - 10, -1):
        text = await browser.open(page)
        assert f"{left} left" in text
        pair = re.search(r'name="pair" value="(\w+)"', text)
        assert pair
        shown = re.findall(r'<p class="text">(It arrives on Monday|It arrives tomorrow)', text)
        first_is_candidate = shown[0] == "It arrives on Monday"
        choice = "first" if first_is_candidate else "second"
        answer = await browser.send(page, page, {"pair": pair[1], "better": choice, "skip": "0"})
        assert answer.status_code == 303, answer.text
    labels = app.runtime.store.pair_labels.of_report(app.workspace, site.comparison)
    assert [(one.value, one.rater) for one in labels] == [(1.0, "anna")] * 10


async def test_a_skipped_pair_comes_again(site: Site, admin: Browser) -> None:
    page = f"/labels/{site.comparison}"
    first, second = await admin.open(page), await admin.open(f"{page}?skip=1")
    pair = re.compile(r'name="pair" value="(\w+)"')
    assert pair.findall(first) != pair.findall(second)
    assert pair.findall(await admin.open(f"{page}?skip={LABELED_PAIRS}")) == pair.findall(first)


async def test_asking_the_gate_shows_what_it_says(site: Site, admin: Browser) -> None:
    page = f"/labels/{site.comparison}"
    assert "people labeled 0 pairs" not in await admin.open(page)
    answer = await admin.send(page, f"{page}/decision", {})
    assert answer.headers["location"] == f"{page}?notice=decided"
    assert "people labeled 0 pairs" in await admin.open(page)
