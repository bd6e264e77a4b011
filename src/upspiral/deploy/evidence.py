"""What shows that a canary is not worse? Verdicts of both kinds, or the one kind that users give (pure)."""

from collections.abc import Sequence

from msgspec import Struct

from upspiral.deploy.config import DeploySettings
from upspiral.domain import Arm, Conversation, Status
from upspiral.stats.proportions import Interval
from upspiral.stats.sequential import difference_sequence

MIN_RARER_SHARE = 0.05
"""Least part of the verdicts that is praise, and that is complaint, for a success rate to mean anything."""
MAX_RELATIVE_LOSS = 0.1
"""Where users only complain, or only praise: at most this part more complaints, or less praise."""


class ArmCounts(Struct, frozen=True, kw_only=True):
    """How the conversations of one arm went."""

    answered: int
    """All of them, those that nobody judged included."""
    right: int
    wrong: int

    @property
    def judged(self) -> int:
        """Conversations with a verdict."""
        return self.right + self.wrong


class NotWorse(Struct, frozen=True, kw_only=True):
    """Whether the canary is shown to be not worse, by which measure, and how sure that is."""

    measure: str
    """`success rate`, `complaints` or `praise`."""
    shown: bool
    difference: Interval
    """Canary minus stable, turned so that more is better; among the judged, or of all answers."""
    allowed: float
    """The loss that must be ruled out."""
    enough: bool
    """Are there as many conversations as any verdict needs?"""


def count_arm(seen: Sequence[Conversation], arm: Arm) -> ArmCounts:
    """Count the conversations of one arm."""
    statuses = [conversation.status for conversation in seen if conversation.arm == arm]
    return ArmCounts(
        answered=len(statuses),
        right=statuses.count(Status.SUCCESS),
        wrong=statuses.count(Status.FAILURE),
    )


def show_not_worse(canary: ArmCounts, stable: ArmCounts, settings: DeploySettings) -> NotWorse:
    """Say whether the canary is shown to be not worse than the stable version.

    A success rate among judged conversations means something only where both praise and complaints come in:
    where users only ever complain it is 0 for any version. There the complaints per answer are compared, of
    all answers, and where users only ever praise the praise per answer. Silence proves nothing: without any
    complaint the allowed loss, a part of the stable version's rate, is zero too.

    Args:
        canary: How the canary's conversations went.
        stable: How those of the stable version went.
        settings: The margin, the level and the least number of conversations.

    >>> counts = ArmCounts(answered=600, right=0, wrong=600), ArmCounts(answered=600, right=0, wrong=300)
    >>> found = show_not_worse(*counts, DeploySettings())
    >>> found.measure, found.shown
    ('complaints', False)
    >>> show_not_worse(*reversed(counts), DeploySettings()).shown
    True
    """
    right, wrong = canary.right + stable.right, canary.wrong + stable.wrong
    if right + wrong and min(right, wrong) >= MIN_RARER_SHARE * (right + wrong):
        difference = difference_sequence(
            canary.right, canary.judged, stable.right, stable.judged, alpha=settings.promote_alpha
        )
        return NotWorse(
            measure="success rate",
            shown=difference.low > -settings.margin,
            difference=difference,
            allowed=settings.margin,
            enough=canary.judged >= settings.canary_min_outcomes,
        )
    complain = wrong >= right
    mine, theirs = (canary.wrong, stable.wrong) if complain else (canary.right, stable.right)
    found = difference_sequence(mine, canary.answered, theirs, stable.answered, alpha=settings.promote_alpha)
    difference = Interval(-found.high, -found.low) if complain else found
    usual = theirs / stable.answered if stable.answered else 0.0
    allowed = min(settings.margin, MAX_RELATIVE_LOSS * usual)
    return NotWorse(
        measure="complaints" if complain else "praise",
        shown=difference.low > -allowed,
        difference=difference,
        allowed=allowed,
        enough=min(canary.answered, right + wrong) >= settings.canary_min_outcomes,
    )
