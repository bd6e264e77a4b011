"""How does a name that holds a slash stand in a path? Escaped, as %2F: it stays one segment.

Names of models such as `org/model`, and ids of senders, hold slashes. A server is given the path unescaped,
in which such a slash looks like any other; so it is matched with a sign in its place.
"""

import re
from urllib.parse import quote, unquote_to_bytes

from starlette.convertors import Convertor, register_url_convertor
from starlette.types import Scope

SLASH = "\uffff"
"""Stands for an escaped slash while a path is matched; no text may hold it."""
ESCAPED_SLASH = re.compile(rb"%2f", re.IGNORECASE)
PARAMETER = re.compile(r"\{(\w+)\}")


class Segment(Convertor[str]):
    """One segment of a path, its escaped slashes included."""

    regex = "[^/]+"

    def convert(self, value: str) -> str:
        """Give the name that the segment stands for."""
        return value.replace(SLASH, "/")

    def to_string(self, value: str) -> str:
        """Write a name as a segment."""
        return quote(value, safe="")


register_url_convertor("segment", Segment())


def take_segments(path: str) -> str:
    """Let every parameter of a route's path be one segment.

    >>> take_segments("/agents/{agent}/versions")
    '/agents/{agent:segment}/versions'
    """
    return PARAMETER.sub(r"{\1:segment}", path)


def keep_escaped(scope: Scope) -> str:
    """Give the path of a request with `SLASH` for every escaped slash.

    >>> keep_escaped({"path": "/agents/a/b", "raw_path": b"/agents/a%2Fb"}) == f"/agents/a{SLASH}b"
    True
    """
    raw: bytes = scope.get("raw_path") or b""
    if not ESCAPED_SLASH.search(raw):
        return str(scope["path"])
    return unquote_to_bytes(ESCAPED_SLASH.sub(quote(SLASH).encode(), raw)).decode(errors="replace")
