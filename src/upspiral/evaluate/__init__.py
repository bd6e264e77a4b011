"""5 · Is it truly better?

Takes a candidate, the incumbent and a Dataset's held-out cases; gives an EvalReport and a GateDecision.
Verbs: `compare` and `decide`.
"""

from upspiral.evaluate.compare import CaseSet, Side, compare, decide
from upspiral.evaluate.config import EvaluateSettings

__all__ = ["CaseSet", "EvaluateSettings", "Side", "compare", "decide"]
