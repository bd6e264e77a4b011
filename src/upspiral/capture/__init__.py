"""1 · What happened, and did it go well?

Takes requests and signals, gives Interactions, Feedback and Outcomes. Verbs: `record`, `give_feedback`,
`give_named`, `join_early`, `erase` and `purge`.
"""

from upspiral.capture.config import CaptureSettings
from upspiral.capture.forget import erase, purge
from upspiral.capture.record import Given, give_feedback, give_named, join_early, record

__all__ = [
    "CaptureSettings",
    "Given",
    "erase",
    "give_feedback",
    "give_named",
    "join_early",
    "purge",
    "record",
]
