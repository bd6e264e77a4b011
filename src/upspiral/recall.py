"""What is kept in memory of a workspace besides trust and routing: its learner, and its texts for search."""

from upspiral.analyze.learn import RecommendationLearner
from upspiral.analyze.search import SearchHit, SearchIndex
from upspiral.domain.ids import AgentId, WorkspaceId
from upspiral.domain.learning import LearningRun
from upspiral.runtime import Runtime


class Recall:
    """Learners and search indexes, made when they are first asked for."""

    def __init__(self, runtime: Runtime) -> None:
        self._runtime = runtime
        self._memories: dict[tuple[WorkspaceId, AgentId | None], SearchIndex] = {}
        self._learners: dict[WorkspaceId, RecommendationLearner] = {}

    def learner(self, workspace: WorkspaceId) -> RecommendationLearner:
        """Give the learner of a workspace."""
        settings = self._runtime.settings.analyze.learning
        return self._learners.setdefault(workspace, RecommendationLearner(workspace, settings))

    def learn(
        self, workspace: WorkspaceId, lookback_days: float, min_confidence: float | None
    ) -> LearningRun:
        """Run the learning cycle of a workspace over the last days."""
        settings = self._runtime.settings.analyze.learning
        if min_confidence is not None:
            settings = settings.model_copy(update={"min_pattern_confidence": min_confidence})
        return self.learner(workspace).run(
            self._runtime.store, lookback_days=lookback_days, settings=settings, clock=self._runtime.now
        )

    def search(
        self, workspace: WorkspaceId, text: str, *, agent: AgentId | None, limit: int
    ) -> list[SearchHit]:
        """Find past Interactions whose question is most like a text, the likest first."""
        key = (workspace, agent)
        if key not in self._memories:
            self._memories[key] = SearchIndex(workspace, agent, embedder=self._runtime.embedder())
        return self._memories[key].like(self._runtime.store, text, limit=limit)

    def forget(self, workspace: WorkspaceId) -> None:
        """Read everything of a workspace again when it is next asked for."""
        self.learner(workspace).forget()
        for key in [key for key in self._memories if key[0] == workspace]:
            del self._memories[key]
