"""How is one part of the settings shown? Under the tabs of all parts."""

from collections.abc import Sequence
from typing import Any

from upspiral.server.answers import Answer
from upspiral.server.console.visit import Visit
from upspiral.server.html.tables import DataTable

PATH = "/settings"
PARTS = (
    ("agents", "Agents"),
    ("models", "Models"),
    ("schedules", "Schedules"),
    ("webhooks", "Webhooks"),
    ("keys", "Keys"),
    ("people", "Sign-in"),
    ("provider-keys", "Provider keys"),
    ("values", "All settings"),
)
"""Each by its name in the address, and as people read it."""


def answer_part(visit: Visit, part: str, *, tables: Sequence[DataTable], **values: Any) -> Answer[str]:
    """Answer with one part of the settings.

    Args:
        visit: Who looks.
        part: One of `PARTS`; its template is `settings_PART.html`.
        tables: Its tables.
        **values: What else its template shows.
    """
    template = f"settings_{part.replace('-', '_')}.html"
    return visit.answer(template, title="Settings", tables=tables, part=part, parts=PARTS, **values)


def path_of_part(part: str) -> str:
    """Give the address of a part.

    >>> path_of_part("keys")
    '/settings?part=keys'
    """
    return f"{PATH}?part={part}"
