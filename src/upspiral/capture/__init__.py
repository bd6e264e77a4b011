"""1 · What happened, and did it go well?

Takes requests and signals, gives Interactions, Feedback and Outcomes. Verbs: `record`, `record_or_refuse`,
`give_feedback`, `give_named`, `join_early`, `refit`, `explain`, `erase`, `purge` and `recount`.
"""

from upspiral.capture.config import CaptureSettings
from upspiral.capture.explain import Explained, explain
from upspiral.capture.forget import erase, purge
from upspiral.capture.rater_weights import RefitReport, refit
from upspiral.capture.record import (
    Given,
    give_feedback,
    give_named,
    join_early,
    record,
    record_or_refuse,
)
from upspiral.capture.recount import Recount, recount, recount_broken, recount_missing

__all__ = [
    "CaptureSettings",
    "Explained",
    "Given",
    "Recount",
    "RefitReport",
    "erase",
    "explain",
    "give_feedback",
    "give_named",
    "join_early",
    "purge",
    "record",
    "record_or_refuse",
    "recount",
    "recount_broken",
    "recount_missing",
    "refit",
]
