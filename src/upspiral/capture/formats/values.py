"""How are single values of an export read: moments, JSON within JSON, details, scores?"""

import json
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from math import inf, isfinite
from typing import Any

from msgspec import Struct

from upspiral.capture.scales import read_score
from upspiral.domain import Feedback, Source
from upspiral.domain.ids import FeedbackId, InteractionId, WorkspaceId, derive


class Remark(Struct, frozen=True):
    """A row that says something about an Interaction which stands elsewhere."""

    feedback: Feedback
    about: str | None = None
    """Trace or conversation it is meant for as a whole, or may be; None where it names one Interaction."""


def interaction_id(workspace: WorkspaceId, tool: str, theirs: str) -> InteractionId:
    """Give the id that an exported model call always gets.

    >>> here = WorkspaceId("w")
    >>> interaction_id(here, "langfuse", "o1") == interaction_id(here, "langfuse", "o1")
    True
    """
    return InteractionId(derive("int", workspace, tool, theirs))


def first_field(row: Mapping[str, Any], *names: str) -> Any:
    """Give the first of the named fields that says anything; None where none does.

    >>> first_field({"traceId": "", "trace_id": "t"}, "traceId", "trace_id")
    't'
    """
    return next((row[name] for name in names if row.get(name) not in (None, "", {}, [])), None)


def text_or_none(value: object) -> str | None:
    """Give a value as text, None as None."""
    return None if value is None else str(value)


def moment(value: object, *, now: datetime) -> datetime:
    """Read a moment: ISO 8601, or a number since 1970 in s, ms, us or ns; UTC where no zone stands.

    Args:
        value: The moment as it stands in the export; ``now`` is given for None and empty text.
        now: The moment of import.

    Raises:
        ValueError: It is no moment.

    >>> moment("2024-05-29 13:46:19", now=datetime.now(UTC)).isoformat()
    '2024-05-29T13:46:19+00:00'
    >>> moment(1716990379000, now=datetime.now(UTC)).isoformat()
    '2024-05-29T13:46:19+00:00'
    """
    if value is None or value == "":
        return now
    try:
        if isinstance(value, int | float) and not isinstance(value, bool):
            seconds = float(value)
            while 1e11 < seconds < inf:
                seconds /= 1000
            return datetime.fromtimestamp(seconds, UTC)
        at = datetime.fromisoformat(str(value))
        return at if at.tzinfo else at.replace(tzinfo=UTC)
    except (ValueError, OverflowError, OSError):
        raise ValueError(f"{str(value)[:60]!r} is no moment") from None


def decode_text(value: Any) -> Any:
    """Unpack JSON that stands in a text; other text stays what it is.

    >>> decode_text('[{"type": "text"}]'), decode_text("[sic]")
    ([{'type': 'text'}], '[sic]')
    """
    if isinstance(value, str) and value.lstrip()[:1] in ("{", "["):
        try:
            return json.loads(value)
        except ValueError:
            return value
    return value


def whole(value: object) -> int:
    """Give a count of tokens; 0 where none stands."""
    return int(value) if isinstance(value, int | float | str) and value != "" else 0


def to_float(value: object) -> float:
    """Give a sum or a duration; 0 where none stands."""
    found = float(value) if isinstance(value, int | float | str) and value != "" else 0.0
    return found if isfinite(found) else 0.0


def flat_metadata(*parts: object) -> dict[str, str]:
    """Keep what is text, a number or a yes or no, as text; later parts win.

    >>> flat_metadata({"task": "greet", "deep": {"x": 1}}, {"turn": 2})
    {'task': 'greet', 'turn': '2'}
    """
    found: dict[str, str] = {}
    for part in map(decode_text, parts):
        if isinstance(part, Mapping):
            found.update(
                {str(k): str(v) for k, v in part.items() if v != "" and isinstance(v, str | int | float)}
            )
    return found


def join_tags(values: object) -> str:
    """Join a list of tags; empty for anything else."""
    return ", ".join(map(str, values)) if isinstance(values, Iterable) and not isinstance(values, str) else ""


def says_something(feedback: Feedback) -> bool:
    """Tell whether there is a score, a label, a comment or a correction."""
    said = (feedback.score, feedback.label, feedback.comment, feedback.correction)
    return any(one is not None for one in said)


def signal(
    about: InteractionId,
    *,
    workspace: WorkspaceId,
    key: str,
    rater: str,
    at: datetime,
    value: object = None,
    label: str | None = None,
    comment: str | None = None,
) -> Feedback:
    """Make Feedback of a score: yes or no and numbers from 0 to 1 are scores, anything else is a label.

    Args:
        about: The Interaction judged.
        workspace: Where both belong.
        key: The score's own id, or what tells it from others; the same key always gives the same Feedback.
        rater: The score's name.
        at: When it was given.
        value: True, False, a number or a word.
        label: A word beside the value.
        comment: What was written beside it.
    """
    word = label or (value if isinstance(value, str) and value else None)
    read = read_score(value, word)
    return Feedback(
        id=FeedbackId(derive("fb", workspace, key)),
        workspace=workspace,
        interaction=about,
        at=at,
        source=Source.VERIFIER,
        rater=rater,
        score=read.score,
        label=read.label,
        comment=comment or None,
        metadata=read.metadata,
    )
