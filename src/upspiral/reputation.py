"""What is shown of an agent's trust? The kept score with the posteriors beneath it, shared where wanted."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from threading import Lock

import msgspec

from upspiral.domain.ids import AgentId, WorkspaceId
from upspiral.domain.learning import CycleDue, DomainTrust, TrustScore
from upspiral.isolation import run_each
from upspiral.route.assess import Assessed, TrustBook
from upspiral.route.beliefs import SuccessBeliefs
from upspiral.route.follow import Router
from upspiral.route.trust_score import TrustFold
from upspiral.runtime import Runtime
from upspiral.stats.posterior import Belief
from upspiral.store.redis_cache import RedisCache, connect

POSTERIORS_LIFETIME = timedelta(seconds=5)
"""Posteriors older than this follow what has settled since; sooner where there is a hundredth more."""
MIN_NEW_SETTLED = 20
"""Recommendations that must have settled for a learning cycle; more, where the last one saw many."""
MAX_NEW_SETTLED = 10_000
DAY = timedelta(days=1)
MAX_DOMAINS = 20
"""Domains told of each agent, those with the most outcomes."""


class TrustProjection:
    """Keeps what is shown of a workspace's agents; every reader sees the facts as they are now."""

    def __init__(self, runtime: Runtime, workspace: WorkspaceId) -> None:
        self._runtime, self._workspace = runtime, workspace
        self._book = TrustBook(workspace)
        url = runtime.settings.redis_url
        self._shared = RedisCache(connect(url.get_secret_value()), prefix="upspiral:trust") if url else None
        self._believer: Router | None = None
        self._told: dict[str, tuple[DomainTrust, ...]] = {}
        self._told_of, self._told_at, self._kept_at = (
            -1,
            runtime.now() - POSTERIORS_LIFETIME,
            runtime.now() - POSTERIORS_LIFETIME,
        )
        self._made: dict[AgentId, tuple[Assessed, tuple[DomainTrust, ...], TrustScore]] = {}
        self._lock, self._believing = Lock(), Lock()

    def scores(self) -> list[TrustScore]:
        """Give every agent's score, the most trusted first."""
        if not self._book.warm and (kept := self._from_elsewhere()):
            return _sort(kept)  # reading everything is left to `keep`
        now = self._runtime.now()
        told = self._told if now - self._kept_at < POSTERIORS_LIFETIME else self._posteriors(now)
        return _sort(self._follow(told, now))

    def score(self, agent: AgentId) -> TrustScore:
        """Give one agent's score; that of a beginner for one that nothing is known of."""
        found = {one.agent_id: one for one in self.scores()}
        return found.get(agent) or to_trust_score(agent, Assessed("", TrustFold()), ())

    def keep(self) -> None:
        """Count what came since, so that the next reader need not wait; the first time, everything."""
        now = self._runtime.now()
        self._follow(self._posteriors(now), now)
        self._kept_at = now

    def recompute(self) -> str:
        """Compute every score again from all facts; give in words whether any differed."""
        self._runtime.routers.relearn(self._workspace)
        now = self._runtime.now()
        differed = self._book.rebuild(self._runtime.store, now=now)
        with self._lock:
            self._made, self._believer, self._told_of = {}, None, -1
        count = len(self._follow(self._posteriors(now), now))
        return f"Trust of {count} agents recomputed from all facts; {differed} differed from what was kept."

    def forget(self) -> None:
        """Start over, as after facts were erased."""
        with self._lock:
            self._book.forget()
            self._made = {}
            if self._shared:
                self._shared.forget(self._workspace)

    def _follow(self, told: Mapping[str, tuple[DomainTrust, ...]], now: datetime) -> list[TrustScore]:
        with self._lock:
            changed: dict[str, bytes] = {}
            for agent, one in self._book.follow(self._runtime.store, now=now).items():
                known, beliefs = self._made.get(agent), told.get(agent, ())
                if known is None or known[0] is not one or known[1] is not beliefs:
                    made = to_trust_score(agent, one, beliefs)
                    self._made[agent] = (one, beliefs, made)
                    changed[agent] = msgspec.json.encode(made)
            if self._shared:
                self._shared.put(self._workspace, changed)
            return [made for _, _, made in self._made.values()]

    def _from_elsewhere(self) -> list[TrustScore]:
        kept = self._shared.all(self._workspace) if self._shared else {}
        return [msgspec.json.decode(value, type=TrustScore) for value in kept.values()]

    def _posteriors(self, now: datetime) -> dict[str, tuple[DomainTrust, ...]]:
        with self._believing:
            router = self._router()
            if now - self._told_at >= POSTERIORS_LIFETIME:
                router.follow(self._runtime.store, router.agents)
                self._told_at = now
                wanted = router.now != self._told_of
            else:
                wanted = router.now > 1.01 * self._told_of
            if wanted:
                self._told_of = router.now
                learned = beliefs_of(router)
                self._told = learned.summarize(now=router.now) if learned else {}
            return self._told

    def _router(self) -> Router:
        """The router itself, or one of the default policy where that one has no beliefs."""
        if self._believer is None:
            chosen = self._runtime.routers.get(self._workspace)
            if beliefs_of(chosen) is None:
                settings = self._runtime.settings.route.model_copy(update={"policy": "thompson"})
                chosen = Router(self._workspace, settings)
                chosen.follow(self._runtime.store, ())
            self._believer = chosen
        return self._believer


