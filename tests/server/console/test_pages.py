"""Every page shows what was just written, escapes it, and keeps scripts and other hosts out."""

import csv
import io
import re

import pytest
from tests.server.console.conftest import Browser, Door, list_paths
from tests.server.console.site import Site

from upspiral import ingest
from upspiral.admin.keys import grant_key
from upspiral.app import App
from upspiral.domain import Interaction, Message, Scope
from upspiral.domain.ids import AgentId, InteractionId, WorkspaceId
from upspiral.server.console.visit import NAVIGATION

pytestmark = pytest.mark.anyio
HOSTILE = "<script>alert('x')</script><img src=x onerror=alert(1)>"
OTHER_HOST = re.compile(r"""(?:src|href|action)=["'](?:https?:)?//""", re.IGNORECASE)
INLINE = re.compile(r"<script>|<style|\son\w+=|\sstyle=", re.IGNORECASE)


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
    paths = [item.path for _, items in NAVIGATION for item in items]
    for path in (*paths, *(f"/settings?part={part}" for part in ("webhooks", "people", "provider-keys"))):
        page = await admin.open(path)
        assert 'class="empty"' in page or "There is no agent yet" in page, path


async def test_another_workspace_sees_nothing_of_it(app: App, site: Site, door: Door) -> None:
    text, _ = grant_key(app.runtime, WorkspaceId("other"), name="ben", scopes=[Scope.ADMIN])
    browser = door.browser(text)
    assert (await browser.sign_in()).status_code == 303
    assert "order 359" not in await browser.open("/interactions")
    await browser.open(f"/interactions/{site.failed}", status=404)
    await browser.open(f"/deployments/{site.canary}", status=404)
