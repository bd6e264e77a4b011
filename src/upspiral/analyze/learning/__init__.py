"""What do agents' recommendations teach? The learning cycle, as pure functions.

Verbs: `learn` (one iteration), `foresight` (how right it was, later), `suggest_decision_rules`.
"""

from upspiral.analyze.learning.config import LearningSettings
from upspiral.analyze.learning.iteration import Foresight, foresight, learn, measure_accuracy, predict, revise
from upspiral.analyze.learning.rules import suggest_decision_rules
from upspiral.analyze.learning.samples import Sample, Samples, gather

__all__ = [
    "Foresight", "LearningSettings", "Sample", "Samples", "foresight", "gather", "learn", "measure_accuracy",
    "predict", "revise", "suggest_decision_rules",
]  # fmt: skip
