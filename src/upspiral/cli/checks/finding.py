"""What does one check of the doctor say, and what is it asked about?"""

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from upspiral.config import Settings


class Finding(NamedTuple):
    """One thing that was looked at."""

    what: str
    ok: bool
    detail: str
    remedy: str = ""
    """What a person can do, where it is wrong."""
    fix: Callable[[], str] | None = None
    """Mends it and says what was done; only where nothing can be lost by it."""


class Installation(NamedTuple):
    """What is looked at."""

    folder: Path
    database: str | None
    """As it was given; None for the setting."""
    settings: "Settings"

    @property
    def has_database(self) -> bool:
        """Whether there is one, or a server that has one is named."""
        return self.settings.database_url is not None or (self.folder / "upspiral.db").exists()


Check = Callable[[Installation], Iterable[Finding]]
