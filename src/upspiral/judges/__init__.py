"""Which of two answers is better, and how good is one? By asking a model, whose error is measured."""

from upspiral.judges.base import Comparison, Grading, Judge
from upspiral.judges.by_name import make_judge
from upspiral.judges.config import JudgeSettings
from upspiral.judges.panel import PairJudge

__all__ = ["Comparison", "Grading", "Judge", "JudgeSettings", "PairJudge", "make_judge"]
