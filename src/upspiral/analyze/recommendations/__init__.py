"""What do agents' recommendations teach? The learning cycle, as pure functions.

Verbs: `learn` (one iteration), `foresight` (how right it was, later), `suggest_decision_rules`.
"""

from upspiral.analyze.recommendations.config import LearningSettings
from upspiral.analyze.recommendations.iteration import (
    Foresight,
    foresight,
    learn,
    measure_accuracy,
    predict,
    revise,
)
from upspiral.analyze.recommendations.rules import suggest_decision_rules
from upspiral.analyze.recommendations.samples import Sample, Samples, gather

__all__ = [
    "Foresight", "LearningSettings", "Sample", "Samples", "foresight", "gather", "learn", "measure_accuracy",
    "predict", "revise", "suggest_decision_rules",
]  # fmt: skip
