"""A person in a browser: every page in light and dark, on a phone and a wide screen, and what they do."""

import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, StorageState
from tests.browser.conftest import OpenContext, find_violations
from tests.browser.console_server import Server, sign_in
from tests.server.console.conftest import list_paths, name_ids
from tests.server.console.site import AGENT, Site
from tests.waiting import PATIENCE_S

OpenPage = Callable[..., Page]

SCREENS = os.environ.get("CONSOLE_SCREENSHOTS")
"""A folder into which the story puts a picture of every page, for the documentation."""
SIZES = {"wide": 1440, "phone": 390}


def name_pages(site: Site) -> dict[str, str]:
    """Give the address of every page by a name for its picture."""
    ids = set(name_ids(site).values())
    paths = [*list_paths(site), "/interactions?since=2099-01-01"]
    return {name_picture(path, ids): path for path in paths if path != "/sign-in"}


def name_picture(path: str, ids: set[str]) -> str:
    """Name the picture of a page, such as `nights-one` for one of `/nights`."""
    place, _, query = path.partition("?")
    parts = ["one" if part in ids else part for part in place.split("/") if part]
    return "-".join([*(parts or ["loop"]), *([query.rpartition("=")[2]] if query else [])])


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    running = Server(tmp_path_factory.mktemp("console") / "data")
    yield running
    running.process.terminate()
    running.process.wait()


@pytest.fixture(scope="module")
def signed_in(browser: Browser, server: Server) -> StorageState:
    """The cookies of a browser that followed the link of `upspiral console`."""
    return sign_in(browser, server)


@pytest.fixture
def open_page(open_context: OpenContext, server: Server, signed_in: StorageState) -> OpenPage:
    """Open a page of the console, signed in."""

    def open_one(path: str, **options: Any) -> Page:
        context = open_context(storage_state=signed_in, base_url=server.url, **options)
        context.set_default_timeout(PATIENCE_S * 1000)
        page = context.new_page()
        page.goto(path)
        return page

    return open_one


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("size", SIZES)
def test_every_page_is_sound_in_every_light_and_width(
    scheme: str, size: str, server: Server, open_page: OpenPage
) -> None:
    screen = {"width": SIZES[size], "height": 900}
    page = open_page("/", viewport=screen, color_scheme=scheme)
    for name, path in name_pages(server.site).items():
        page.goto(path)
        page.wait_for_load_state("networkidle")
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), f"{path} is too wide"
        if SCREENS and (size, scheme) == ("wide", "light"):
            page.screenshot(path=Path(SCREENS) / f"{name}-{size}-{scheme}.png")
        assert find_violations(page) == [], path


def test_the_link_of_the_command_works_once(server: Server, open_context: OpenContext) -> None:
    link = server.command("console").strip()
    for expected in ("It is getting better", "was used before"):
        context = open_context()
        page = context.new_page()
        page.goto(link)
        assert find_violations(page) == []
        page.get_by_role("button", name="Sign in").click()
        page.get_by_text(expected).wait_for()
    assert "401" in context.complaints.pop()  # type: ignore[attr-defined]


def test_without_scripts_every_page_says_the_same(open_page: OpenPage) -> None:
    page = open_page("/", java_script_enabled=False)
    page.get_by_role("img", name="Success rate by day").wait_for()
    page.get_by_role("link", name="Canary of support").click()
    page.get_by_text("No verdict yet").first.wait_for()


def test_what_was_just_written_appears(server: Server, open_page: OpenPage) -> None:
    body = {"agent": AGENT, "messages": [{"role": "user", "content": "Is the shop open?"}], "answer": "Yes."}
    server.ask("POST", "/api/v1/interactions", json=body)
    page = open_page("/interactions")
    page.get_by_role("row", name="Is the shop open?").get_by_role("link").click()
    page.get_by_role("heading", name="Is the shop open?").wait_for()


def test_a_person_labels_ten_pairs_with_the_keyboard(server: Server, open_page: OpenPage) -> None:
    page = open_page(f"/labels/{server.site.comparison}")
    for done in range(10):
        page.get_by_text(f"{done} pairs labeled by you" if done != 1 else "1 pair labeled").wait_for()
        page.keyboard.press("1" if done % 2 else "t")
    page.get_by_text("10 pairs labeled by you").wait_for()
    labels = server.ask("GET", f"/api/v1/evaluations/{server.site.comparison}/labels")["items"]
    assert len(labels) == 10


def test_a_person_watches_a_canary_and_rolls_it_back(server: Server, open_page: OpenPage) -> None:
    watching = open_page(f"/deployments/{server.site.canary}")
    watching.get_by_text("No verdict yet").first.wait_for()
    acting = open_page("/")
    acting.get_by_role("link", name="Canary of support").click()
    acting.get_by_text("Roll back support").click()
    acting.get_by_label("Why").fill("It was rude.")
    acting.get_by_role("button", name="Roll back now").click()
    acting.get_by_text("The version was rolled back.").wait_for()
    watching.get_by_text("It was rude.").first.wait_for()  # it came by itself
    assert "of the traffic" not in server.command("status")
    acting.goto("/audit")
    acting.get_by_text("reason: It was rude.").first.wait_for()
