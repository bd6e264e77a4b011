"""How is what a route answered told to a model? Redacted, and as data between marks."""

import os
from collections.abc import Callable
from typing import Any

import msgspec

from upspiral.app import App
from upspiral.capture.redactors import make_redactor
from upspiral.domain.ids import is_own_id
from upspiral.server.mcp.catalog import NOTICE
from upspiral.wire.fence import Fence

MAX_CHARS = 100_000
"""Of the text between the marks; a page of fewer rows is shorter."""


def make_hider(app: App) -> Callable[[str], str]:
    """Give what hides secrets and personal data; nothing is left to hide where that is done on arrival."""
    settings = app.settings.capture
    if settings.redact:
        return lambda text: text
    redactor = make_redactor(app.runtime.workspace_key(app.workspace), settings)
    return lambda text: text if is_own_id(text) else redactor.text(text)


def hide_texts(value: Any, hide: Callable[[str], str]) -> Any:
    """Hide in every text of a value that came from JSON; names of fields stay.

    >>> hide_texts({"a": ["Anna", 3]}, str.upper)
    {'a': ['ANNA', 3]}
    """
    if isinstance(value, str):
        return hide(value)
    if isinstance(value, list):
        return [hide_texts(one, hide) for one in value]
    if isinstance(value, dict):
        return {name: hide_texts(one, hide) for name, one in value.items()}
    return value


def enclose(app: App, data: Any) -> str:
    """Write an answer as text: a notice, and the data between marks that nobody could know before."""
    text = msgspec.json.format(msgspec.json.encode(data), indent=1).decode()
    fence = Fence(app.runtime.workspace_key(app.workspace), os.urandom(16).hex(), max_chars=MAX_CHARS)
    return f"{NOTICE}\n{fence.enclose('data', text)}"
