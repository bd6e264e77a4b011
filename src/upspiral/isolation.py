"""How does one piece of work that fails leave the others alone? It is logged, and the next one is done."""

from collections.abc import Callable, Iterable
from typing import TypeVar

from upspiral.logs import get_logger

T = TypeVar("T")
log = get_logger(__name__)


def run_each(name: str, items: Iterable[T], do: Callable[[T], object]) -> int:
    """Do something with each item, whatever any of them raises; give how many failed.

    Args:
        name: Of the work, for the log.
        items: Such as the workspaces.
        do: What is done with each.

    >>> run_each("divide", [1, 2], lambda n: 1 / n)
    0
    """
    return sum(not _succeeds(name, item, do) for item in items)


def _succeeds(name: str, item: T, do: Callable[[T], object]) -> bool:
    try:
        do(item)
    except Exception:
        log.exception("work failed", name=name, of=getattr(item, "id", None) or str(item)[:100])
        return False
    return True
