"""What do the memories of served versions hold about a question? Kept in memory, and following erasures."""

import time
from collections import OrderedDict
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from threading import Lock

from msgspec import Struct

from upspiral.analyze.memory_index import MemoryIndex
from upspiral.analyze.similarity_index import Embedder
from upspiral.domain import AgentVersion
from upspiral.domain.ids import MemoryId, WorkspaceId
from upspiral.domain.prompting import Memory, MemoryItem
from upspiral.store import Store

MAX_LOADED_MEMORIES = 16
"""The one that was not used for the longest time is loaded again when it is needed."""
MAX_ERASURE_LAG_S = 0.25
"""What another server erased is shown so long at most; what this one erased is not shown again."""
TEXT = "text"
"""A memory whose likeness is measured by letters and words, without asking anybody."""


class _Loaded(Struct):
    """A memory that is ready to be searched."""

    index: MemoryIndex
    erasures: int
    """How many of them the index has followed."""
    changes: int
    """How many changes this process had made when the store was last asked."""
    looked_at: float


class MemoryPool:
    """The memories that versions show, each loaded at its first use.

    Args:
        store: Holds them.
        embedder: Gives what turns texts into vectors, for a memory that is not compared by letters and words.
        steady: Seconds of a clock that never goes back.
    """

    def __init__(
        self,
        store: Store,
        embedder: Callable[[str], Embedder],
        *,
        steady: Callable[[], float] = time.monotonic,
    ) -> None:
        self._store, self._embedder, self._steady = store, embedder, steady
        self._loaded: OrderedDict[tuple[WorkspaceId, MemoryId], _Loaded] = OrderedDict()
        self._slow: set[MemoryId] = set()
        self._lock, self._loading = Lock(), Lock()
        self._loader = ThreadPoolExecutor(1, "memories")

    def is_quick(self, version: AgentVersion) -> bool:
        """Say whether a version's memory is searched in about a millisecond, without loading or asking."""
        if version.memory is None:
            return True
        return (version.workspace, version.memory) in self._loaded and version.memory not in self._slow

    def load_soon(self, versions: Iterable[AgentVersion]) -> None:
        """Load the memories of versions in the background, before somebody asks and waits for it.

        One that cannot be loaded says why when it is needed.
        """
        for version in versions:
            if version.memory and (version.workspace, version.memory) not in self._loaded:
                with suppress(RuntimeError):  # closed meanwhile
                    self._loader.submit(self._get, version.workspace, version.memory)

    def close(self) -> None:
        """Load nothing more."""
        self._loader.shutdown(cancel_futures=True)

    def recall(
        self, version: AgentVersion, question: str, *, apart_from: str | None = None
    ) -> tuple[MemoryItem, ...]:
        """Give the items that a version shows before a question; see `domain.prompting.Recall`.

        Raises:
            NotFound: The version's memory is not there.
            ProviderError: What turns texts into vectors does not answer.
        """
        if version.memory is None:
            return ()
        loaded = self._get(version.workspace, version.memory)
        self._forget_erased(version.workspace, version.memory, loaded)
        return loaded.index.retrieve(question, apart_from=apart_from)

    def _get(self, workspace: WorkspaceId, memory: MemoryId) -> _Loaded:
        key = (workspace, memory)
        with self._lock:
            if known := self._loaded.get(key):
                self._loaded.move_to_end(key)
                return known
        with self._loading:  # one after the other: loading takes seconds where a memory is large
            if known := self._loaded.get(key):
                return known
            made = self._load(workspace, memory)
            with self._lock:
                self._loaded[key] = made
                while len(self._loaded) > MAX_LOADED_MEMORIES:
                    self._loaded.popitem(last=False)
        return made

    def _load(self, workspace: WorkspaceId, memory: MemoryId) -> _Loaded:
        changes, now = self._store.memories.changes, self._steady()
        found = self._store.memories.get(workspace, memory)  # before its items: an erasure meanwhile is seen
        embedder = None if found.by == TEXT else self._embedder(found.by)
        if embedder:
            self._slow.add(memory)
        index = MemoryIndex(found, self._store.memory_items.of(workspace, memory), embedder=embedder)
        return _Loaded(index, found.erasures, changes, now)

    def _forget_erased(self, workspace: WorkspaceId, memory: MemoryId, loaded: _Loaded) -> None:
        """Let an index forget what was erased: own erasures at once, those of others in a quarter second."""
        changes, now = self._store.memories.changes, self._steady()
        if loaded.changes == changes and now - loaded.looked_at < MAX_ERASURE_LAG_S:
            return
        if self._store.memories.count_erasures(workspace, memory) != loaded.erasures:
            found: Memory = self._store.memories.get(workspace, memory)
            loaded.index.forget(found.erased)
            loaded.erasures = found.erasures
        loaded.changes, loaded.looked_at = changes, now
