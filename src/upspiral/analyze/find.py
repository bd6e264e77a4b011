"""Find where an agent keeps failing: the verb of this stage."""

import hashlib
from collections.abc import Sequence
from datetime import datetime

import numpy as np
from msgspec import Struct

from upspiral.analyze.config import AnalyzeSettings
from upspiral.analyze.group import Grouping, group
from upspiral.analyze.trend import trend
from upspiral.analyze.weakness import Tally, weaknesses
from upspiral.domain import Conversation, Interaction, Outcome, Pattern, Status, conversations
from upspiral.domain.ids import (
    AgentId,
    AgentVersionId,
    CycleId,
    InteractionId,
    PatternId,
    WorkspaceId,
    derive,
)
from upspiral.stats.proportions import wilson
from upspiral.store import Store


def find(  # noqa: PLR0913 - the window is five of them
    store: Store,
    agent: AgentId,
    *,
    workspace: WorkspaceId,
    since: datetime,
    until: datetime,
    version: AgentVersionId | None,
    cycle: CycleId | None,
    settings: AnalyzeSettings,
    now: datetime,
) -> list[Pattern]:
    """Find an agent's weaknesses and store them, the one with the most failures first.

    Args:
        store: Where everything is kept.
        agent: Whose.
        workspace: Where it belongs.
        since: Only Interactions after this moment ...
        until: ... and up to this one.
        version: Only what this version answered; None for all.
        cycle: The night that asks.
        settings: When a group is a weakness.
        now: The present moment.

    Returns:
        The weaknesses; none where nothing stands out from the noise.
    """
    turns = store.interactions.between(workspace, agent, since=since, until=until, version=version)
    outcomes = store.outcomes.of(workspace, [turn.id for turn in turns])
    seen = [c for c in conversations(turns, outcomes) if c.status != Status.UNKNOWN]
    failed = [c.status == Status.FAILURE for c in seen]
    telling = [telling_turn(c, outcomes) for c in seen]
    explored = [explores(c.id) for c in seen]
    grouping = group(
        [turn.question for turn in telling],
        [bad and looked for bad, looked in zip(failed, explored, strict=True)],
        against=[looked and not bad for bad, looked in zip(failed, explored, strict=True)],
        min_size=max(2, settings.min_failures // 2),
        likeness=settings.likeness,
    )
    tallies = weaknesses(grouping.labels, failed, found_in=explored, settings=settings)
    view = _View(grouping, seen, telling, failed)
    found = [
        _pattern(tally, view, workspace=workspace, agent=agent, cycle=cycle, now=now) for tally in tallies
    ]
    store.patterns.add_missing(*found)
    return found


def explores(conversation: str) -> bool:
    """Say whether a conversation is used to find groups; the other half is used to test them."""
    return hashlib.sha256(conversation.encode()).digest()[0] % 2 == 0


def telling_turn(conversation: Conversation, outcomes: dict[InteractionId, Outcome]) -> Interaction:
    """Give the turn that says what the conversation was about: the first that failed, else the first."""
    for turn in conversation.interactions:
        outcome = outcomes.get(turn.id)
        if outcome and outcome.status == Status.FAILURE:
            return turn
    return conversation.interactions[0]


class _View(Struct, frozen=True):
    """What a night looked at: settled conversations, their telling turns, and the groups they fall into."""

    grouping: Grouping
    seen: Sequence[Conversation]
    telling: Sequence[Interaction]
    failed: Sequence[bool]


def _pattern(
    tally: Tally,
    view: _View,
    *,
    workspace: WorkspaceId,
    agent: AgentId,
    cycle: CycleId | None,
    now: datetime,
) -> Pattern:
    inside = [int(i) for i in np.flatnonzero(view.grouping.labels == tally.group)]
    members = [view.telling[i] for i in inside if view.failed[i]]
    terms = view.grouping.terms[tally.group]
    name = " · ".join(terms[:3]) or f"group {tally.group + 1}"
    failing, share = wilson(tally.failures, tally.n), wilson(tally.failures, sum(view.failed))
    example = min((m.question for m in members), key=len)
    return Pattern(
        id=PatternId(derive("pat", cycle or now.isoformat(), agent, name, str(tally.group))),
        workspace=workspace,
        agent=agent,
        cycle=cycle,
        at=now,
        name=name,
        description=f"{tally.failures} of {tally.n} conversations like “{example}” failed.",
        terms=terms,
        members=tuple(m.id for m in members),
        failures=tally.failures,
        conversations=tally.n,
        failure_rate=tally.failures / tally.n,
        failure_rate_low=failing.low,
        failure_rate_high=failing.high,
        share=tally.failures / sum(view.failed),
        share_low=share.low,
        share_high=share.high,
        trend=trend([m.at.date() for m in members], [c.interactions[0].at.date() for c in view.seen]),
    )
