"""What nights tried, and texts that wait for a person."""

import pytest
from tests.server.console.conftest import Browser
from tests.server.console.site import Site

from upspiral.app import App
from upspiral.domain.learning.approval import ApprovalState

pytestmark = pytest.mark.anyio


async def test_the_list_shows_what_is_stored(site: Site, admin: Browser) -> None:
    page = await admin.open("/levers")
    for text in ("Says the day of delivery.", "One rule was added."):
        assert text in page


async def test_approving_a_text_needs_one_press_and_keeps_the_name(
    app: App, site: Site, admin: Browser
) -> None:
    page = f"/levers/{site.approval}"
    assert "+Name the day of delivery." in await admin.open(page)
    answer = await admin.send(page, page, {"answer": "approve", "by": "Anna"})
    assert answer.headers["location"].endswith("notice=approved")
    kept = app.runtime.store.approvals.get(app.workspace, site.approval)
    assert (kept.state, kept.decided_by) == (ApprovalState.APPROVED, "Anna")
    assert "Anna" in await admin.open(page)
    again = await admin.send("/", page, {"answer": "refuse", "by": "Ben"})
    assert again.status_code == 409
    assert "takes no answer any more" in again.text
