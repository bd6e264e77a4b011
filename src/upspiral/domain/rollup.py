"""How often, and how well: counts by day that grow with events and are never recounted."""

from collections.abc import Mapping
from datetime import date

from msgspec import Struct

from upspiral.domain.ids import WorkspaceId


class Rollup(Struct, frozen=True, kw_only=True):
    """What happened on one day, of one kind."""

    workspace: WorkspaceId
    day: str
    """In UTC, such as ``2026-01-05``."""
    agent: str
    model: str
    version: str
    """Empty where none of ours answered."""
    domain: str
    """What kind of request it is, as `read_domain` says; empty for none."""
    n: int = 0
    successes: int = 0
    failures: int = 0
    errors: int = 0
    """Interactions that ended in an error."""
    latency_ms: float = 0.0
    """Of all of them together."""
    input_tokens: float = 0
    """A whole number that may outgrow 32 bits in a day."""
    output_tokens: float = 0
    cost: float = 0.0
    """Of those whose cost is known."""
    priced: int = 0
    """Interactions whose cost is known."""


class ToolRollup(Struct, frozen=True, kw_only=True):
    """How often an agent called a tool on one day."""

    workspace: WorkspaceId
    day: str
    agent: str
    tool: str
    calls: int = 0
    errors: int = 0
    n: int = 0
    """Interactions in which it was called."""
    successes: int = 0
    failures: int = 0


def read_domain(metadata: Mapping[str, str]) -> str:
    """Say what kind of request it is: its domain or type, whichever its sender named; else nothing.

    The text of a task is none: no two tasks share it.

    >>> read_domain({"domain": "billing", "type": "refund"}), read_domain({"task": "fix bug 12"})
    ('billing', '')
    """
    return (metadata.get("domain") or metadata.get("type") or "")[:100]


def day_of(moment: date) -> str:
    """Name the day of a moment in UTC."""
    return moment.isoformat()[:10]
