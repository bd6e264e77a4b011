"""Which conversations are drawn at random, and was every one of them wrong?

That nobody praises does not show that an agent is never right: people may only speak up when something is
wrong. Conversations drawn at random, each judged, show it.
"""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from upspiral.domain.conversation import Conversation
from upspiral.domain.feedback import Feedback, Source, Status
from upspiral.domain.ids import InteractionId

SAMPLE_SIZE = 60
"""Randomly drawn conversations that must all be wrong to show that there are no good answers to lose: at 60,
fewer than 5 % of the answers are good with 95 % confidence (the rule of three)."""
JUDGED_BY = frozenset({Source.HUMAN_EVALUATION, Source.VERIFIER, Source.USER_CORRECTION, Source.USER_RATING})
"""Whose verdicts count."""
REVIEWED_BY = frozenset({Source.HUMAN_EVALUATION, Source.VERIFIER})
"""Who judges what was drawn; users say something of what they like."""


def find_verdicts(signals: Iterable[Feedback]) -> dict[InteractionId, bool]:
    """Give the Interactions on which a person or a verifier gave a verdict; True where one reviewed it."""
    found: dict[InteractionId, bool] = {}
    for one in signals:
        if one.source in JUDGED_BY:
            found[one.interaction] = found.get(one.interaction, False) or one.source in REVIEWED_BY
    return found


def draw_sample(
    seen: Sequence[Conversation],
    *,
    until: datetime | None = None,
    size: int = SAMPLE_SIZE,
) -> list[Conversation]:
    """Draw conversations at random, the same ones at every call.

    Args:
        seen: All conversations of a window.
        until: Only those that had begun by then are drawn; None for all.
        size: How many are drawn; fewer where there are fewer.
    """
    begun = [one for one in seen if until is None or one.interactions[0].at <= until]
    return sorted(begun, key=lambda one: hashlib.sha256(f"drawn\x1f{one.id}".encode()).digest())[:size]


def count_drawn_wrong(
    seen: Sequence[Conversation], verdicts: Mapping[InteractionId, bool], *, size: int = SAMPLE_SIZE
) -> int:
    """Count the drawn conversations if every one of them was judged and found wrong.

    The sample is drawn from what had begun when the last reviewed conversation did, so that what comes in
    after a review does not undo it.

    Args:
        seen: All conversations of the window.
        verdicts: As `find_verdicts` gives them.
        size: How many are drawn.

    Returns:
        As many as were drawn; 0 where there are too few, or one of them was right or not judged.
    """
    reviewed = [one for one in seen if any(verdicts.get(turn.id, False) for turn in one.interactions)]
    until = max((one.interactions[0].at for one in reviewed), default=None)
    drawn = draw_sample(seen, until=until, size=size)
    wrong = [one.status is Status.FAILURE and is_judged(one, verdicts) for one in drawn]
    return size if len(wrong) == size and all(wrong) else 0


def is_judged(conversation: Conversation, verdicts: Mapping[InteractionId, bool]) -> bool:
    """Say whether somebody gave a verdict on one of its turns who could have given the other one."""
    return any(turn.id in verdicts for turn in conversation.interactions)
