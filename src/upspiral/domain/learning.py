"""What was learned from recommendations: rules, profiles, insights, suggestions, and one run of the cycle."""

from datetime import datetime
from enum import StrEnum

from msgspec import Struct

from upspiral.domain.feedback import Outcome
from upspiral.domain.ids import AgentId, InteractionId, PatternId, WorkspaceId


class Category(StrEnum):
    """Which of the five kinds of pattern it is."""

    HIGH_CONFIDENCE = "high_confidence"
    CONSENSUS = "consensus"
    EXPERT_OPINION = "expert_opinion"
    FAILURE_AVOIDANCE = "failure_avoidance"
    SUCCESS_INDICATOR = "success_indicator"


class Strength(StrEnum):
    """How strongly to lean on it."""

    WEAK = "weak"
    MODERATE = "moderate"
    STRONG = "strong"
    VERY_STRONG = "very_strong"


class Recommended(Struct, frozen=True):
    """The little of a recommendation that is learned from, with how it turned out."""

    id: InteractionId
    agent: AgentId
    at: datetime
    answer: str
    conversation: str
    trace: str | None
    metadata: dict[str, str]
    status: str | None
    """None where nobody judged it."""
    folded: datetime | None
    settled: datetime | None


class LearnedPattern(Struct, frozen=True, kw_only=True):
    """A condition on a recommendation, and how often those that meet it were approved."""

    id: PatternId
    category: Category
    conditions: tuple[tuple[str, str], ...]
    """All must hold, such as ``(("agent", "STRAT-01"), ("type", "strategy"))``."""
    name: str
    success_rate: float
    """Share approved, 0 to 1, on recommendations that did not help to find it."""
    success_low: float
    success_high: float
    """Limits of its 95 % interval."""
    rest_rate: float
    """Share approved of all the others."""
    frequency_count: int
    """How often it was observed in the time looked at."""
    confidence_level: float
    """Posterior chance that its rate truly lies on its side of the others', 0 to 1."""
    recommendation_strength: Strength
    confirmed: bool
    """Does it stand the test on the other half, false discoveries controlled?"""
    distinct: bool
    """Confirmed, and does it say something that no surer pattern says?"""
    predicts: bool
    """Approval, or rejection?"""


class CalibrationBin(Struct, frozen=True):
    """Recommendations of about the same stated confidence."""

    confidence: float
    """Mean stated, 0 to 1."""
    approved: float
    """Share approved."""
    n: int


class AgentProfile(Struct, frozen=True, kw_only=True):
    """What an agent is good and bad at, and whether it knows."""

    agent: AgentId
    workspace: WorkspaceId
    settled: int
    approval_rate: float
    approval_low: float
    approval_high: float
    """Limits of its 95 % interval."""
    strengths: tuple[str, ...]
    """Types of recommendation in which it surely does better than the other agents."""
    weaknesses: tuple[str, ...]
    """Types in which it surely does worse."""
    overconfidence: float | None
    """Mean stated confidence minus the share approved, -1 to 1; None where it states none."""
    calibration_error: float | None
    """Mean distance of stated confidence and share approved over bins, 0 to 1."""
    calibration: tuple[CalibrationBin, ...] = ()
    consensus_share: float = 0.0
    """Part of its recommendations that other agents joined."""


class RuleState(StrEnum):
    """Where a Rule is in its life."""

    PROPOSED = "proposed"
    ACTIVE = "active"
    RETIRED = "retired"


class RuleKind(StrEnum):
    """What a Rule is for."""

    ROUTING = "routing"
    """Which agent to ask, or not to ask."""
    GUIDELINE = "guideline"
    """Words to heed, which may be put before a model."""


class Rule(Struct, frozen=True, kw_only=True):
    """What to do when; distilled from patterns."""

    id: str
    workspace: WorkspaceId
    kind: RuleKind = RuleKind.GUIDELINE
    conditions: tuple[tuple[str, str], ...]
    prefer: bool
    """Lean on what meets the conditions, or avoid it?"""
    text: str
    state: RuleState = RuleState.PROPOSED
    evidence: tuple[PatternId, ...] = ()
    success_rate: float
    effectiveness: float
    """Share approved inside minus outside, in the way the rule says; -1 to 1."""
    observed: int
    proposed_at: datetime
    confirmed_at: datetime
    """When it was last confirmed."""
    retired_because: str | None = None


class Insight(Struct, frozen=True):
    """Something worth knowing, in plain words, with what it rests on."""

    text: str
    evidence: tuple[str, ...]
    """Ids of patterns, or names of agents."""


class LearningIteration(Struct, frozen=True, kw_only=True):
    """One run of the learning cycle, with every field of the document that asked for it."""

    iteration_id: str
    workspace_id: WorkspaceId
    samples_analyzed: int
    patterns_discovered: int
    patterns_confirmed: int
    rules_updated: int
    iteration_accuracy: float | None = None
    """Share predicted right of the outcomes that came afterwards; None until one did."""
    iteration_base_rate: float | None = None
    """What always guessing the commoner outcome reaches on the same outcomes."""
    iteration_coverage: float | None = None
    """Share of the outcomes that came afterwards to which a pattern applied."""
    pattern_confidence_improvement: float
    """Mean confidence level minus that of the iteration before; 0 for the first."""
    rule_effectiveness_improvement: float
    """Mean effectiveness of active rules minus that of the iteration before; 0 for the first."""
    key_insights: tuple[str, ...]
    recommendations_for_swarm: tuple[str, ...]
    started_at: datetime
    completed_at: datetime
    processing_time_seconds: float


