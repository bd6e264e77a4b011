"""Every notice that a form sends a browser on with is one that a page knows."""

import re
from pathlib import Path

from upspiral.server import console
from upspiral.server.console.visit import NAVIGATION, NOTICES

FOLDER = Path(console.__file__).parent


def test_every_notice_is_known_and_used() -> None:
    source = "\n".join(path.read_text() for path in FOLDER.rglob("*.py") if path.name != "visit.py")
    assert set(re.findall(r'notice="([\w-]+)"', source)) <= set(NOTICES)
    assert [name for name in NOTICES if f'"{name}"' not in source] == []


def test_every_entry_of_the_navigation_is_a_page() -> None:
    paths = {route.path for part in console.PAGES for route in part.routes}  # type: ignore[attr-defined]
    assert {item.path for _, items in NAVIGATION for item in items} <= paths
