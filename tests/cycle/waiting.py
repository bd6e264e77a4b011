"""Waiting for a night, and what it left."""

from tests.waiting import until

from upspiral.app import App
from upspiral.domain import Cycle
from upspiral.domain.ids import DEFAULT_WORKSPACE

__all__ = ["seen", "until"]


def seen(app: App, cycle: Cycle) -> Cycle:
    return app.runtime.store.cycles.get(DEFAULT_WORKSPACE, cycle.id)
