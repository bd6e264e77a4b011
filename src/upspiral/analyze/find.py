"""Find where an agent keeps failing: the verb of this stage."""

import asyncio
import hashlib
from collections.abc import Sequence
from datetime import datetime

import numpy as np
from msgspec import structs

from upspiral.analyze.config import AnalyzeSettings
from upspiral.analyze.finding import LabelledConversations, SearchContext, find_everything, findings
from upspiral.analyze.identity import find_missed, match_known
from upspiral.analyze.naming import name_patterns
from upspiral.domain import (
    Conversation,
    Interaction,
    Outcome,
    Pattern,
    Polarity,
    Status,
    Window,
    conversations,
)
from upspiral.domain.ids import AgentId, CycleId, InteractionId, WorkspaceId
from upspiral.domain.judgment.random_sample import count_drawn_wrong, find_verdicts
from upspiral.domain.pattern import EVERYTHING
from upspiral.providers.base import ChatModel
from upspiral.store import Store

MAX_KNOWN_PATTERNS = 1000
"""Patterns of an agent that are remembered, those found last."""

MISS_FACTOR = 2
"""A search that would have seen so many times the failures a weakness needs does not miss it by chance."""


def find(
    store: Store,
    agent: AgentId,
    *,
    workspace: WorkspaceId,
    window: Window,
    cycle: CycleId | None,
    settings: AnalyzeSettings,
    now: datetime,
    namer: ChatModel | None = None,
) -> list[Pattern]:
    """Find an agent's weaknesses and strengths and store them; a known one is found again under its id.

    A night whose agent fails everywhere alike finds one weakness: everything.

    One that is not found again although it should have been is improving, and closed after a week.

    Args:
        store: Where everything is kept.
        agent: Whose.
        workspace: Where it belongs.
        window: What of the agent is looked at.
        cycle: The night that asks; None on demand.
        settings: When a group is a weakness.
        now: The present moment.
        namer: Names new groups of texts; None for the words that set them apart.

    Returns:
        Weaknesses, the one with the most failures first, then strengths; none where nothing stands out from
        the noise.
    """
    errand = SearchContext(workspace=workspace, agent=agent, cycle=cycle, now=now)
    seen, known, found = _search(store, errand, window, settings)
    if cycle is None:  # by day everything is nobody's question
        known = [one for one in known if one.name != EVERYTHING]
    elif not any(one.polarity is Polarity.WEAKNESS for one in found):
        found = match_known([*found, *find_everything(seen, errand, settings)], known)
    if namer is not None:
        questions = {turn.id: turn.question for turn in seen.telling}
        found = asyncio.run(name_patterns(found, questions, known=known, model=namer))
    would_do = MISS_FACTOR * settings.min_failures
    gone = find_missed(known, found, searched=len(seen.conversations), enough=would_do, now=now)
    _keep(store, [*found, *gone], known, errand)
    return found


def find_without_storing(
    store: Store,
    agent: AgentId,
    *,
    workspace: WorkspaceId,
    window: Window,
    settings: AnalyzeSettings,
    now: datetime,
) -> list[Pattern]:
    """Find as `find` does, for somebody who may only read: nothing is stored, and no model is asked."""
    errand = SearchContext(workspace=workspace, agent=agent, cycle=None, now=now)
    return _search(store, errand, window, settings)[2]


def _search(
    store: Store, errand: SearchContext, window: Window, settings: AnalyzeSettings
) -> tuple[LabelledConversations, list[Pattern], list[Pattern]]:
    """Give what was looked at, what was known, and what is found."""
    turns = store.evidence.within(errand.workspace, errand.agent, window)
    outcomes = store.outcomes.of(errand.workspace, [turn.id for turn in turns])
    talks = conversations(turns, outcomes)
    seen = select_labelled(talks, outcomes)
    if seen.failed.all():  # else it was right at least once
        verdicts = find_verdicts(store.feedback.about(errand.workspace, [turn.id for turn in turns]))
        seen = structs.replace(seen, never_right=count_drawn_wrong(talks, verdicts) > 0)
    known = store.patterns.latest(errand.workspace, errand.agent, MAX_KNOWN_PATTERNS)
    return seen, known, match_known(findings(seen, errand, settings), known)


def select_labelled(
    given: Sequence[Conversation], outcomes: dict[InteractionId, Outcome]
) -> LabelledConversations:
    """Leave out what nobody judged yet, and say of each conversation which half it is in."""
    kept = [c for c in given if c.status != Status.UNKNOWN]
    return LabelledConversations(
        conversations=kept,
        telling=[telling_turn(c, outcomes) for c in kept],
        failed=np.array([c.status == Status.FAILURE for c in kept], dtype=np.bool_),
        explored=np.array([explores(c.id) for c in kept], dtype=np.bool_),
    )


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


def _keep(store: Store, found: Sequence[Pattern], known: Sequence[Pattern], errand: SearchContext) -> None:
    """Write what was found; a night under way still reads the patterns that it found itself."""
    night = store.cycles.running(errand.workspace, errand.agent)
    apart = night is not None and night.id != errand.cycle
    held = {one.id for one in known if night is not None and apart and one.cycle == night.id}
    store.patterns.upsert(*(one for one in found if one.id not in held))
