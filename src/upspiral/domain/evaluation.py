"""Is it truly better? One measurement, a paired comparison, a decision with its reasons."""

from datetime import datetime

from msgspec import Struct

from upspiral.domain.dataset import Split
from upspiral.domain.ids import (
    AgentId,
    AgentVersionId,
    CycleId,
    DatasetId,
    DecisionId,
    ExampleId,
    JudgeVersionId,
    PairId,
    ReportId,
    WorkspaceId,
)

SUCCESS_AT = 0.7
"""The score, 0 to 1, from which an answer is a success where `capture.success_at` says nothing else."""


class Score(Struct, frozen=True):
    """One measurement of one answer."""

    value: float
    """0 (bad) to 1 (good)."""
    reason: str = ""


class Pair(Struct, frozen=True, kw_only=True):
    """One held-out case, answered by both."""

    example: ExampleId
    conversation: str
    slice: str
    candidate: float | None
    """Score of the candidate's answer; None where it could not be had."""
    incumbent: float | None
    candidate_answer: str
    incumbent_answer: str
    went_well: bool = False
    """Is the case a good answer of the agent's own, rather than a failure?"""
    is_recorded: bool = False
    """Was it drawn from the traffic, whatever came of it?"""
    broken_guards: tuple[str, ...] = ()
    """The guards that only the candidate's answer broke."""
    kept_guards: tuple[str, ...] = ()
    """The guards that only the incumbent's answer broke."""
    key: PairId | None = None
    """By which a judge's verdict and people's labels of the pair are found."""

    @property
    def is_same(self) -> bool:
        """Say whether both answered with the same text, so that nobody can prefer one."""
        return self.candidate_answer.strip() == self.incumbent_answer.strip()

    @property
    def preference(self) -> float | None:
        """Say by how much the candidate's answer was scored above the incumbent's, -1 to 1."""
        return None if self.candidate is None or self.incumbent is None else self.candidate - self.incumbent


class Slice(Struct, frozen=True, kw_only=True):
    """The comparison within one group of cases."""

    name: str
    n: int
    wins: int
    """Cases only the candidate got right."""
    losses: int
    """Cases only the incumbent got right."""
    candidate_rate: float
    incumbent_rate: float
    gain_low: float
    gain_high: float


class AnswerUse(Struct, frozen=True, kw_only=True):
    """What one side's answers to the cases of a comparison consumed."""

    answers: int
    input_tokens: int
    """Of all answers together."""
    output_tokens: int
    median_ms: float
    """How long an answer took, calls of tools included: half took longer."""
    p95_ms: float
    """One in twenty took longer."""


class EvalReport(Struct, frozen=True, kw_only=True):
    """A paired comparison of candidate and incumbent on held-out cases, overall and per slice."""

    id: ReportId
    workspace: WorkspaceId
    agent: AgentId
    cycle: CycleId | None = None
    candidate: AgentVersionId
    incumbent: AgentVersionId
    dataset: DatasetId
    split: Split = Split.HELDOUT
    """Which of its cases were answered: the held-out ones, or those on which a night's drafts compete."""
    scorer: str
    at: datetime
    overall: Slice
    slices: tuple[Slice, ...]
    void: int
    """Cases that one side could not answer or the scorer could not judge."""
    pairs: tuple[Pair, ...]
    judge: JudgeVersionId | None = None
    """Who compared the answers, where a judge did; scores then say which one is better."""
    candidate_use: AnswerUse | None = None
    """What the candidate's answers consumed; None where that is not known."""
    incumbent_use: AnswerUse | None = None
    """The same of the incumbent's; None where it was not asked in this comparison."""

    @property
    def gain(self) -> float:
        """Success rate of the candidate minus the incumbent's, -1 to 1."""
        return self.overall.candidate_rate - self.overall.incumbent_rate


class Check(Struct, frozen=True, kw_only=True):
    """One question the gate asks."""

    name: str
    passed: bool
    detail: str


class GateDecision(Struct, frozen=True, kw_only=True):
    """Pass or refuse, with reasons."""

    id: DecisionId
    workspace: WorkspaceId
    agent: AgentId
    report: ReportId
    at: datetime
    passed: bool
    alpha: float
    """The level this test was allowed to spend."""
    p_value: float
    checks: tuple[Check, ...]

    @property
    def refusals(self) -> tuple[Check, ...]:
        """The checks that failed."""
        return tuple(check for check in self.checks if not check.passed)
