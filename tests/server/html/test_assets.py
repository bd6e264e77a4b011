"""Only files of the pages are sent, and nothing beside them."""

import pytest

from upspiral.errors import NotFound
from upspiral.server.html.assets import read_asset


@pytest.mark.parametrize(
    "name", ["../render.py", "render.py", "", "console.css/..", "htmx.LICENSE.txt", "/etc/passwd"]
)
def test_nothing_else_is_read(name: str) -> None:
    with pytest.raises(NotFound):
        read_asset(name)


def test_a_script_is_a_script() -> None:
    assert read_asset("console.js").media_type == "text/javascript"
