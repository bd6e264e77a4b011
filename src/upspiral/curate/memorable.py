"""Which verified answers are worth remembering? Those that stand by themselves and are new (pure)."""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence

from msgspec import Struct

from upspiral.curate.deduplicate import normalise_question
from upspiral.domain import Example, ExampleKind, Feedback, Interaction, Message, Source, VoteWeight
from upspiral.domain.ids import InteractionId, MemoryId, MemoryItemId
from upspiral.domain.message import TextPart
from upspiral.domain.prompting import MemoryItem
from upspiral.domain.prompting.memory import estimate_tokens
from upspiral.lexical.disguise import unmask
from upspiral.scorers.match import words

TRUSTED_SOURCES = frozenset(
    {Source.HUMAN_EVALUATION, Source.USER_RATING, Source.USER_CORRECTION, Source.VERIFIER}
)
"""Whose word that an answer was good lets it be remembered; a model's or a guess from behavior does not."""
MIN_TRUSTED_WEIGHT = 0.5
"""A rater who counts half of a typical one or less vouches for nothing."""
GOOD_SCORE = 0.5
"""A signal above this calls an answer good."""
SENSITIVE = "a secret or personal data"
"""Why an item is left out that redaction would change."""
PREFERENCE = (ExampleKind.CORRECTION, ExampleKind.REWRITE, ExampleKind.REPLAY)
"""Of two answers to one question the one whose kind comes first is kept, and of one kind the newest."""


class CaseEvidence(Struct, frozen=True):
    """What is known about the cases that may be remembered."""

    interactions: Mapping[InteractionId, Interaction]
    """Those that are still recorded."""
    feedback: Mapping[InteractionId, Sequence[Feedback]]
    weights: Mapping[str, VoteWeight]
    """By rater; who is not in it counts as a typical one."""
    shown: Mapping[MemoryItemId, MemoryItem]
    """What memories put before their requests, as far as it is still there."""
    redact: Callable[[str], str] = str
    """Hides secrets and personal data; what it would change is not remembered."""


def choose_items(
    examples: Sequence[Example], known: CaseEvidence, *, before: Sequence[MemoryItem] = (), max_tokens: int
) -> tuple[list[MemoryItem], Counter[str]]:
    """Choose what is remembered of the cases, and of an earlier memory.

    Args:
        examples: Cases to learn from, with the answer that was verified.
        known: What is known about them.
        before: What the earlier memory held; a new answer to the same question takes its place.
        max_tokens: Longer items could never be shown.

    Returns:
        The items, one for each question, their own ids not yet given; and why cases were left out.
    """
    dropped: Counter[str] = Counter()
    kept = [item for item in before if not _holds_secret(item, known.redact)]
    dropped[SENSITIVE] += len(before) - len(kept)
    found = {normalise_words(item.question): item for item in kept}
    fresh: dict[str, MemoryItem] = {}
    for example in sorted(examples, key=lambda one: one.interaction):
        item = _to_item(example, known.interactions.get(example.interaction))
        reason = _find_fault(example, item, known, max_tokens)
        if reason:
            dropped[reason] += 1
            continue
        question = normalise_words(item.question)
        other = fresh.get(question)
        if other:
            dropped["the same question has another answer" if _differ(item, other) else "same question"] += 1
        if other is None or PREFERENCE.index(item.kind) <= PREFERENCE.index(other.kind):
            fresh[question] = item
    return list((found | fresh).values()), +dropped


def normalise_words(text: str) -> str:
    """Write a text by its words alone, so that two that differ in nothing else are the same.

    >>> normalise_words("Where's my PARCEL?") == normalise_words("where's my parcel")
    True
    """
    return normalise_question([Message("user", text)]) or text.strip()


def _to_item(example: Example, happened: Interaction | None) -> MemoryItem:
    question = next((m.content for m in reversed(example.messages) if m.role == "user"), "")
    return MemoryItem(
        id=MemoryItemId(""),
        workspace=example.workspace,
        memory=MemoryId(""),
        interaction=example.interaction,
        conversation=example.conversation,
        end_user=happened.end_user if happened else None,
        question=question,
        answer=example.answer,
        kind=example.kind,
        source=example.source,
    )


def _find_fault(example: Example, item: MemoryItem, known: CaseEvidence, max_tokens: int) -> str | None:
    """Say why a case cannot be remembered; None where it can."""
    roles = Counter(message.role for message in example.messages)
    if not item.question.strip() or not item.answer.strip():
        return "no question or answer"
    if roles["tool"]:
        return "the answer came from a tool"
    if roles["user"] > 1 or roles["assistant"]:
        return "not understood without earlier turns"
    if any(not isinstance(part, TextPart) for message in example.messages for part in message.parts):
        return "the question is more than text"
    if _holds_secret(item, known.redact):
        return SENSITIVE
    if estimate_tokens(item.question) + estimate_tokens(item.answer) > max_tokens:
        return "too long to be shown"
    if example.kind == ExampleKind.REPLAY and _repeats_shown(item, known):
        return "repeats what was shown"
    if not _is_vouched_for(example, known):
        return "no trusted rater vouches for it"
    return None


def _holds_secret(item: MemoryItem, redact: Callable[[str], str]) -> bool:
    """Say whether an item holds what must be hidden, also where its letters are disguised."""
    texts = {one for text in (item.question, item.answer) for one in (text, unmask(text))}
    return any(redact(one) != one for one in texts)


def _repeats_shown(item: MemoryItem, known: CaseEvidence) -> bool:
    """Say whether an answer only says again what a memory had put before its request."""
    happened = known.interactions.get(item.interaction)
    shown = [known.shown[one] for one in happened.shown if one in known.shown] if happened else []
    return any(words(one.answer) == words(item.answer) for one in shown)


def _is_vouched_for(example: Example, known: CaseEvidence) -> bool:
    """Say whether somebody who counts said so: of a rewrite the teachers agreed, the others need a rater."""
    if example.kind == ExampleKind.REWRITE:
        return True
    signals = known.feedback.get(example.interaction, ())
    if example.kind == ExampleKind.CORRECTION:
        wrote = [one for one in signals if one.correction and one.rater == example.source]
        return not wrote or any(_weigh(one, known, good=False) > MIN_TRUSTED_WEIGHT for one in wrote)
    return any(
        one.source in TRUSTED_SOURCES
        and one.score is not None
        and one.score > GOOD_SCORE
        and _weigh(one, known, good=True) > MIN_TRUSTED_WEIGHT
        for one in signals
    )


def _weigh(signal: Feedback, known: CaseEvidence, *, good: bool) -> float:
    weight = known.weights.get(signal.voice, VoteWeight())
    return weight.good if good else weight.bad


def _differ(one: MemoryItem, other: MemoryItem) -> bool:
    return words(one.answer) != words(other.answer)
