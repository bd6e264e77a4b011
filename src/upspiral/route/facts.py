"""What does a settled Interaction teach the router? (pure)."""

from collections.abc import Mapping, Sequence

from msgspec import Struct
from msgspec.structs import replace

from upspiral.domain import Feedback, Interaction, Kind, Outcome, Source, Status
from upspiral.domain.feedback import PARTIAL_WORTH
from upspiral.domain.ids import InteractionId
from upspiral.domain.interaction import CASCADE, ENSEMBLE, Participant
from upspiral.domain.rollup import read_domain
from upspiral.route.base import EVERYTHING, Fact
from upspiral.route.profiles import LoggedRun

SELECTED, CONTRIBUTED, ESCALATED = "given", "part", "escalated"
"""What became of an answer of several agents, in its metadata."""
LOOP_BACK, FAILED_CHECK = "loop_back", "fact_check_failed"
"""Labels of feedback that say what came of an answer afterwards; metadata may say it too."""


class SettledOutcome(Struct, frozen=True, kw_only=True):
    """One settled Interaction, read for everything that learns from it."""

    id: InteractionId
    conversation: str
    """What is one piece of evidence; a recommendation is one by itself."""
    facts: tuple[Fact, ...]
    """One for each agent that gave this answer."""
    run: LoggedRun | None
    """What the profiles count; None where it is counted already."""
    updates_width: bool
    """Does it say how well a request went as a whole?"""
    provisional: bool
    """Did only the cascade's own verification judge it so far?"""


def domain_of(metadata: Mapping[str, str]) -> str:
    """Say what kind of request it is.

    >>> domain_of({"domain": "billing"}), domain_of({"type": "strategy"}), domain_of({})
    ('billing', 'strategy', 'all')
    """
    return read_domain(metadata) or EVERYTHING


def facts_of(
    outcomes: Sequence[Outcome], turns: Mapping[InteractionId, Interaction], *, start: int
) -> list[Fact]:
    """Read settled Outcomes as facts, one per Outcome, numbered from `start`."""
    return [fact_of(o, turns[o.interaction], at=n) for n, o in enumerate(outcomes, start=start)]


def read_score(outcome: Outcome) -> float:
    """Give what a mean counts: the score, or for a partial success a half, as it is worth everywhere."""
    return PARTIAL_WORTH if outcome.worth == PARTIAL_WORTH else min(1.0, max(0.0, outcome.score or 0.0))


def fact_of(outcome: Outcome, turn: Interaction, *, at: int, labels: frozenset[str] = frozenset()) -> Fact:
    """Read one judged Outcome as a fact.

    Args:
        outcome: How it went.
        turn: What it is about.
        at: Its number among the labeled ones.
        labels: Of the feedback on it.
    """
    return Fact(
        agent=turn.agent,
        domain=domain_of(turn.metadata),
        sequence=at,
        settled_at=outcome.at.timestamp(),
        score=read_score(outcome),
        success=outcome.status == Status.SUCCESS,
        partial=outcome.worth == PARTIAL_WORTH,
        latency_ms=max(0.0, turn.latency_ms),
        cost=None if turn.usage.cost is None else max(0.0, turn.usage.cost),
        delivered=turn.error is None,
        loop_back=turn.metadata.get(LOOP_BACK) == "true" or LOOP_BACK in labels,
        fact_check_failed=turn.metadata.get("fact_check") == "failed" or FAILED_CHECK in labels,
    )


def outcome_to_facts(
    outcome: Outcome,
    turn: Interaction,
    said: Sequence[Feedback],
    *,
    at: int,
    participants: Sequence[Participant] = (),
    again: bool = False,
) -> SettledOutcome:
    """Read all that a settled Interaction teaches.

    What several agents were asked counts as one request: the answer that was given tunes, the others say
    only what their agent did.

    Args:
        outcome: How it went.
        turn: What it is about.
        said: The feedback on it.
        at: Its number among the labeled ones.
        participants: Who took part; nobody where it is of its own agent alone.
        again: Was it counted before, by the cascade's own verification?
    """
    fact = fact_of(outcome, turn, at=at, labels=frozenset(one.label for one in said if one.label))
    provisional = CASCADE in turn.metadata and turn.error is None and _only_verified(said)
    whole = turn.metadata.get(ENSEMBLE) != CONTRIBUTED and turn.metadata.get(CASCADE) != ESCALATED
    counted = again or (turn.metadata.get(ENSEMBLE) == CONTRIBUTED and fact.delivered)
    credited = [one.agent for one in participants if one.credited] or [turn.agent]
    models = tuple(one.agent for one in participants if one.ran) or (turn.agent,)
    run = LoggedRun(models, fact.worth, fact.latency_ms, fact.domain)
    return SettledOutcome(
        id=turn.id,
        conversation=turn.id if turn.kind == Kind.RECOMMENDATION else turn.conversation,
        facts=tuple(replace(fact, agent=name) for name in credited),
        run=None if counted else run,
        updates_width=whole and not provisional,
        provisional=provisional,
    )


def _only_verified(said: Sequence[Feedback]) -> bool:
    judged = [one for one in said if one.score is not None or one.correction is not None]
    return all(one.source == Source.VERIFIER and CASCADE in one.metadata for one in judged)
