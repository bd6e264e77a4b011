"""Only the files of the console are given out, each under an address that changes with it."""

import pytest

from upspiral.errors import NotFound
from upspiral.server.html.assets import FOLDER, MEDIA_TYPES, VENDORED, asset_path, is_vendored, read_asset


@pytest.mark.parametrize(
    "name",
    [
        "../render.py",
        "../../console/visit.py",
        "/etc/passwd",
        "",
        ".",
        "console.css/",
        "htmx.LICENSE.txt",
    ],
)
def test_no_other_file_is_given_out(name: str) -> None:
    with pytest.raises(NotFound, match="no file"):
        read_asset(name)


@pytest.mark.parametrize("name", ["console.css", "console.js", "favicon.svg"])
def test_a_file_is_sent_whole_as_what_it_is(name: str) -> None:
    sent = read_asset(name)
    assert sent.body == (FOLDER / name).read_bytes()
    assert sent.media_type == MEDIA_TYPES[f".{name.rpartition('.')[2]}"]


def test_addresses_differ_by_what_the_files_hold() -> None:
    marks = {asset_path(name).partition("?v=")[2] for name in ("console.css", "console.js", "favicon.svg")}
    assert len(marks) == 3


def test_what_npm_supplies_is_named_where_it_is_there_and_missing_where_not() -> None:
    assert all(is_vendored(name) == (FOLDER / name).exists() for name in VENDORED)
    assert not is_vendored("jquery.js")
