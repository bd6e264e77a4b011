"""Which router chooses in a workspace, and has it read everything yet? Made at first use."""

import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, field
from threading import Lock

from upspiral.config import Settings
from upspiral.domain.ids import DEFAULT_WORKSPACE, AgentId, WorkspaceId
from upspiral.isolation import run_each
from upspiral.projections.router import Router
from upspiral.route.metrics_file import MetricsFile
from upspiral.store import Store

MAX_REQUEST_WAIT_S = 2.0
"""So long after its first use a router's requests wait until it has read everything; then they do not."""

MIN_RELEARN_S = 10.0
"""Where verdicts change all the time, a router reads everything again at most so often."""
RELEARN_PAUSE = 20.0
"""So many times as long as reading everything took, it then rests: a twentieth of a core at most."""


@dataclass(frozen=True)
class LoadingRouter:
    """A router and its first reading of everything, which goes on in a thread of its own."""

    router: Router
    loading: "Future[int]"
    until: float
    """Until when requests wait for the end of it, by the monotonic clock."""


@dataclass
class RouterPool:
    """The routers of one process.

    Args:
        settings: Of the process; says the policy, and where profiles are kept.
        store: Where everything is kept.
        list_routable: Gives who may be chosen in a workspace.
    """

    settings: Settings
    store: Store
    list_routable: Callable[[WorkspaceId], list[AgentId]]
    _made: dict[WorkspaceId, LoadingRouter] = field(default_factory=dict)
    _making: Lock = field(default_factory=Lock)
    _relearning: dict[WorkspaceId, "Future[None]"] = field(default_factory=dict)
    _rested: dict[WorkspaceId, float] = field(default_factory=dict)
    """When each may read everything again, by the monotonic clock."""
    _executor: ThreadPoolExecutor = field(default_factory=lambda: ThreadPoolExecutor(2, "router"))

    def get(self, workspace: WorkspaceId) -> Router:
        """Give the router that has read all that is known; waits for it.

        Raises:
            UpspiralError: What was known cannot be read; the next call tries again.
        """
        return self._wait_for(workspace, None)

    def get_within(self, workspace: WorkspaceId) -> Router:
        """Give the router; where reading takes longer than a request may wait, with what it has read so far.

        Raises:
            UpspiralError: What was known cannot be read; the next call tries again.
        """
        return self._wait_for(workspace, MAX_REQUEST_WAIT_S)

    def get_nowait(self, workspace: WorkspaceId) -> Router | None:
        """Give the router if a request need not wait for it, else None; asks neither the store nor a lock."""
        made = self._made.get(workspace)
        ready = made and (made.loading.done() or time.monotonic() > made.until)
        return made.router if made and ready else None

    def refresh(self) -> None:
        """Have every router learn from what has settled since; those that still load do so already."""
        if self.settings.route.metrics_file and not self._made:
            for one in self.store.workspaces.all():
                self.get(one.id)
        run_each("routing", list(self._made), self._refresh)

    def _refresh(self, workspace: WorkspaceId) -> None:
        made = self._made[workspace]
        if made.loading.done():
            made.router.update(self.store, self.list_routable(workspace))
            if made.router.revised:
                self._relearn_soon(workspace)

    def relearn(self, workspace: WorkspaceId) -> None:
        """Replace a router whose counted verdicts have changed by one that has read everything again."""
        known = self._made.get(workspace)
        if known is not None and known.router.revised:
            began = time.monotonic()
            fresh = self._make(workspace)
            fresh.update(self.store, self.list_routable(workspace))
            self._made[workspace] = LoadingRouter(fresh, known.loading, known.until)
            took = time.monotonic() - began
            self._rested[workspace] = time.monotonic() + max(MIN_RELEARN_S, RELEARN_PAUSE * took)

    def _relearn_soon(self, workspace: WorkspaceId) -> None:
        """Relearn in the background where a verdict has changed, unless that was done just now."""
        running = self._relearning.get(workspace)
        if (running and not running.done()) or time.monotonic() < self._rested.get(workspace, 0.0):
            return
        self._relearning[workspace] = self._executor.submit(self.relearn, workspace)

    def close(self) -> None:
        """Stop reading, and write what is not written yet."""
        for made in self._made.values():
            made.router.close()
        self._executor.shutdown()

    def _wait_for(self, workspace: WorkspaceId, seconds: float | None) -> Router:
        """Give a router once it has read everything, or so many seconds after its first use."""
        made = self._made.get(workspace) or self._begin(workspace)
        left = None if seconds is None else max(0.0, made.until - time.monotonic())
        if wait([made.loading], timeout=left).done:
            made.loading.result()
        return made.router

    def _begin(self, workspace: WorkspaceId) -> LoadingRouter:
        with self._making:
            if workspace in self._made:
                return self._made[workspace]
            router = self._make(workspace)
            router.open(self.store, self.list_routable(workspace))
            loading = self._executor.submit(self._load, workspace, router)
            made = self._made[workspace] = LoadingRouter(
                router, loading, time.monotonic() + MAX_REQUEST_WAIT_S
            )
            return made

    def _load(self, workspace: WorkspaceId, router: Router) -> int:
        try:
            return router.update(self.store, self.list_routable(workspace))
        except Exception:
            with self._making:
                self._made.pop(workspace, None)
            raise

    def _make(self, workspace: WorkspaceId) -> Router:
        """Make one that knows nothing; the profiles of further workspaces have a file beside the first."""
        named = self.settings.route.metrics_file
        path = named or self.settings.data / "profiles.json"
        if workspace != DEFAULT_WORKSPACE:
            path = path.with_name(f"{path.stem}.{workspace}{path.suffix}")
        file = MetricsFile(path.expanduser(), wanted=named is not None)
        return Router(workspace, self.settings.route, file)
