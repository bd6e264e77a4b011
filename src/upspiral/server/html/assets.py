"""Which files does a page need, and which of them are there? Style, script, and what comes from npm."""

import hashlib
from functools import cache
from pathlib import Path

from msgspec import Struct

from upspiral.errors import NotFound

FOLDER = Path(__file__).parent / "static"
MEDIA_TYPES = {".css": "text/css", ".js": "text/javascript", ".svg": "image/svg+xml"}
VENDORED = ("htmx.min.js", "uPlot.iife.min.js", "uPlot.min.css")
"""What `make assets` fetches; without them every page works, and nothing on it moves by itself."""


class Asset(Struct, frozen=True):
    """One file as it is sent."""

    body: bytes
    media_type: str


@cache
def read_asset(name: str) -> Asset:
    """Read a file of the pages.

    Raises:
        NotFound: There is none of that name.
    """
    if name not in _list_names():
        raise NotFound(f"The console has no file {name!r}.", hint="Look at the page's own links.")
    path = FOLDER / name
    return Asset(path.read_bytes(), MEDIA_TYPES[path.suffix])


@cache
def asset_path(name: str) -> str:
    """Give the address of a file, which changes with the file, so that a browser may keep it.

    >>> asset_path("console.css").startswith("/static/console.css?v=")
    True
    """
    return f"/static/{name}?v={hashlib.sha256(read_asset(name).body).hexdigest()[:12]}"


@cache
def is_vendored(name: str) -> bool:
    """Say whether a file that npm supplies is there."""
    return name in _list_names()


@cache
def _list_names() -> frozenset[str]:
    return frozenset(path.name for path in FOLDER.iterdir() if path.suffix in MEDIA_TYPES)
