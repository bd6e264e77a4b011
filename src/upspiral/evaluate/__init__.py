"""5 · Is it truly better?

Takes a candidate, the incumbent and a Dataset's held-out cases; gives an EvalReport and a GateDecision.
Verbs: `compare` and `decide`; `judge_migration` asks only whether it is as good.
"""

from upspiral.evaluate.compare import CaseSet, Side, compare, decide, extend, read_judge_record
from upspiral.evaluate.config import EvaluateSettings
from upspiral.evaluate.migration import MigrationVerdict, judge_migration

__all__ = [
    "CaseSet",
    "EvaluateSettings",
    "MigrationVerdict",
    "Side",
    "compare",
    "decide",
    "extend",
    "judge_migration",
    "read_judge_record",
]
