"""Which of two answers is better, as a model says and as people say? Verdicts, labels, and who judged."""

from upspiral.domain.judgment.ledger import (
    JudgeRecord,
    JudgeVerdict,
    KnownJudge,
    LabeledPair,
    PairLabel,
    agreement,
)
from upspiral.domain.judgment.preference import JudgeVersion, Preferred, pair_id

__all__ = [
    "JudgeRecord",
    "JudgeVerdict",
    "JudgeVersion",
    "KnownJudge",
    "LabeledPair",
    "PairLabel",
    "Preferred",
    "agreement",
    "pair_id",
]
