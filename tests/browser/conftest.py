"""What every test in a browser may use: Chromium, pages that must stay quiet, and the rules of accessibility.

Chromium is the machine's own, such as Debian's; axe-core comes from npm. `make browser` installs both.
"""

import json
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, Request, sync_playwright
from tests.marks import MISSING_TOOL

HERE = Path(__file__).parent
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
AXE = HERE / "node_modules" / "axe-core" / "axe.min.js"
FLAGS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
MISSING = f"{MISSING_TOOL}: pages are not looked at without Chromium and axe-core; run `make browser`"
LOCAL_HOSTS = ("127.0.0.1", "localhost")
OpenContext = Callable[..., BrowserContext]


def is_ready() -> bool:
    """Say whether pages can be shown and checked here."""
    return CHROMIUM is not None and AXE.is_file()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Skip what needs a browser where there is none."""
    for item in items:
        if item.path.is_relative_to(HERE) and not is_ready():
            item.add_marker(pytest.mark.skip(reason=MISSING))


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """A browser, for one module: while it is open, its event loop is that of this thread."""
    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=CHROMIUM, args=list(FLAGS), headless=True)
        yield opened
        opened.close()


@pytest.fixture
def open_context(browser: Browser) -> Iterator[OpenContext]:
    """Open a browser of one person; what its pages complain about, or ask of other hosts, fails the test.

    Give it the options of `Browser.new_context`, such as `color_scheme="dark"`. A complaint that a test
    provokes is taken out of `context.complaints`.
    """
    opened: list[tuple[BrowserContext, list[str]]] = []

    def open_one(**options: Any) -> BrowserContext:
        context = browser.new_context(**options)
        context.set_default_timeout(20_000)
        complaints: list[str] = []
        context.on("console", lambda said: complaints.append(said.text) if said.type == "error" else None)
        context.on("weberror", lambda error: complaints.append(str(error.error)))
        context.on("request", lambda request: complaints.extend(find_foreign(request)))
        context.complaints = complaints  # type: ignore[attr-defined]
        opened.append((context, complaints))
        return context

    yield open_one
    for context, complaints in opened:
        context.close()
        assert complaints == []


def find_foreign(request: Request) -> list[str]:
    """Give in words that a request leaves this machine, if it does."""
    place = urlsplit(request.url)
    is_local = place.scheme in ("data", "blob") or place.hostname in LOCAL_HOSTS
    return [] if is_local else [f"asked another host: {request.url}"]


def find_violations(page: Page) -> list[str]:
    """Give every rule of accessibility that a page breaks, with the elements that break it."""
    page.evaluate(AXE.read_text() + "; undefined")
    found = page.evaluate("() => axe.run().then((result) => result.violations)")
    return [
        f"{one['id']} ({one['impact']}): {one['help']}: "
        + json.dumps([node["html"] for node in one["nodes"]])
        for one in found
    ]
