"""What tests of the console use: a workspace with something on every page, and browsers without scripts."""

import re
from collections.abc import AsyncIterator, Mapping

import httpx2
import pytest
from tests.server.console.site import AGENT, Site, plant_site

from upspiral.admin.keys import make_key
from upspiral.app import App
from upspiral.domain import Scope
from upspiral.domain.ids import KeyId
from upspiral.server.app import create_app
from upspiral.server.console import PAGES
from upspiral.server.console.settings.frame import PARTS

TOKEN = re.compile(r'name="form_token" value="([0-9a-f]+)"')


class Browser:
    """A browser without scripts: it keeps cookies, follows redirects and sends the forms that pages hold."""

    def __init__(self, client: httpx2.AsyncClient, key: str) -> None:
        self.client, self.key = client, key

    async def open(self, path: str, *, status: int = 200) -> str:
        """Open a page; give its text."""
        answer = await self.client.get(path, headers={"accept": "text/html"})
        assert answer.status_code == status, answer.text
        return answer.text

    async def send(
        self, page: str, action: str, fields: Mapping[str, str], *, token: str | None = None
    ) -> httpx2.Response:
        """Send a form as it stands on a page."""
        found = await self.read_token(page)
        return await self.client.post(action, data={"form_token": token or found, **fields})

    async def read_token(self, page: str) -> str:
        """Give the token that the forms of a page carry."""
        found = TOKEN.search(await self.open(page))
        assert found, f"{page} holds no form"
        return found[1]

    async def sign_in(self) -> httpx2.Response:
        """Sign in with the key."""
        return await self.send("/sign-in", "/sign-in", {"key": self.key, "next": "/"})


def name_ids(site: Site) -> dict[str, str]:
    """Give what was planted, by its name in the addresses of pages."""
    return {
        "interaction": site.failed,
        "cycle": site.night,
        "pattern": site.weakness,
        "deployment": site.canary,
        "approval": site.approval,
        "evaluation": site.comparison,
        "job": site.job,
        "agent": AGENT,
        "webhook": site.webhook,
    }


def list_routes(site: Site, method: str) -> list[str]:
    """Give the address of every page, or of every form, with the ids that were planted."""
    ids = name_ids(site)
    return [
        re.sub(r"\{(\w+):segment\}", lambda name: str(ids.get(name[1], name[1])), route.path)  # type: ignore[attr-defined]
        for part in PAGES
        for route in part.routes
        if method in route.methods  # type: ignore[attr-defined]
    ]


def list_paths(site: Site) -> list[str]:
    """Give the address of every page, with the ids that were planted."""
    paths = [path for path in list_routes(site, "GET") if not path.startswith("/static")]
    parts = [f"/settings?part={part}" for part, _ in PARTS]
    more = ("/quality?by=tool", "/cost?by=day", "/learning?category=consensus", "/routing?policy=fixed")
    return [*paths, *parts, *more]


class Door:
    """Lets browsers in with keys of their own."""

    def __init__(self, app: App) -> None:
        self.app = app
        self.doors = create_app(app)

    def browser(self, key: str | None = None) -> Browser:
        """Give a browser that is not signed in."""
        text = key or (self.app.settings.data / "key").read_text().strip()
        transport = httpx2.ASGITransport(self.doors, raise_app_exceptions=False)
        client = httpx2.AsyncClient(transport=transport, base_url="http://127.0.0.1", timeout=60)
        return Browser(client, text)

    async def signed_in(self, *scopes: Scope) -> tuple[Browser, KeyId]:
        """Give a browser that signed in with a new key of these scopes."""
        runtime = self.app.runtime
        text, key = make_key(runtime.store, self.app.workspace, name="anna", scopes=scopes, now=runtime.now())
        browser = self.browser(text)
        answer = await browser.sign_in()
        assert answer.status_code == 303, answer.text
        return browser, key.id


@pytest.fixture
def site(app: App) -> Site:
    """A workspace with something on every page."""
    return plant_site(app)


@pytest.fixture
def door(app: App) -> Door:
    """What lets browsers in."""
    return Door(app)


@pytest.fixture
async def admin(door: Door) -> AsyncIterator[Browser]:
    """A browser that is signed in as an administrator."""
    browser = door.browser()
    answer = await browser.sign_in()
    assert answer.status_code == 303, answer.text
    yield browser
    await browser.client.aclose()
