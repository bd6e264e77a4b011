"""How did a whole conversation go? One score each: the unit of evidence is the unit of assignment."""

from collections.abc import Iterable, Mapping
from datetime import datetime

from msgspec import Struct

from upspiral.domain.feedback import Outcome, Status
from upspiral.domain.ids import InteractionId
from upspiral.domain.interaction import Arm, Interaction


class Conversation(Struct, frozen=True, kw_only=True):
    """All turns that share one conversation id, with one status."""

    id: str
    status: Status
    interactions: tuple[Interaction, ...]
    """Oldest first."""
    arm: Arm | None
    settled: datetime | None
    """When its first turn was settled; None while unknown."""


def conversations(
    interactions: Iterable[Interaction], outcomes: Mapping[InteractionId, Outcome]
) -> list[Conversation]:
    """Gather turns into conversations, in the order in which they were settled, unknown ones last.

    A conversation failed if one of its turns failed, and succeeded if none failed and one succeeded.

    Args:
        interactions: Turns, oldest first.
        outcomes: What is known of them.
    """
    turns: dict[str, list[Interaction]] = {}
    for interaction in interactions:
        turns.setdefault(interaction.conversation, []).append(interaction)
    gathered = [_gather(name, members, outcomes) for name, members in turns.items()]
    return sorted(gathered, key=lambda c: (c.settled is None, c.settled or c.interactions[0].at, c.id))


def _gather(name: str, members: list[Interaction], outcomes: Mapping[InteractionId, Outcome]) -> Conversation:
    known = [outcomes[m.id] for m in members if m.id in outcomes and outcomes[m.id].status != Status.UNKNOWN]
    if any(outcome.status == Status.FAILURE for outcome in known):
        status = Status.FAILURE
    else:
        status = Status.SUCCESS if known else Status.UNKNOWN
    return Conversation(
        id=name,
        status=status,
        interactions=tuple(members),
        arm=members[0].arm,
        settled=min((o.settled or o.at for o in known), default=None),
    )
