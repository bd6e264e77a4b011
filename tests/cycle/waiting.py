"""Waiting for a night, and what it left."""

import time
from collections.abc import Callable
from typing import Any

from upspiral.app import App
from upspiral.domain import Cycle
from upspiral.domain.ids import DEFAULT_WORKSPACE


def until(condition: Callable[[], Any], seconds: float = 200) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it took too long"
        time.sleep(0.05)


def seen(app: App, cycle: Cycle) -> Cycle:
    return app.runtime.store.cycles.get(DEFAULT_WORKSPACE, cycle.id)
