"""Which failures are worth teaching, and which successes worth repeating? (pure)."""

import hashlib
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from itertools import chain, zip_longest

from msgspec import Struct

from upspiral.curate.tool_messages import RUN_BY_HOST, ends_in_call, has_own_tools
from upspiral.domain import (
    ExampleKind,
    Interaction,
    Outcome,
    Pattern,
    Polarity,
    Status,
    conversations,
)
from upspiral.domain.access import hash_subject
from upspiral.domain.dataset import RecordedAnswer
from upspiral.domain.ids import InteractionId, PatternId
from upspiral.wire.translate.recorded import is_run_by_host


class Case(Struct, frozen=True, kw_only=True):
    """An Interaction that may become an Example."""

    interaction: Interaction
    slice: str
    answer: str = ""
    """What should be said; empty until somebody has written it, or where only calls are known to be right."""
    kind: ExampleKind = ExampleKind.REWRITE
    pattern: PatternId | None = None
    source: str = ""
    public_rater: str | None = None
    """The public rater by whose word alone it is a case."""
    recorded: RecordedAnswer | None = None
    """What was answered then, where that stands for its version."""


def failures(
    patterns: Sequence[Pattern],
    interactions: Mapping[InteractionId, Interaction],
    *,
    outcomes: Mapping[InteractionId, Outcome],
    limit: int,
) -> tuple[list[Case], Counter[str]]:
    """Choose the failures to teach: members of weaknesses, one per conversation.

    Args:
        patterns: What the night found, most important first.
        interactions: Those of the window, by id.
        outcomes: What is known of them by now.
        limit: At most so many, spread evenly over the patterns.

    Returns:
        The cases, and why members were left out.
    """
    dropped: Counter[str] = Counter()
    chosen: list[Case] = []
    seen: set[str] = set()
    for pattern in patterns:
        for member in pattern.members if pattern.polarity == Polarity.WEAKNESS else ():
            reason = _find_fault(member, interactions, outcomes, seen)
            if reason:
                dropped[reason] += 1
                continue
            interaction = interactions[member]
            seen.add(interaction.conversation)
            chosen.append(Case(interaction=interaction, slice=pattern.name, pattern=pattern.id))
    kept = sample_stratified(chosen, limit)
    dropped["more than one night teaches"] += len(chosen) - len(kept)
    return kept, +dropped


def drop_erased(interactions: Sequence[Interaction], subjects: Collection[str]) -> list[Interaction]:
    """Leave out those of people and conversations that were erased, for what they send later teaches nobody.

    Args:
        interactions: Those of the window.
        subjects: The hashes of all who were erased.
    """
    if not subjects:
        return list(interactions)
    return [one for one in interactions if not _was_erased(one, subjects)]


def _was_erased(one: Interaction, subjects: Collection[str]) -> bool:
    person = one.end_user is not None and hash_subject(one.workspace, end_user=one.end_user) in subjects
    return person or hash_subject(one.workspace, conversation=one.conversation) in subjects


def select_lukewarm(
    interactions: Iterable[Interaction],
    outcomes: Mapping[InteractionId, Outcome],
    *,
    below: float,
    slices: Mapping[InteractionId, str],
) -> list[Case]:
    """Choose answers that did not fail, but whose score is lower than wanted, one per conversation.

    Args:
        interactions: Those of the window, oldest first.
        outcomes: What is known of them.
        below: The score from which an answer is good enough.
        slices: Under which name each is reported.
    """
    found: dict[str, Case] = {}
    for one in interactions:
        outcome = outcomes.get(one.id)
        if outcome is None or outcome.status != Status.UNKNOWN or outcome.score is None:
            continue
        if outcome.score < below and one.trainable and one.question.strip():
            found.setdefault(one.conversation, Case(interaction=one, slice=slices.get(one.id, "rest")))
    return list(found.values())


def _find_fault(
    member: InteractionId,
    interactions: Mapping[InteractionId, Interaction],
    outcomes: Mapping[InteractionId, Outcome],
    seen: set[str],
) -> str | None:
    if member not in interactions:
        return "outside of the window"
    if member not in outcomes or outcomes[member].status != Status.FAILURE:
        return "no failure any more"
    if not interactions[member].trainable:
        return "may not be used for training"
    if not interactions[member].question.strip():
        return "no question"
    if is_run_by_host(interactions[member].options):
        return RUN_BY_HOST
    return "same conversation" if interactions[member].conversation in seen else None


def successes(
    interactions: Iterable[Interaction],
    outcomes: Mapping[InteractionId, Outcome],
    *,
    slices: Mapping[InteractionId, str],
) -> list[Case]:
    """Give the good answers of conversations in which nothing failed, one per conversation.

    A good call of a tool counts where nothing was answered; with it goes no text.

    Args:
        interactions: Those of the window, oldest first.
        outcomes: What is known of them.
        slices: Under which name each is reported.
    """
    found = []
    for conversation in conversations(interactions, outcomes):
        if conversation.status != Status.SUCCESS:
            continue
        every = [i for i in conversation.interactions if _is_good(i, outcomes.get(i.id))]
        good = min(every, key=ends_in_call, default=None)  # the first answer; a call where there is none
        if good is not None:
            name = slices.get(good.id, "rest")
            found.append(
                Case(
                    interaction=good,
                    slice=name,
                    answer="" if ends_in_call(good) else good.answer,
                    kind=ExampleKind.REPLAY,
                    source=str(good.version or good.model),
                )
            )
    return found


def _is_good(interaction: Interaction, outcome: Outcome | None) -> bool:
    if outcome is None or outcome.status != Status.SUCCESS or not interaction.trainable:
        return False
    if interaction.error or not interaction.is_whole or not interaction.question.strip():
        return False
    if is_run_by_host(interaction.options):
        return False
    if ends_in_call(interaction):
        return has_own_tools(interaction.options)
    return bool(interaction.answer.strip())


def sample_stratified(cases: Sequence[Case], limit: int) -> list[Case]:
    """Take at most `limit` cases, one slice after the other in turn, so that small slices are not lost.

    Within a slice the order is that of the ids' hashes: chance, but the same every time.
    """
    if len(cases) <= limit:
        return list(cases)
    groups: dict[str, list[Case]] = defaultdict(list)
    for case in sorted(cases, key=lambda c: hashlib.sha256(c.interaction.id.encode()).digest()):
        groups[case.slice].append(case)
    turns = chain.from_iterable(zip_longest(*(groups[name] for name in sorted(groups))))
    return [case for case in turns if case is not None][:limit]
