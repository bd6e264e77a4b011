"""How good is one answer? One protocol, and one file per way to tell."""

from upspiral.scorers.base import Scorer
from upspiral.scorers.by_name import check_agreement_scorer, scorer
from upspiral.scorers.guards import FormatGuard, LanguageGuard, LengthGuard, RefusalGuard, SchemaGuard
from upspiral.scorers.heuristic import Heuristic
from upspiral.scorers.match import Agreement, Exact

__all__ = [
    "Agreement",
    "Exact",
    "FormatGuard",
    "Heuristic",
    "LanguageGuard",
    "LengthGuard",
    "RefusalGuard",
    "SchemaGuard",
    "Scorer",
    "check_agreement_scorer",
    "scorer",
]
