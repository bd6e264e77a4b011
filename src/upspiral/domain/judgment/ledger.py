"""What did judges and people say of pairs of answers, and how far do they agree?"""

from collections.abc import Sequence
from datetime import datetime

from msgspec import Struct

from upspiral.domain.ids import (
    AgentId,
    JudgeVersionId,
    LabelId,
    PairId,
    ReportId,
    VerdictId,
    WorkspaceId,
    derive,
)
from upspiral.domain.judgment.preference import JudgeVersion


class KnownJudge(Struct, frozen=True, kw_only=True):
    """A judge version that has judged in a workspace: who stands behind the id of a verdict."""

    id: JudgeVersionId
    workspace: WorkspaceId
    at: datetime
    """When it first judged."""
    version: JudgeVersion


class JudgeVerdict(Struct, frozen=True, kw_only=True):
    """What one judge said of one pair in both orders, or of one tripwire; holds no text."""

    id: VerdictId
    """Derived from judge and pair, so that no pair is paid for twice."""
    workspace: WorkspaceId
    judge: JudgeVersionId
    agent: AgentId
    pair: PairId
    at: datetime
    value: float | None
    """Mean of both orders: 1 where the candidate's answer is better, -1 where the incumbent's; None where the
    judge said something else."""
    tripwire: str = ""
    """Which kind of tripwire it is; empty for a pair of a comparison."""
    passed: bool = True
    """Of a tripwire: did the judge see it?"""


class PairLabel(Struct, frozen=True, kw_only=True):
    """What one person said of one pair; holds no text."""

    id: LabelId
    workspace: WorkspaceId
    agent: AgentId
    report: ReportId
    """The comparison whose pair it is."""
    pair: PairId
    slice: str
    rater: str
    value: float
    """1 where the candidate's answer is better, -1 where the incumbent's, 0 for a tie."""
    at: datetime

    @staticmethod
    def id_of(pair: PairId, rater: str) -> LabelId:
        """Give the id of a person's label of a pair: one each, the latest counts."""
        return LabelId(derive("lab", pair, rater))


class LabeledPair(Struct, frozen=True, kw_only=True):
    """A pair that people labeled and a judge judged."""

    pair: PairId
    report: ReportId
    slice: str
    label: float
    """Mean of the people's labels, -1 to 1."""
    verdict: float
    at: datetime
    """When it was last labeled."""


class JudgeRecord(Struct, frozen=True, kw_only=True):
    """What is known of how far one judge can be relied on, for one agent: the calibration ledger, read."""

    judge: JudgeVersionId
    labeled: tuple[LabeledPair, ...] = ()
    tripwires: int = 0
    """The newest ones that are looked at."""
    tripwires_failed: int = 0


def agreement(labeled: Sequence[LabeledPair]) -> float | None:
    """Give how often a judge prefers what people prefer, a tie being half; None where people prefer nothing.

    >>> agreement([])
    """
    clear = [one for one in labeled if one.label]
    right = [0.5 + 0.5 * one.verdict * (1 if one.label > 0 else -1) for one in clear]
    return sum(right) / len(right) if right else None
