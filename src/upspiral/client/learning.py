"""What can an application tell and ask about its agents' recommendations? The calls of `spiral.learning`."""

import asyncio
from collections.abc import Mapping, Sequence
from typing import Any, Literal, TypeVar, Unpack
from urllib.parse import quote

from upspiral.client.compat import AwaitableId, CompatCalls, accepts_workspace
from upspiral.client.reading.asking import Asker, Listed, Question
from upspiral.client.wire import RecommendationRecord, read, strings
from upspiral.domain.learning import (
    AgentProfile,
    AgentStats,
    Boost,
    CycleDue,
    Learned,
    LearnedPattern,
    LearningIteration,
    LearningIterations,
    Rule,
    TrustScore,
)

T = TypeVar("T")
BASE = "/api/v1/learning"
LONGEST_CYCLE_S = 600.0
Verdict = Literal["approved", "rejected", "partial", "pending"]


class _Telling:
    """Calls that tell something: put in the queue, sent in the background, never waited for.

    A ``workspace_id`` may be given to every call, and is not sent: the key decides.
    """

    def __init__(self, calls: CompatCalls, asker: Asker) -> None:
        self._calls, self._asker = calls, asker

    @accepts_workspace
    def track_agent_recommendation(
        self,
        agent_id: str,
        recommendation_type: str,
        recommendation_content: Any,
        *,
        confidence_score: float | None = None,
        **more: Unpack[RecommendationRecord],
    ) -> str:
        """Record a recommendation of an agent; give its id at once.

        Args:
            agent_id: Who gave it.
            recommendation_type: strategy, content, channel, budget, timing, or a word of your own.
            recommendation_content: What it says: text, or anything that JSON can say.
            confidence_score: The agent's own, 0 to 1.
            **more: ``agent_name``, ``workflow_id``, ``correlation_id`` and so on; see
                `upspiral.client.wire.RecommendationRecord`.
        """
        if confidence_score is not None:
            more["confidence"] = confidence_score
        kind = str(getattr(recommendation_type, "value", recommendation_type))
        return self._ident(self._calls.track_recommendation(agent_id, kind, recommendation_content, **more))

    record_recommendation = track_agent_recommendation

    def _ident(self, ident: str) -> str:
        return ident

    @accepts_workspace
    def evaluate_outcome(
        self,
        recommendation_id: str,
        *,
        overall_quality_score: float | None = None,
        quality_scores: Mapping[str, float] | None = None,
        evaluator_feedback: str | None = None,
        status: Verdict | None = None,
        accuracy_impact: float | None = None,
        consistency_impact: float | None = None,
    ) -> str:
        """Say what came of a recommendation; give the evaluation's id. Trust follows from it.

        Args:
            recommendation_id: As `track_agent_recommendation` gave it.
            overall_quality_score: 0 to 100; decides where no status is given.
            quality_scores: By dimension, 0 to 100 each.
            evaluator_feedback: The evaluator's words.
            status: What was decided.
            accuracy_impact: How far this outcome moves the accuracy of the agent's trust, -1 to 1.
            consistency_impact: How far it moves the consistency, -1 to 1.
        """
        return self._ident(
            self._calls.evaluate_outcome(
                recommendation_id,
                status,
                quality=overall_quality_score,
                dimensions=quality_scores,
                comments=evaluator_feedback,
                impacts={"accuracy_impact": accuracy_impact, "consistency_impact": consistency_impact},
            )
        )

    @accepts_workspace
    def update_trust_from_outcome(
        self,
        recommendation_id: str,
        outcome_quality_score: float,
        *,
        accuracy_impact: float | None = None,
        consistency_impact: float | None = None,
    ) -> str:
        """Say how good an outcome was, 0 to 100: the only way to move an agent's trust."""
        return self.evaluate_outcome(
            recommendation_id,
            overall_quality_score=outcome_quality_score,
            accuracy_impact=accuracy_impact,
            consistency_impact=consistency_impact,
        )

    def update_trust_score(self, update: Any, workspace_id: str | None = None) -> str:
        """Take an update as an object or a mapping; see `update_trust_from_outcome`.

        Args:
            update: With ``recommendation_id``, ``outcome_quality_score`` and perhaps ``accuracy_impact`` and
                ``consistency_impact``.
            workspace_id: Not sent.
        """
        return self.update_trust_from_outcome(
            str(read(update, "recommendation_id")),
            read(update, "outcome_quality_score"),
            accuracy_impact=read(update, "accuracy_impact"),
            consistency_impact=read(update, "consistency_impact"),
        )

    @accepts_workspace
    def evaluate_workflow_outcome(
        self,
        workflow_id: str,
        recommendations: Sequence[str] = (),
        *,
        overall_quality_score: float,
        feedback: str | None = None,
    ) -> str:
        """Say how a whole workflow turned out; it counts for each recommendation. Give the evaluation's id.

        Args:
            workflow_id: As the recommendations named it.
            recommendations: Their ids; none means all that named the workflow.
            overall_quality_score: 0 to 100; decides by the server's thresholds of success and failure.
            feedback: In words.
        """
        return self._ident(
            self._calls.evaluate_workflow(
                workflow_id, recommendations, quality=overall_quality_score, feedback=feedback
            )
        )


