"""How long does a test wait for what happens elsewhere? So long that only what hangs is given up."""

import time
from collections.abc import Callable

PATIENCE_S = 500
"""A busy machine may take a hundred times as long as an idle one, and a wait ends as soon as it can."""


def until(condition: Callable[[], object], what: str = "it took too long") -> None:
    """Wait until something is true.

    Args:
        condition: Is asked again and again.
        what: Is said where it never is.
    """
    deadline = time.monotonic() + PATIENCE_S
    while not condition():
        assert time.monotonic() < deadline, what
        time.sleep(0.05)
