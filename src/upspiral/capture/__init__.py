"""1 · What happened, and did it go well?

Takes requests and signals, gives Interactions, Feedback and Outcomes. Verbs: `record` and `give_feedback`.
"""

from upspiral.capture.config import CaptureSettings
from upspiral.capture.record import give_feedback, record

__all__ = ["CaptureSettings", "give_feedback", "record"]
