"""Which case is for learning and which for the proof? None of the one is like any of the other (pure)."""

import hashlib
from collections.abc import Sequence

from msgspec import Struct

from upspiral.curate.config import CurateSettings
from upspiral.curate.deduplicate import near_duplicates, normalise_question
from upspiral.curate.select import Case, sample_stratified
from upspiral.domain import ExampleKind

LEAST_SUCCESSES = 60
"""Good answers that are held out at least, where there are so many, so that harm is seen."""
SAME_QUESTION = "same question"
"""Why a case is left out whose question another one asks."""


class Parts(Struct, frozen=True):
    """The two sides."""

    train: list[Case]
    heldout: list[Case]
    collapsed: int
    """Cases left out because the same question is on the same side already."""


def split(
    taught: Sequence[Case],
    successes: Sequence[Case],
    settings: CurateSettings,
) -> Parts:
    """Part the cases: groups of near-duplicates and conversations go to one side as a whole.

    The side of a group follows from its texts alone, so that the same cases are always parted the same
    way. Good answers are repeated in training in proportion to what is taught; of the groups of which
    nothing is trained on, good answers are held out. Failures and good answers are held out in the proportion
    of the traffic: else a candidate that fixes as often as it breaks would look better than it is.

    Args:
        taught: Failures with the answer that should be taught.
        successes: Good answers of the agent's own.
        settings: Say how many are held out and repeated, and from which likeness questions are one group.
    """
    cases = [*taught, *successes]
    texts = [normalise_question(case.interaction.messages) for case in cases]
    groups = components(
        texts, [case.interaction.conversation for case in cases], threshold=settings.near_duplicate
    )
    kept_back = {group: is_heldout(texts[group], settings.heldout) for group in set(groups)}
    of = {case.interaction.id: group for case, group in zip(cases, groups, strict=True)}

    learn = [case for case in taught if not kept_back[of[case.interaction.id]]]
    prove = [case for case in taught if kept_back[of[case.interaction.id]]]
    learned = {of[case.interaction.id] for case in learn}
    said = [case for case in successes if case.answer.strip()]  # calls alone are held out, not taught
    replayable = [case for case in said if not kept_back[of[case.interaction.id]]]
    replayed = sample_stratified(_distinct(replayable), round(settings.replay_ratio * len(_distinct(learn))))
    learned |= {of[case.interaction.id] for case in replayed}
    spare = [case for case in successes if of[case.interaction.id] not in learned]
    train, proof = _distinct([*learn, *replayed]), _distinct(prove)
    known = {normalise_question(case.interaction.messages) for case in proof}
    fresh = [case for case in _distinct(spare) if normalise_question(case.interaction.messages) not in known]
    collapsed = len(learn) - sum(case.kind != ExampleKind.REPLAY for case in train) + len(prove) - len(proof)
    ratio = len(successes) / max(1, len(taught))
    good = sample_stratified(
        fresh, min(settings.heldout_successes, max(LEAST_SUCCESSES, round(len(proof) * ratio)))
    )
    return Parts(
        train,
        [*sample_stratified(proof, max(1, round(len(good) / ratio)) if ratio else len(proof)), *good],
        collapsed,
    )


def components(texts: Sequence[str], conversations: Sequence[str], *, threshold: float) -> list[int]:
    """Group what is nearly the same or of one conversation; every group is named by one of its members.

    >>> components(["where is it", "cancel", "where is it", "refund"], ["a", "b", "c", "b"], threshold=0.8)
    [0, 1, 0, 1]
    """
    parent = list(range(len(texts)))

    def root(n: int) -> int:
        while parent[n] != n:
            parent[n] = parent[parent[n]]
            n = parent[n]
        return n

    first: dict[str, int] = {}
    same = [(first.setdefault(name, n), n) for n, name in enumerate(conversations)]
    for one, other in [*near_duplicates(texts, threshold=threshold), *same]:
        low, high = sorted((root(one), root(other)), key=lambda n: (texts[n], n))
        parent[high] = low
    return [root(n) for n in range(len(texts))]


def is_heldout(text: str, share: float) -> bool:
    """Decide by the hash of a text whether its group is held out; no seed, the same every night.

    >>> is_heldout("where is my parcel", 0.0), is_heldout("where is my parcel", 1.0)
    (False, True)
    """
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:8]) < share * 2**64


def _distinct(cases: Sequence[Case]) -> list[Case]:
    found: dict[str, Case] = {}
    for case in cases:
        found.setdefault(normalise_question(case.interaction.messages), case)
    return list(found.values())
