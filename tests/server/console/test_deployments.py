"""Both arms of a canary, and the way back."""

import pytest
from tests.server.console.conftest import Browser
from tests.server.console.site import AGENT, Site

from upspiral.app import App
from upspiral.domain import DeploymentState

pytestmark = pytest.mark.anyio


async def test_the_list_shows_what_is_stored(site: Site, admin: Browser) -> None:
    page = await admin.open("/deployments")
    for text in ("candidate 18 of 21, stable 151 of 190", "canary"):
        assert text in page


async def test_one_deployment_shows_both_arms_and_the_way_back(site: Site, admin: Browser) -> None:
    page = await admin.open(f"/deployments/{site.canary}")
    for text in ("support@2 beside support@1", "-11.0 to +19.0", "85.7 %", "Roll back now"):
        assert text in page


@pytest.mark.long
async def test_rolling_back_takes_the_canary_back_and_is_written_down(
    app: App, site: Site, admin: Browser
) -> None:
    answer = await admin.send(
        f"/deployments/{site.canary}", "/deployments/rollback", {"agent": AGENT, "reason": "It was rude."}
    )
    assert answer.headers["location"] == f"/deployments/{site.canary}?notice=rolled-back"
    found = app.runtime.store.deployments.get(app.workspace, site.canary)
    assert found.state is DeploymentState.ROLLED_BACK
    page = await admin.open(answer.headers["location"])
    assert "The version was rolled back." in page
    assert "It was rude." in page
    assert "Roll back now" not in page
    audit = await admin.open("/audit")
    for text in ("roll back", "local commands", "agent: support", "reason: It was rude.", "console"):
        assert text in audit