class Learning(_Telling):
    """Recommendations, trust and what was learned. Questions wait, and first send what was told."""

    @accepts_workspace
    def get_trust_score(self, agent_id: str) -> TrustScore:
        """Give how far an agent is trusted, with the posterior of each domain beneath it.

        Raises:
            NotFound: Nothing is known of it; says whose name is most like it.
        """
        return self._asker.ask(trust_score(agent_id))

    @accepts_workspace
    def initialize_trust_score(self, agent_id: str, agent_name: str | None = None) -> TrustScore:
        """Give an agent's score; nothing need be made beforehand: a new agent has the beginner's."""
        return self._asker.ask(trust_score(agent_id, initialize=True))

    @accepts_workspace
    def get_all_trust_scores(self) -> list[TrustScore]:
        """Give all scores, the most trusted first."""
        return self._asker.ask(trust_scores(0.0))

    @accepts_workspace
    def get_agents_above(self, min_trust: float = 0.7) -> list[TrustScore]:
        """Give those whose score reaches a minimum from 0 to 1, the most trusted first."""
        return self._asker.ask(trust_scores(min_trust))

    get_trusted_agents = get_agents_above

    @accepts_workspace
    def get_agent_stats(self, agent_id: str) -> AgentStats:
        """Count what an agent recommended, and how it turned out.

        Raises:
            NotFound: It recommended nothing.
        """
        return self._asker.ask(agent_stats(agent_id))

    @accepts_workspace
    def get_agent_decision_boost(self, agent_id: str, recommendation_type: str) -> Boost:
        """Give by how much to lean on an agent's decision, -0.2 to 0.2; 0 while nothing is sure."""
        return self._asker.ask(boost(agent_id, recommendation_type))

    @accepts_workspace
    def should_trigger_learning_cycle(self) -> CycleDue:
        """Say whether a learning cycle should run, and why; what is given is true or false by itself."""
        return self._asker.ask(due())

    @accepts_workspace
    def trigger_learning_cycle(
        self, lookback_days: float | Mapping[str, float] = 7, min_pattern_confidence: float = 0.7
    ) -> LearningIteration:
        """Run the learning cycle now, and wait for what came of it, at most ten minutes.

        Args:
            lookback_days: How far back it looks; or a mapping with both.
            min_pattern_confidence: Patterns below it are not kept, 0 to 1.
        """
        return self._asker.ask(cycle(lookback_days, min_pattern_confidence)).iteration

    @accepts_workspace
    def get_learning_iterations(self, limit: int = 100, before: str | None = None) -> LearningIterations:
        """Give the learning cycles that have run, newest first, each as it was measured last.

        Args:
            limit: How many at once, up to 1,000.
            before: ``next`` of the page before, to go on from there.
        """
        return self._asker.ask(iterations(limit, before))

    @accepts_workspace
    def get_patterns(
        self, category: str | None = None, *, pattern_category: str | None = None
    ) -> list[LearnedPattern]:
        """Give the patterns that were learned: all, or those of one category, the surest first."""
        return self._asker.ask(patterns(category or pattern_category))

    @accepts_workspace
    def get_agent_profile(self, agent_id: str) -> AgentProfile:
        """Give what an agent is good and bad at.

        Raises:
            NotFound: No learning cycle has seen it.
        """
        return self._asker.ask(profile(agent_id))

    @accepts_workspace
    def suggest_decision_rules(self, context: Mapping[str, object] | None = None) -> list[Rule]:
        """Give the active rules that bear on a situation, such as ``{"task_type": "strategy"}``."""
        return self._asker.ask(rules(context or {}))


