"""Four questions of a stranger, each answered from the first page by links alone, in at most three clicks."""

import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Locator, Page
from tests.browser.conftest import OpenContext
from tests.browser.console_server import Server, sign_in
from tests.server.console.site import UNLUCKY
from tests.waiting import PATIENCE_S

MAX_CLICKS = 3
SCREENS = os.environ.get("CONSOLE_SCREENSHOTS")
"""A folder into which each step puts a picture, for the documentation."""
pytestmark = pytest.mark.timeout(1800)


class Walk:
    """Somebody who knows no address but the first, and counts the clicks."""

    def __init__(self, page: Page, name: str) -> None:
        self.page, self.name, self.clicks = page, name, 0
        page.goto("/")
        self._keep()

    def click(self, target: Locator) -> None:
        """Click on what is seen on the page."""
        assert target.is_visible(), "one who walks clicks on what is seen"
        target.click()
        self.page.wait_for_load_state()
        self.clicks += 1
        self._keep()

    def read(self) -> str:
        """Give the text that stands on the page."""
        return self.page.locator("main").inner_text()

    def _keep(self) -> None:
        if SCREENS:
            self.page.screenshot(path=Path(SCREENS) / f"walk-{self.name}-{self.clicks}.png")


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server of a planted workspace, whose pages these tests change."""
    running = Server(tmp_path_factory.mktemp("walks") / "data")
    yield running
    running.process.terminate()
    running.process.wait()


@pytest.fixture
def walk(open_context: OpenContext, browser: Browser, server: Server) -> Callable[[str], Walk]:
    """Begin on the first page, signed in."""

    def begin(name: str) -> Walk:
        size = {"width": 1280, "height": 800}
        context = open_context(storage_state=sign_in(browser, server), base_url=server.url, viewport=size)
        context.set_default_timeout(PATIENCE_S * 1000)
        return Walk(context.new_page(), name)

    return begin


def test_why_did_last_night_not_promote(walk: Callable[[str], Walk]) -> None:
    here = walk("why-not-promoted")
    here.click(here.page.get_by_role("region", name="Last nights").get_by_role("link").first)
    said = here.read()
    assert "The candidate did not pass the gate, so nothing changed." in said
    assert "p = 0.31, at most 0.02 is allowed" in said
    assert here.clicks <= MAX_CLICKS


def test_which_customers_are_served_worst(walk: Callable[[str], Walk]) -> None:
    here = walk("served-worst")
    here.click(here.page.get_by_role("navigation", name="Pages").get_by_role("link", name="Quality"))
    here.click(here.page.get_by_role("link", name="by customer"))
    worst = here.page.locator("#groups-title ~ div, main").get_by_role("link", name="customer-").first
    assert worst.inner_text() == UNLUCKY
    here.click(worst)
    assert here.page.get_by_role("row").count() == 1 + 30
    assert "success" not in here.page.locator("tbody").inner_text()
    assert here.clicks <= MAX_CLICKS


def test_what_does_a_night_cost(walk: Callable[[str], Walk]) -> None:
    here = walk("what-a-night-costs")
    here.click(here.page.get_by_role("region", name="Last nights").get_by_role("link").first)
    assert "It used 41,250 tokens of paid models (0.37 US dollars)." in here.read()
    assert here.clicks <= MAX_CLICKS


@pytest.mark.parametrize(
    ("link", "name"), [("Canary of support", "canary"), ("New version of invoices", "promoted")]
)
def test_how_is_a_version_taken_back(
    walk: Callable[[str], Walk], server: Server, link: str, name: str
) -> None:
    here = walk(f"take-back-{name}")
    here.click(here.page.get_by_role("link", name=link))
    here.click(here.page.locator("summary", has_text="Roll back"))
    here.click(here.page.get_by_role("button", name="Roll back now"))
    here.page.get_by_text("The version was rolled back.").wait_for()
    deployment = server.site.canary if name == "canary" else server.site.promoted
    state = server.ask("GET", "/api/v1/deployments")["items"]
    assert {one["id"]: one["state"] for one in state}[deployment] == "rolled_back"
    assert here.clicks <= MAX_CLICKS
