"""Where is a workspace's trust, its learner and its search index? Made when they are first asked for."""

from collections.abc import Callable
from datetime import datetime

from upspiral.analyze.similarity_index import Embedder
from upspiral.config import Settings
from upspiral.domain.ids import AgentId, WorkspaceId
from upspiral.isolation import run_each
from upspiral.projections.recommendations import RecommendationLearner
from upspiral.projections.router_pool import RouterPool
from upspiral.projections.search import SearchIndex
from upspiral.projections.trust import TrustProjection
from upspiral.store import Store


class Projections:
    """What one process keeps in memory of every workspace, besides its routers.

    Args:
        store: What they follow.
        settings: Of the process.
        routers: Its routers.
        clock: Tells the time.
        embedder: Makes what turns texts into vectors for search; gives None where words are compared.
    """

    def __init__(
        self,
        store: Store,
        settings: Settings,
        *,
        routers: RouterPool,
        clock: Callable[[], datetime],
        embedder: Callable[[], Embedder | None],
    ) -> None:
        self._store, self._settings, self._routers = store, settings, routers
        self._clock, self._embedder = clock, embedder
        self._trust: dict[WorkspaceId, TrustProjection] = {}
        self._learners: dict[WorkspaceId, RecommendationLearner] = {}
        self._indexes: dict[tuple[WorkspaceId, AgentId | None], SearchIndex] = {}

    def trust(self, workspace: WorkspaceId) -> TrustProjection:
        """Give the trust scores of a workspace."""
        if workspace not in self._trust:
            made = TrustProjection(
                workspace,
                store=self._store,
                settings=self._settings,
                routers=self._routers,
                clock=self._clock,
            )
            self._trust.setdefault(workspace, made)  # of two that are made at once, both get the same
        return self._trust[workspace]

    def learner(self, workspace: WorkspaceId) -> RecommendationLearner:
        """Give the learner of a workspace's recommendations."""
        made = RecommendationLearner(workspace, self._settings.analyze.learning)
        return self._learners.setdefault(workspace, made)

    def search_index(self, workspace: WorkspaceId, agent: AgentId | None) -> SearchIndex:
        """Give the index of an agent's questions; of all agents for None."""
        if (workspace, agent) not in self._indexes:
            made = SearchIndex(workspace, agent, embedder=self._embedder())
            self._indexes.setdefault((workspace, agent), made)
        return self._indexes[workspace, agent]

    def refresh_search(self) -> None:
        """Let every index that somebody has searched take in what a request could not wait for."""
        run_each("search", list(self._indexes), lambda key: self._indexes[key].update(self._store))

    def refresh_trust(self) -> None:
        """Bring the trust up to date of every workspace whose trust somebody has asked for."""
        run_each("trust", list(self._trust), lambda workspace: self._trust[workspace].refresh())

    def reset_trust(self, workspace: WorkspaceId) -> None:
        """Fold a workspace's trust again at its next use."""
        self.trust(workspace).reset()

    def reset(self, workspace: WorkspaceId) -> None:
        """Read everything of a workspace again at its next use, as after facts were erased."""
        self.reset_trust(workspace)
        self.learner(workspace).reset()
        for key in [key for key in self._indexes if key[0] == workspace]:
            del self._indexes[key]