class AsyncLearning(_Telling):
    """The same for asyncio: telling needs no ``await`` (and allows it), questions do."""

    def _ident(self, ident: str) -> str:
        return AwaitableId(ident)

    @accepts_workspace
    async def get_trust_score(self, agent_id: str) -> TrustScore:
        """Give how far an agent is trusted; see `Learning.get_trust_score`."""
        return await self._ask(trust_score(agent_id))

    @accepts_workspace
    async def initialize_trust_score(self, agent_id: str, agent_name: str | None = None) -> TrustScore:
        """Give an agent's score; a new agent has the beginner's."""
        return await self._ask(trust_score(agent_id, initialize=True))

    @accepts_workspace
    async def get_all_trust_scores(self) -> list[TrustScore]:
        """Give all scores, the most trusted first."""
        return await self._ask(trust_scores(0.0))

    @accepts_workspace
    async def get_agents_above(self, min_trust: float = 0.7) -> list[TrustScore]:
        """Give those whose score reaches a minimum from 0 to 1, the most trusted first."""
        return await self._ask(trust_scores(min_trust))

    get_trusted_agents = get_agents_above

    @accepts_workspace
    async def get_agent_stats(self, agent_id: str) -> AgentStats:
        """Count what an agent recommended; see `Learning.get_agent_stats`."""
        return await self._ask(agent_stats(agent_id))

    @accepts_workspace
    async def get_agent_decision_boost(self, agent_id: str, recommendation_type: str) -> Boost:
        """Give by how much to lean on an agent's decision, -0.2 to 0.2."""
        return await self._ask(boost(agent_id, recommendation_type))

    @accepts_workspace
    async def should_trigger_learning_cycle(self) -> CycleDue:
        """Say whether a learning cycle should run, and why."""
        return await self._ask(due())

    @accepts_workspace
    async def trigger_learning_cycle(
        self, lookback_days: float | Mapping[str, float] = 7, min_pattern_confidence: float = 0.7
    ) -> LearningIteration:
        """Run the learning cycle now; see `Learning.trigger_learning_cycle`."""
        return (await self._ask(cycle(lookback_days, min_pattern_confidence))).iteration

    @accepts_workspace
    async def get_learning_iterations(
        self, limit: int = 100, before: str | None = None
    ) -> LearningIterations:
        """Give the learning cycles that have run; see `Learning.get_learning_iterations`."""
        return await self._ask(iterations(limit, before))

    @accepts_workspace
    async def get_patterns(
        self, category: str | None = None, *, pattern_category: str | None = None
    ) -> list[LearnedPattern]:
        """Give the patterns that were learned: all, or those of one category."""
        return await self._ask(patterns(category or pattern_category))

    @accepts_workspace
    async def get_agent_profile(self, agent_id: str) -> AgentProfile:
        """Give what an agent is good and bad at; see `Learning.get_agent_profile`."""
        return await self._ask(profile(agent_id))

    @accepts_workspace
    async def suggest_decision_rules(self, context: Mapping[str, object] | None = None) -> list[Rule]:
        """Give the active rules that bear on a situation."""
        return await self._ask(rules(context or {}))

    async def _ask(self, question: Question[T]) -> T:
        return await asyncio.to_thread(self._asker.ask, question)


def trust_score(agent: str, *, initialize: bool = False) -> Question[TrustScore]:
    """Ask for one score; of an unknown agent only where it may begin.

    >>> trust_score("a/b").path
    '/api/v1/learning/trust-scores/a%2Fb'
    """
    query = {"initialize": "true"} if initialize else {}
    return Question(path=f"{BASE}/trust-scores/{quote(agent, safe='')}", query=query, wanted=TrustScore)


def trust_scores(least: float) -> Question[list[TrustScore]]:
    """Ask for the scores from a minimum."""
    return Question(path=f"{BASE}/trust-scores", query={"min_trust": str(least)}, wanted=Listed[TrustScore])


def agent_stats(agent: str) -> Question[AgentStats]:
    """Ask what an agent recommended."""
    return Question(path=f"{BASE}/agents/{quote(agent, safe='')}/stats", wanted=AgentStats)


def boost(agent: str, kind: str) -> Question[Boost]:
    """Ask how much to lean on an agent."""
    return Question(path=f"{BASE}/boosts/{quote(agent, safe='')}", query={"type": kind}, wanted=Boost)


def due() -> Question[CycleDue]:
    """Ask whether a cycle should run."""
    return Question(path=f"{BASE}/learning-cycles/due", wanted=CycleDue)


def cycle(lookback_days: float | Mapping[str, float], confidence: float) -> Question[Learned]:
    """Ask for a learning cycle now.

    >>> cycle({"lookback_days": 3}, 0.7).body
    {'lookback_days': 3, 'min_pattern_confidence': 0.7}
    """
    given = lookback_days if isinstance(lookback_days, Mapping) else {"lookback_days": lookback_days}
    body = {"lookback_days": 7, "min_pattern_confidence": confidence, **given}
    path = f"{BASE}/learning-cycles/trigger"
    return Question(path=path, body=body, wanted=Learned, timeout_s=LONGEST_CYCLE_S)


def iterations(limit: int, before: str | None) -> Question[LearningIterations]:
    """Ask for a page of the cycles that have run."""
    query = {"limit": str(limit), **({"after": before} if before else {})}
    return Question(path=f"{BASE}/iterations", query=query, wanted=LearningIterations)


def patterns(category: str | None) -> Question[list[LearnedPattern]]:
    """Ask for patterns."""
    query = {"category": category} if category else {}
    return Question(path=f"{BASE}/patterns", query=query, wanted=Listed[LearnedPattern])


def profile(agent: str) -> Question[AgentProfile]:
    """Ask for a profile."""
    return Question(path=f"{BASE}/agent-profiles/{quote(agent, safe='')}", wanted=AgentProfile)


def rules(context: Mapping[str, object]) -> Question[list[Rule]]:
    """Ask for the rules of a situation; one inside ``context`` is read as if it stood outside.

    >>> rules({"context": {"task_type": "strategy"}}).query
    {'task_type': 'strategy'}
    """
    inner = context.get("context")
    named = strings(inner if isinstance(inner, Mapping) else context)
    return Question(path=f"{BASE}/rules", query=named, wanted=Listed[Rule])