class TrustProjections:
    """Every workspace's, made when it is first asked for."""

    def __init__(self, runtime: Runtime) -> None:
        self._runtime = runtime
        self._made: dict[WorkspaceId, TrustProjection] = {}

    def of(self, workspace: WorkspaceId) -> TrustProjection:
        """Give a workspace's."""
        if workspace not in self._made:
            self._made.setdefault(workspace, TrustProjection(self._runtime, workspace))
        return self._made[workspace]

    def keep(self) -> None:
        """Bring all up to date that somebody has asked for."""
        run_each("trust", list(self._made), lambda workspace: self._made[workspace].keep())

    def forget(self, workspace: WorkspaceId) -> None:
        """Start a workspace's over, as after facts were erased."""
        self.of(workspace).forget()


def beliefs_of(router: Router) -> SuccessBeliefs | None:
    """Give the posteriors that a router decides by; None where its policy has none."""
    policy = getattr(router.policy, "beliefs", router.policy)
    found = getattr(policy, "learned", None)
    return found if isinstance(found, SuccessBeliefs) else None


def to_trust_score(agent: str, assessed: Assessed, beliefs: tuple[DomainTrust, ...]) -> TrustScore:
    """Put together what is shown of one agent."""
    trust = assessed.trust
    share = trust.one_rater_share
    busiest = max(trust.raters, key=lambda name: trust.raters[name], default="")
    mean, low = _expect_rate(trust, beliefs)
    changes = [one.changed_at for one in beliefs if one.changed_at]
    return TrustScore(
        agent_id=agent,
        agent_name=assessed.name or agent,
        expected_success=mean,
        expected_success_low=low,
        overall_trust_score=trust.overall,
        overall_trust=trust.overall,
        accuracy_score=trust.accuracy,
        consistency_score=trust.consistency,
        timeliness_score=trust.timeliness if trust.known[2] else None,
        reliability_score=trust.reliability,
        confidence_factor=trust.confidence,
        sample_size=trust.n,
        approval_rate=trust.approval_rate,
        avg_quality_score=trust.avg_quality_score,
        recommendation_strength=trust.strength,
        strength=trust.strength,
        trend=trust.trend,
        one_rater_share=share,
        warning=f"{share:.0%} of the verdicts are by {busiest!r} alone." if share > 0.5 else None,
        posterior=beliefs[:MAX_DOMAINS],
        changed_at=max(changes, default=None),
    )


def due(runtime: Runtime, workspace: WorkspaceId) -> CycleDue:
    """Say whether a learning cycle should run: enough settled since the last one, or anything in a day."""
    now, runs = runtime.now(), runtime.store.learning_runs.latest(workspace)
    last = runs[0].at if runs else None
    since = last or datetime.fromtimestamp(0, UTC)
    settled = runtime.store.interactions.recommendations_settled(workspace, since, MAX_NEW_SETTLED)
    enough = max(MIN_NEW_SETTLED, runs[0].learned.iteration.samples_analyzed // 10 if runs else 0)
    count = f"{settled} recommendations settled since the last cycle" if runs else f"{settled} settled so far"
    if settled >= min(enough, MAX_NEW_SETTLED):
        return CycleDue(due=True, reason=f"{count}.", settled=settled, last=last)
    if settled and last and now - last >= DAY:
        return CycleDue(due=True, reason=f"{count}, a day ago.", settled=settled, last=last)
    return CycleDue(
        due=False, reason=f"{count}; {min(enough, MAX_NEW_SETTLED)} are enough.", settled=settled, last=last
    )


def _expect_rate(trust: TrustFold, beliefs: tuple[DomainTrust, ...]) -> tuple[float | None, float | None]:
    """Give the expected success rate over an agent's domains, by their outcomes, and its lower limit."""
    total = sum(one.n for one in beliefs)
    if total > 0:
        mean = sum(one.n * one.mean for one in beliefs) / total
        return mean, sum(one.n * one.low for one in beliefs) / total
    if not trust.n:
        return None, None
    belief = Belief(trust.approvals + 1, trust.n - trust.approvals + 1)
    return belief.mean, belief.interval()[0]


def _sort(scores: list[TrustScore]) -> list[TrustScore]:
    """Put the agent first that most probably succeeds.

    The mean of the posterior orders better than its lower limit, which ranks agents by how often they were
    asked, and far better than the score shown, which remembers about twenty outcomes.
    """
    return sorted(
        scores, key=lambda one: (-(one.expected_success or 0.0), -one.overall_trust_score, one.agent_id)
    )
