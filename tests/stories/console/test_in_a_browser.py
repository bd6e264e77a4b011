"""A person in a browser: every page in light and dark, on a phone and a wide screen, and what they do."""

import os
from pathlib import Path
from typing import Any

import pytest
from tests.server.console.site import AGENT, Site
from tests.stories.console.conftest import Scheme, Server, Window

SCREENS = os.environ.get("CONSOLE_SCREENSHOTS")
"""A folder into which the story puts a picture of every page, for the documentation."""
SIZES = {"wide": 1440, "phone": 390}


def list_pages(site: Site) -> dict[str, str]:
    """Give the address of every page by a name for its picture."""
    return {
        "loop": "/",
        "interactions": "/interactions",
        "interaction": f"/interactions/{site.failed}",
        "quality": "/quality",
        "weaknesses": "/weaknesses",
        "weakness": f"/weaknesses/{site.weakness}",
        "trust": "/trust",
        "nights": "/nights",
        "night": f"/nights/{site.night}",
        "levers": "/levers",
        "approval": f"/levers/{site.approval}",
        "labels": "/labels",
        "label": f"/labels/{site.comparison}",
        "deployments": "/deployments",
        "deployment": f"/deployments/{site.canary}",
        "cost": "/cost",
        "settings": "/settings",
        "schedules": "/settings?part=schedules",
        "keys": "/settings?part=keys",
        "values": "/settings?part=values",
        "audit": "/audit",
        "nothing": "/interactions?since=2099-01-01",
    }


def new_window(chromium: Any, server: Server, signed_in: Any, **options: Any) -> Window:
    """Open a window that is signed in."""
    return Window(chromium.new_context(storage_state=signed_in, **options), server)


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("size", SIZES)
def test_every_page_is_sound_in_every_light_and_width(
    scheme: Scheme, size: str, chromium: Any, server: Server, signed_in: Any
) -> None:
    screen = {"width": SIZES[size], "height": 900}
    window = new_window(chromium, server, signed_in, viewport=screen, color_scheme=scheme)
    for name, path in list_pages(server.site).items():
        window.open(path)
        window.page.wait_for_load_state("networkidle")
        assert window.page.evaluate("document.documentElement.scrollWidth <= innerWidth"), (
            f"{path} is too wide"
        )
        if SCREENS:
            window.page.screenshot(path=Path(SCREENS) / f"{name}-{size}-{scheme}.png")
        window.check_accessible()
    assert window.faults == []
    window.page.context.close()


def test_the_sign_in_page_is_sound_and_the_link_works_once(chromium: Any, server: Server) -> None:
    link = server.command("console").strip()
    for expected in ("It is getting better", "was used before"):
        window = Window(chromium.new_context(), server)
        window.page.goto(link)
        window.check_accessible()
        window.page.get_by_role("button", name="Sign in").click()
        window.page.get_by_text(expected).wait_for()
        window.page.context.close()


def test_without_scripts_every_page_says_the_same(chromium: Any, server: Server, signed_in: Any) -> None:
    window = new_window(chromium, server, signed_in, java_script_enabled=False)
    window.open("/")
    window.page.get_by_role("img", name="Success rate by day").wait_for()
    window.page.get_by_role("link", name="Canary of support").click()
    window.page.get_by_text("No verdict yet").first.wait_for()
    window.page.context.close()


def test_what_was_just_written_appears(chromium: Any, server: Server, signed_in: Any) -> None:
    window = new_window(chromium, server, signed_in)
    body = {"agent": AGENT, "messages": [{"role": "user", "content": "Is the shop open?"}], "answer": "Yes."}
    server.ask("POST", "/api/v1/interactions", json=body)
    window.open("/interactions")
    window.page.get_by_role("link").filter(has_text="20").first.click()
    window.page.get_by_role("heading", name="Is the shop open?").wait_for()
    assert window.faults == []
    window.page.context.close()


def test_a_person_labels_ten_pairs_with_the_keyboard(chromium: Any, server: Server, signed_in: Any) -> None:
    window = new_window(chromium, server, signed_in)
    window.open(f"/labels/{server.site.comparison}")
    for done in range(10):
        window.page.get_by_text(f"{done} pairs labeled by you" if done != 1 else "1 pair labeled").wait_for()
        window.page.keyboard.press("1" if done % 2 else "t")
    window.page.get_by_text("10 pairs labeled by you").wait_for()
    labels = server.ask("GET", f"/api/v1/evaluations/{server.site.comparison}/labels")["items"]
    assert len(labels) == 10
    assert window.faults == []
    window.page.context.close()


def test_a_person_watches_a_canary_and_rolls_it_back(chromium: Any, server: Server, signed_in: Any) -> None:
    watching = new_window(chromium, server, signed_in)
    watching.open(f"/deployments/{server.site.canary}")
    watching.page.get_by_text("No verdict yet").first.wait_for()
    acting = new_window(chromium, server, signed_in)
    acting.open("/")
    acting.page.get_by_role("link", name="Canary of support").click()
    acting.page.get_by_text("Roll back support").click()
    acting.page.get_by_label("Why").fill("It was rude.")
    acting.page.get_by_role("button", name="Roll back now").click()
    acting.page.get_by_text("The version was rolled back.").wait_for()
    watching.page.get_by_text("It was rude.").first.wait_for()  # it came by itself
    assert "canary" not in server.command("status")
    acting.open("/audit")
    acting.page.get_by_text("reason: It was rude.").first.wait_for()
    for window in (watching, acting):
        assert window.faults == []
        window.page.context.close()
