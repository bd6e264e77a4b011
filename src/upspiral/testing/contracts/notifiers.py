"""What must a notifier keep to? It takes every event of a night, also twice, and says soon that it has."""

import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from upspiral.config import Settings
from upspiral.cycle.notifiers import Notifier
from upspiral.domain import CycleEvent
from upspiral.domain.ids import DEFAULT_WORKSPACE, CycleId
from upspiral.testing.contracts.facts import STRANGE_NAMES

NOW = datetime(2026, 1, 5, 12, tzinfo=UTC)
MAX_EVENT_S = 5.0
"""The night waits so long for a notifier, at most."""


class NotifierContract:
    """The battery for a notifier; `make` is what was registered."""

    make: Any
    """Makes a Notifier from all settings: a class, or a function within `staticmethod`."""

    @pytest.fixture
    def notifier(self, tmp_path: Path) -> Notifier:
        """Make one for a data folder of its own."""
        made: Notifier = type(self).make(Settings(data=tmp_path))
        return made

    def event(self, what: str, detail: str = "") -> CycleEvent:
        """Make an event."""
        return CycleEvent(
            id=f"evt_{what}",
            workspace=DEFAULT_WORKSPACE,
            cycle=CycleId("cyc_1"),
            at=NOW,
            step="improve",
            what=what,
            detail=detail,
        )

    def test_it_takes_every_event_also_twice(self, notifier: Notifier) -> None:
        """Tell a whole night."""
        for what in ("started", "started", "finished", "failed", "ended", "ended"):
            began = time.monotonic()
            notifier(self.event(what))
            assert time.monotonic() - began < MAX_EVENT_S

    def test_it_takes_whatever_an_event_quotes(self, notifier: Notifier) -> None:
        """Quote what nobody should write."""
        for text in STRANGE_NAMES:
            notifier(self.event("failed", text))
