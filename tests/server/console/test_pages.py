"""Every page shows what was just written, escapes it, and keeps scripts and other hosts out."""

import csv
import io
import re

import pytest
from tests.server.console.conftest import Browser, Door
from tests.server.console.site import Site

from upspiral import ingest
from upspiral.admin.keys import grant_key
from upspiral.app import App
from upspiral.domain import Interaction, Message, Scope
from upspiral.domain.ids import AgentId, InteractionId, WorkspaceId
from upspiral.server.console import PAGES

pytestmark = pytest.mark.anyio
HOSTILE = "<script>alert('x')</script><img src=x onerror=alert(1)>"
OTHER_HOST = re.compile(r"""(?:src|href|action)=["'](?:https?:)?//""", re.IGNORECASE)
INLINE = re.compile(r"<script>|<style|\son\w+=|\sstyle=", re.IGNORECASE)


def list_paths(site: Site) -> list[str]:
    """Give the address of every page, with the ids that were planted."""
    ids = {
        "interaction": site.failed,
        "cycle": site.night,
        "pattern": site.weakness,
        "deployment": site.canary,
        "approval": site.approval,
        "evaluation": site.comparison,
    }
    paths = [
        re.sub(r"\{(\w+):segment\}", lambda name: str(ids[name[1]]), route.path)  # type: ignore[attr-defined]
        for part in PAGES
        for route in part.routes
        if "GET" in route.methods and not route.path.startswith("/static")  # type: ignore[attr-defined]
    ]
    parts = ("agents", "schedules", "keys", "values")
    return [*paths, *(f"/settings?part={part}" for part in parts), "/quality?by=tool", "/cost?by=day"]


@pytest.mark.long
async def test_every_page_is_whole_safe_and_in_this_workspaces_words(site: Site, admin: Browser) -> None:
    for path in list_paths(site):
        if path == "/sign-in":
            continue
        answer = await admin.client.get(path)
        assert answer.status_code == 200, f"{path}: {answer.text}"
        assert answer.headers["content-type"].startswith("text/html")
        policy = answer.headers["content-security-policy"]
        assert "unsafe" not in policy
        assert "default-src 'none'" in policy
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert answer.headers["cache-control"] == "no-store"
        assert not INLINE.search(answer.text), path
        assert not OTHER_HOST.search(answer.text), path
        assert answer.text.count("<h1") == 1, path
        assert 'aria-current="page"' in answer.text, path


WRITTEN = {
    "/": ("It is getting better", "Canary of support", "Approve a learned text for support"),
    "/interactions": ("It arrives tomorrow, order 359.", "failure"),
    "/nights": ("The gate refused: not better overall.", "+17.0"),
    "/quality": ("corrected by a user", "That is not what I asked."),
    "/weaknesses": ("asks for a refund", "70.0 % (48.0 to 85.0)"),
    "/trust": ("support", "refunds"),
    "/levers": ("Says the day of delivery.", "One rule was added."),
    "/labels": ("av_candidate",),
    "/deployments": ("candidate 18 of 21, stable 151 of 190", "canary"),
    "/cost": ("small-model",),
    "/settings": ("support@1", "openai-compatible:small-model"),
    "/settings?part=schedules": ("daily 02:00", "UTC"),
    "/settings?part=keys": ("local commands", "admin"),
    "/settings?part=values": ("server.session_hours", "12"),
}


@pytest.mark.parametrize("path", WRITTEN)
async def test_a_page_shows_what_is_stored(path: str, site: Site, admin: Browser) -> None:
    address = f"{path}?by=model" if path == "/cost" else path
    page = await admin.open(address)
    for text in WRITTEN[path]:
        assert text in page


async def test_one_interaction_tells_what_was_called_said_and_why(site: Site, admin: Browser) -> None:
    page = await admin.open(f"/interactions/{site.failed}")
    for text in (
        "find_order",
        "Should have been: It arrives on Monday.",
        "Help customers.",
        "user-0",
        "talk-359",
    ):
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


async def test_one_deployment_shows_both_arms_and_the_way_back(site: Site, admin: Browser) -> None:
    page = await admin.open(f"/deployments/{site.canary}")
    for text in ("support@2 beside support@1", "-11.0 to +19.0", "85.7 %", "Roll back now"):
        assert text in page


async def test_a_text_just_written_is_on_the_page_escaped(app: App, site: Site, admin: Browser) -> None:
    turn = Interaction(
        id=InteractionId("int_hostile"),
        workspace=app.workspace,
        agent=AgentId(HOSTILE[:40]),
        at=app.runtime.now(),
        messages=(Message("user", HOSTILE),),
        answer=HOSTILE,
        model=HOSTILE,
        conversation=HOSTILE,
        metadata={HOSTILE: HOSTILE},
    )
    ingest.record_history(app.runtime, [turn], [], workspace=app.workspace, remarks=[])
    for path in ("/interactions", "/interactions/int_hostile", "/quality?by=model", "/cost?by=model"):
        page = await admin.open(path)
        assert "<script>alert" not in page
        assert "<img src=x" not in page
        assert "&lt;script&gt;alert" in page


@pytest.mark.long
async def test_filters_and_search_narrow_the_list(site: Site, admin: Browser) -> None:
    failed = await admin.open("/interactions?status=failure")
    assert "success</span>" not in failed
    assert "order 359" in failed
    alike = await admin.open("/interactions?q=charged+twice")
    assert "Why was I charged twice?" in alike
    assert "Do you ship abroad?" not in alike
    assert "Nothing is like that." in await admin.open("/interactions?since=2031-01-01")
    assert "is no day" in await admin.open("/interactions?since=soon", status=422)


async def test_older_rows_stand_on_the_next_page(site: Site, admin: Browser) -> None:
    seen: set[str] = set()
    path = "/interactions"
    for _ in range(8):
        page = await admin.open(path)
        orders = set(re.findall(r"order (\d+)\.", page))
        assert not orders & seen
        seen |= orders
        found = re.search(r'href="([^"]*after=[^"]*)">Older', page)
        if not found:
            break
        path = found[1].replace("&amp;", "&")
    assert len(seen) == 360


@pytest.mark.long
async def test_every_table_is_a_csv_file_too(site: Site, admin: Browser) -> None:
    for path in list_paths(site):
        page = await admin.open(path) if path != "/sign-in" else ""
        for address in set(re.findall(r'href="([^"]*csv=[^"]*)"', page)):
            answer = await admin.client.get(address.replace("&amp;", "&"))
            assert answer.headers["content-type"].startswith("text/csv"), address
            rows = list(csv.reader(io.StringIO(answer.text)))
            assert len(rows) > 1, address
            assert len({len(row) for row in rows}) == 1, address


async def test_an_empty_workspace_says_on_every_page_what_to_do_next(admin: Browser) -> None:
    paths = ("/", "/interactions", "/nights", "/quality", "/weaknesses", "/trust", "/levers", "/labels")
    for path in (*paths, "/deployments", "/cost", "/settings", "/audit"):
        page = await admin.open(path)
        assert 'class="empty"' in page or "There is no agent yet" in page, path


async def test_another_workspace_sees_nothing_of_it(app: App, site: Site, door: Door) -> None:
    text, _ = grant_key(app.runtime, WorkspaceId("other"), name="ben", scopes=[Scope.ADMIN])
    browser = door.browser(text)
    assert (await browser.sign_in()).status_code == 303
    assert "order 359" not in await browser.open("/interactions")
    await browser.open(f"/interactions/{site.failed}", status=404)
    await browser.open(f"/deployments/{site.canary}", status=404)
