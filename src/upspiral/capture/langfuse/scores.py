"""Which Interaction does a score of Langfuse judge, and how?"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from msgspec.structs import replace

from upspiral.capture.formats.langfuse import read_feedback
from upspiral.capture.formats.values import first_field, says_something, text_or_none
from upspiral.domain import FeedbackTarget, PendingFeedback
from upspiral.domain.feedback import OBSERVATION
from upspiral.domain.ids import InteractionId, WorkspaceId

NAMED_BY = (
    (FeedbackTarget.TRACE, "traceId"),
    (FeedbackTarget.CLIENT_ID, "observationId"),
    (FeedbackTarget.CONVERSATION, "sessionId"),
)


def to_signal(row: Mapping[str, Any], *, workspace: WorkspaceId, now: datetime) -> PendingFeedback:
    """Make Feedback of a score, with the name of what it judges; it may come before that.

    A score on an observation that is no model call judges the latest model call of its trace.

    Args:
        row: The score, with an id.
        workspace: Where it belongs.
        now: The moment it gets where it names none.

    Raises:
        ValueError: It has no name or no value, or names nothing that it judges.
    """
    if not row.get("name"):
        raise ValueError("the score has no name")
    target = next(((by, str(row[name])) for by, name in NAMED_BY if row.get(name)), None)
    if target is None:
        raise ValueError("the score names no trace, observation or session that it judges")
    said = read_feedback(dict(row), InteractionId(""), workspace=workspace, now=now)
    if not says_something(said):
        raise ValueError("the score has no value")
    by, key = target
    observation = text_or_none(first_field(row, "observationId"))
    if by is FeedbackTarget.TRACE and observation:
        said = replace(said, metadata=said.metadata | {OBSERVATION: observation})
    return PendingFeedback(id=said.id, workspace=workspace, at=said.at, by=by, key=key, signal=said)
