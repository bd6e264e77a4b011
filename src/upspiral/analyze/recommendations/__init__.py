"""What do agents' recommendations teach? The learning cycle, as pure functions.

Verbs: `learn` (one iteration), `measure_forward_accuracy` (how right it was later) and
`suggest_decision_rules`.
"""

from upspiral.analyze.recommendations.config import LearningSettings
from upspiral.analyze.recommendations.iteration import (
    ForwardAccuracy,
    learn,
    measure_accuracy,
    measure_forward_accuracy,
    predict,
    revise,
)
from upspiral.analyze.recommendations.rules import suggest_decision_rules
from upspiral.analyze.recommendations.samples import Sample, Samples, gather

__all__ = [
    "ForwardAccuracy", "LearningSettings", "Sample", "Samples", "gather", "learn", "measure_accuracy",
    "measure_forward_accuracy", "predict", "revise", "suggest_decision_rules",
]  # fmt: skip
