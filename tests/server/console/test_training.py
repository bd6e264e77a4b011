"""How far each training is, its loss, and its log."""

import pytest
from tests.server.console.conftest import Browser
from tests.server.console.site import Site

from upspiral.app import App

pytestmark = pytest.mark.anyio


async def test_the_list_shows_what_is_stored(site: Site, admin: Browser) -> None:
    page = await admin.open("/training")
    for text in ("30 of 120", "1.500", "running"):
        assert text in page


async def test_one_job_shows_its_losses_and_its_log(app: App, site: Site, admin: Browser) -> None:
    page = await admin.open(f"/training/{site.job}")
    for text in ("2.4000", "Loss by step", "Step 30 of 120.", "Cancel the training", "every 5s"):
        assert text in page
    folder = app.runtime.job_folder(site.job)
    with (folder / "losses.jsonl").open("a") as losses:
        losses.write('{"step": 30, "loss": 1.25}\n{"step": 40, "lo')
    again = await admin.open(f"/training/{site.job}")
    assert "1.2500" in again
    assert "1.5000" not in again


async def test_a_job_of_another_machine_says_that_its_files_are_not_here(
    app: App, site: Site, admin: Browser
) -> None:
    folder = app.runtime.job_folder(site.job)
    for name in ("losses.jsonl", "output.log"):
        (folder / name).unlink()
    page = await admin.open(f"/training/{site.job}")
    for text in ("No loss is known.", "printed nothing on this machine"):
        assert text in page
