"""How is a page written? Templates that escape every value, and the headers that keep it safe."""

import re
from collections.abc import Iterable
from datetime import UTC, datetime
from functools import cache
from typing import Any
from urllib.parse import urlencode

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup, escape

from upspiral.formatting import money, number_of, percent, render_interval
from upspiral.server.html.assets import asset_path, is_vendored
from upspiral.version import __version__

CONTENT_SECURITY_POLICY = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self'",
        "connect-src 'self'",
        "base-uri 'none'",
        "form-action 'self'",
        "frame-ancestors 'none'",
        "require-trusted-types-for 'script'",
        "trusted-types upspiral",
    )
)
"""No page loads anything from another host, runs a script that is written into it, or stands in a frame."""
HEADERS = {
    "content-security-policy": CONTENT_SECURITY_POLICY,
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "referrer-policy": "same-origin",
    "cross-origin-opener-policy": "same-origin",
    "cache-control": "no-store",
}
"""Nothing of a page is kept: it is a workspace's own, and the next to sit there may be somebody else."""
THEMES = ("auto", "light", "dark")
HTML = "text/html; charset=utf-8"
_CODE = re.compile(r"`([^`]+)`")


@cache
def _open_templates() -> Environment:
    templates = Environment(
        loader=PackageLoader("upspiral.server.html"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    templates.globals |= {"asset": asset_path, "has_asset": is_vendored, "version": __version__}
    templates.filters |= {
        "percent": percent,
        "number_of": number_of,
        "money": money,
        "moment": moment,
        "words": words,
        "show_code": show_code,
        "query": urlencode,
    }
    templates.globals |= {"interval": render_interval, "pairs": pair_up}
    return templates


def render(template: str, **values: Any) -> str:
    """Write a page.

    Args:
        template: Its name.
        **values: What it shows; every one of them is escaped.
    """
    return _open_templates().get_template(template).render(**values)


def render_error(*, status: int, message: str, hint: str, theme: str = "auto") -> str:
    """Write the page of an error; it needs neither a session nor the store."""
    return render("error.html", status=status, message=message, hint=hint, theme=theme)


def moment(at: datetime | None) -> str:
    """Write a moment to the minute, in UTC.

    >>> moment(datetime(2026, 1, 5, 12, 30, 10, tzinfo=UTC)), moment(None)
    ('2026-01-05 12:30', 'never')
    """
    return f"{at.astimezone(UTC):%Y-%m-%d %H:%M}" if at else "never"


def words(name: str) -> str:
    """Write a name of the code as people do.

    >>> words("rolled_back")
    'rolled back'
    """
    return name.replace("_", " ")


def show_code(text: str) -> Markup:
    """Show what stands between backticks, as in hints, as code; all of it is escaped.

    >>> str(show_code("Run `upspiral doctor <NAME>`."))
    'Run <code>upspiral doctor &lt;NAME&gt;</code>.'
    """
    return Markup(_CODE.sub(r"<code>\1</code>", str(escape(text))))  # noqa: S704 - escaped just now


def pair_up(names: Iterable[str]) -> list[tuple[str, str]]:
    """Give names as the choices of tabs: each is its own text.

    >>> pair_up(["a"])
    [('a', 'a')]
    """
    return [(name, name) for name in names]
