"""Which work is done once for all tests of a process, though each begins from nothing? A plugin of pytest."""

import gc
from collections.abc import Iterator
from typing import Any

import pytest
from sqlalchemy import Engine, create_engine
from sqlalchemy.util import LRUCache

MAX_STATEMENTS = 2000
"""Compiled statements kept; the store has some hundreds."""
ALLOCATIONS = 20_000
"""New objects after which the collector looks for circles: the first 700 of Python cost a test a tenth."""


class CompiledStatements:
    """Statements that SQLAlchemy has compiled, for every SQLite database of this process.

    An engine keeps its own, and each test has an engine of its own: it would compile every statement again.
    The dialects differ in nothing but which engine they belong to, so only their names are part of the key.
    """

    def __init__(self) -> None:
        self._kept: LRUCache[Any, Any] = LRUCache(MAX_STATEMENTS)

    def get(self, key: tuple[Any, ...]) -> Any:
        """Give what was compiled, or None."""
        return self._kept.get(self._shared(key))

    def __setitem__(self, key: tuple[Any, ...], compiled: Any) -> None:
        """Keep what was compiled."""
        self._kept[self._shared(key)] = compiled

    def _shared(self, key: tuple[Any, ...]) -> tuple[Any, ...]:
        dialect, *rest = key
        return (dialect.name if dialect.name == "sqlite" else dialect, *rest)


@pytest.fixture(scope="session", autouse=True)
def compiled_statements() -> Iterator[CompiledStatements]:
    """Let all databases share what was compiled."""
    kept = CompiledStatements()

    def create(url: str, **given: Any) -> Engine:
        return create_engine(url, execution_options={"compiled_cache": kept}, **given)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("upspiral.store.database.create_engine", create)
        yield kept


@pytest.hookimpl(wrapper=True)
def pytest_collection() -> Iterator[None]:
    """Collect no garbage while modules are imported, and none of theirs afterwards: they stay."""
    gc.disable()
    try:
        yield
        gc.freeze()
    finally:
        gc.enable()
    gc.set_threshold(ALLOCATIONS)
