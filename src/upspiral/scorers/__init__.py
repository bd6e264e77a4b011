"""How good is one answer? One protocol, and one file per way to tell."""

from upspiral.scorers.base import CallGuard, Scorer
from upspiral.scorers.by_name import check_agreement_scorer, scorer
from upspiral.scorers.guards import (
    FormatGuard,
    LanguageGuard,
    LengthGuard,
    RefusalGuard,
    SchemaGuard,
    ToolSchemaGuard,
)
from upspiral.scorers.heuristic import Heuristic
from upspiral.scorers.match import Agreement, Exact

__all__ = [
    "Agreement",
    "CallGuard",
    "Exact",
    "FormatGuard",
    "Heuristic",
    "LanguageGuard",
    "LengthGuard",
    "RefusalGuard",
    "SchemaGuard",
    "Scorer",
    "ToolSchemaGuard",
    "check_agreement_scorer",
    "scorer",
]