class LearningIterations(Struct, frozen=True, kw_only=True):
    """A page of the runs of the learning cycle, newest first."""

    items: list[LearningIteration]
    next: str | None = None
    """Where the next page begins; None at the end."""


class Learned(Struct, frozen=True, kw_only=True):
    """All that one run of the learning cycle leaves behind."""

    iteration: LearningIteration
    patterns: tuple[LearnedPattern, ...]
    rules: tuple[Rule, ...]
    profiles: tuple[AgentProfile, ...]
    insights: tuple[Insight, ...]
    recommendations: tuple[Insight, ...]
    refreshed_at: datetime | None = None
    """When its patterns were last tested again; its accuracy is final since, for they have seen outcomes."""


class LearningRun(Struct, frozen=True, kw_only=True):
    """One run of the learning cycle, as it is stored."""

    id: str
    workspace: WorkspaceId
    at: datetime
    learned: Learned


class Remedy(StrEnum):
    """What can be done about a weakness, usually the cheapest first."""

    ROUTE = "route elsewhere"
    RULE = "rule"
    PROMPT = "prompt"
    EXAMPLES = "examples"
    FINE_TUNE = "fine-tune"


class Suggestion(Struct, frozen=True, kw_only=True):
    """A remedy for a weakness, with what it should bring and cost."""

    pattern: PatternId
    remedy: Remedy
    text: str
    gain: float
    """Expected points of the agent's success rate over all its conversations, 0 to 100."""
    gain_low: float
    gain_high: float
    """Limits of its 95 % interval; wide where nothing like it was tried yet."""
    cost: float
    """In credits."""
    would_do: bool
    """Does it bring at least half of what the best remedy brings?"""
    basis: str
    """What the expectation rests on."""
    evidence: tuple[InteractionId, ...]


class DomainTrust(Struct, frozen=True, kw_only=True):
    """What is believed of an agent's success rate in one domain; decisions rest on this."""

    domain: str
    mean: float
    """Expected success rate, 0 to 1."""
    low: float
    high: float
    """Limits of its 95 % interval."""
    n: float
    """Outcomes there, faded ones counting for less."""
    changed_at: datetime | None = None
    """When it was last found changed; what was before hardly counts."""


class TrustScore(Struct, frozen=True, kw_only=True):
    """The score shown of one agent, and the posteriors beneath it."""

    agent_id: str
    agent_name: str
    """As it last called itself; its id where it never did."""
    expected_success: float | None = None
    """Mean of the posterior over its domains, by their outcomes, 0 to 1: lists are ordered by it."""
    expected_success_low: float | None = None
    """Mean of the lower limits of the 95 % intervals, in the same way."""
    overall_trust_score: float
    """0 to 1: the four dimensions, weighted, times the confidence factor."""
    overall_trust: float
    """The same."""
    accuracy_score: float
    consistency_score: float
    timeliness_score: float | None
    """None where no latency is known; the other three then make up the score."""
    reliability_score: float
    confidence_factor: float
    """0 to 1, growing with the sample."""
    sample_size: int
    """Settled outcomes."""
    approval_rate: float
    """0 to 1, a partial approval counting half."""
    avg_quality_score: float
    """0 to 100."""
    recommendation_strength: str
    """The score in a word: weak, moderate, strong or very_strong."""
    strength: str
    """The same."""
    trend: str
    """improving, stable or declining: the last hundred approvals, tested at 5 %."""
    one_rater_share: float
    """Part of the verdicts that the busiest rater gave, 0 to 1."""
    warning: str | None = None
    """What to be careful about, such as one rater's share above a half."""
    posterior: tuple[DomainTrust, ...] = ()
    """By domain, the most outcomes first."""
    changed_at: datetime | None = None
    """When the agent was last found changed in any domain."""


class Boost(Struct, frozen=True, kw_only=True):
    """By how much to lean on an agent's decision."""

    agent_id: str
    recommendation_type: str
    boost: float
    """-0.2 to 0.2, to be added to the agent's own confidence."""
    low: float | None
    """Limits of the 95 % interval of its success rate at this type; None where it has no outcomes there."""
    high: float | None
    fleet: float | None
    """Mean expected success rate of the other agents at this type; None where there are none."""
    rules: tuple[str, ...] = ()
    """The active rules that counted, in words."""


class AgentStats(Struct, frozen=True, kw_only=True):
    """How an agent's recommendations turned out."""

    agent_id: str
    total: int
    """All that it recommended."""
    settled: int
    approved: int
    rejected: int
    approval_rate: float
    """0 to 1, a partial approval counting half."""
    avg_quality_score: float
    """0 to 100."""
    trend: str


class WorkflowEvaluated(Struct, frozen=True, kw_only=True):
    """What became of the evaluation of a whole workflow."""

    workflow_id: str
    recommendations: tuple[str, ...]
    """Those that were evaluated."""
    waiting: tuple[str, ...] = ()
    """Those of them that have not come yet; the evaluation waits for them."""
    status: str
    """approved, partial or rejected: what the quality says."""
    outcomes: tuple[Outcome, ...] = ()


class CycleDue(Struct, frozen=True, kw_only=True):
    """Should a learning cycle run?"""

    due: bool
    reason: str
    settled: int
    """Recommendations that settled since the last cycle."""
    last: datetime | None = None
    """When the last cycle began."""

    def __bool__(self) -> bool:
        return self.due
