"""How far is each agent of a workspace trusted? The scores, kept up to date and shared where wanted."""

from collections.abc import Callable, Mapping
from concurrent.futures import Future
from datetime import datetime, timedelta
from threading import Lock, Thread

import msgspec

from upspiral.config import Settings
from upspiral.domain.ids import AgentId, WorkspaceId
from upspiral.domain.learning import DomainTrust, TrustScore
from upspiral.errors import Busy
from upspiral.projections.redis_cache import RedisCache, connect
from upspiral.projections.router import Router
from upspiral.projections.router_pool import RouterPool
from upspiral.projections.trust_folds import TrustFolds
from upspiral.route.trust_score import TrustFold
from upspiral.route.trust_summary import AgentTrust, sort_scores, to_trust_score
from upspiral.store import Store

POSTERIORS_LIFETIME = timedelta(seconds=5)
"""Posteriors older than this follow what has settled since; sooner where there is a hundredth more."""
MAX_FIRST_WAIT_S = 10.0
"""So long a reader waits for the first reading of everything, which goes on beside it."""


class TrustProjection:
    """What is shown of a workspace's agents; every reader sees the facts as they are now.

    Args:
        workspace: Whose agents.
        store: Where the facts are.
        settings: Say whether scores are shared through Redis, and how routing learns.
        routers: The router's beliefs are the posteriors shown.
        clock: Tells the time.
    """

    def __init__(
        self,
        workspace: WorkspaceId,
        *,
        store: Store,
        settings: Settings,
        routers: RouterPool,
        clock: Callable[[], datetime],
    ) -> None:
        self._workspace, self._store, self._settings = workspace, store, settings
        self._routers, self._clock = routers, clock
        self._folds = TrustFolds(workspace)
        url = settings.redis_url
        self._shared = RedisCache(connect(url.get_secret_value()), prefix="upspiral:trust") if url else None
        self._belief_router: Router | None = None
        self._beliefs: dict[str, tuple[DomainTrust, ...]] = {}
        """By agent, as they were when so many answers had settled, and when that was looked at last."""
        self._beliefs_count = -1
        self._beliefs_at = self._refreshed_at = clock() - POSTERIORS_LIFETIME
        self._scores: dict[AgentId, tuple[AgentTrust, tuple[DomainTrust, ...], TrustScore]] = {}
        """Each with what it was made from."""
        # Two locks: posteriors take long, and who only needs the folds must not wait for them.
        self._lock, self._beliefs_lock = Lock(), Lock()
        self._first: Future[None] | None = None
        self._first_lock = Lock()

    def scores(self) -> list[TrustScore]:
        """Give every agent's score, the most trusted first.

        Raises:
            Busy: Everything is being read for the first time, and that takes long.
        """
        if not self._folds.warm:
            if shared := self._load_shared():
                return sort_scores(shared)  # `refresh` reads everything in the background
            self._wait_for_first()
        now = self._clock()
        fresh = now - self._refreshed_at < POSTERIORS_LIFETIME
        return sort_scores(self._update_scores(self._beliefs if fresh else self._posteriors(now), now))

    def score(self, agent: AgentId) -> TrustScore:
        """Give one agent's score; that of a beginner for one that nothing is known of."""
        found = {one.agent_id: one for one in self.scores()}
        return found.get(agent) or to_trust_score(agent, AgentTrust("", TrustFold()), ())

    def refresh(self) -> None:
        """Count what came since, so that the next reader need not wait; the first time, everything."""
        now = self._clock()
        self._update_scores(self._posteriors(now), now)
        self._refreshed_at = now

    def _wait_for_first(self) -> None:
        with self._first_lock:
            if self._first is None or self._first.done():
                self._first = Future()
                Thread(target=self._read_first, args=(self._first,), name="trust", daemon=True).start()
            first = self._first
        try:
            first.result(timeout=MAX_FIRST_WAIT_S)
        except TimeoutError:
            raise Busy(
                "Trust is being read from all outcomes, for the first time since this server began.",
                hint="Ask again in a moment: a million interactions take about two minutes.",
            ) from None

    def _read_first(self, first: "Future[None]") -> None:
        try:
            self.refresh()
        except Exception as error:  # it belongs to whoever waits
            first.set_exception(error)
        else:
            first.set_result(None)

    def recompute(self) -> str:
        """Compute every score again from all facts; give in words whether any differed."""
        self._routers.relearn(self._workspace)
        now = self._clock()
        differed = self._folds.rebuild(self._store, now=now)
        with self._lock:
            self._scores, self._belief_router, self._beliefs_count = {}, None, -1
        count = len(self._update_scores(self._posteriors(now), now))
        return f"Trust of {count} agents recomputed from all facts; {differed} differed from what was kept."

    def reset(self) -> None:
        """Start over, as after facts were erased."""
        with self._lock:
            self._folds.reset()
            self._scores = {}
            if self._shared:
                self._shared.forget(self._workspace)

    def _update_scores(
        self, beliefs: Mapping[str, tuple[DomainTrust, ...]], now: datetime
    ) -> list[TrustScore]:
        """Make the scores again of the agents with new or changed facts."""
        with self._lock:
            changed: dict[str, bytes] = {}
            for agent, one in self._folds.refresh(self._store, now=now).items():
                known, believed = self._scores.get(agent), beliefs.get(agent, ())
                if known is None or known[0] is not one or known[1] is not believed:
                    made = to_trust_score(agent, one, believed)
                    self._scores[agent] = (one, believed, made)
                    changed[agent] = msgspec.json.encode(made)
            if self._shared:
                self._shared.put(self._workspace, changed)
            return [made for _, _, made in self._scores.values()]

    def _load_shared(self) -> list[TrustScore]:
        kept = self._shared.all(self._workspace) if self._shared else {}
        return [msgspec.json.decode(value, type=TrustScore) for value in kept.values()]

    def _posteriors(self, now: datetime) -> dict[str, tuple[DomainTrust, ...]]:
        with self._beliefs_lock:
            router = self._get_belief_router()
            if now - self._beliefs_at >= POSTERIORS_LIFETIME:
                router.update(self._store, router.agents)
                self._beliefs_at = now
                stale = router.now != self._beliefs_count
            else:
                # A busy workspace settles something every second: a hundredth more hardly moves a posterior.
                stale = router.now > 1.01 * self._beliefs_count
            if stale:
                self._beliefs_count = router.now
                self._beliefs = router.beliefs.learned.summarize(now=router.now) if router.beliefs else {}
            return self._beliefs

    def _get_belief_router(self) -> Router:
        """Give the router itself, or one of the default policy where that one has no beliefs."""
        if self._belief_router is None:
            chosen = self._routers.get(self._workspace)
            if chosen.beliefs is None:
                settings = self._settings.route.model_copy(update={"policy": "thompson"})
                chosen = Router(self._workspace, settings)
                chosen.update(self._store, ())
            self._belief_router = chosen
        return self._belief_router
