"""Which case is for learning, which for choosing a draft, which for the proof? None is like one of another.

Pure.
"""

import hashlib
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from msgspec import Struct
from msgspec.structs import replace

from upspiral.curate.config import CurateSettings
from upspiral.curate.deduplicate import near_duplicates, normalise_question
from upspiral.curate.recorded.draw import merge_drawn
from upspiral.curate.select import Case, sample_stratified
from upspiral.domain import ExampleKind, Split
from upspiral.domain.ids import InteractionId

LEAST_SUCCESSES = 60
"""Good answers that are held out at least, where there are so many, so that harm is seen."""
SAME_QUESTION = "same question"
"""Why a case is left out whose question another one asks."""


class Parts(Struct, frozen=True):
    """The sides."""

    train: list[Case]
    select: list[Case]
    """On which the drafts of several levers compete; empty where there is one lever."""
    heldout: list[Case]
    collapsed: int
    """Cases left out because the same question is on the same side already."""


class KeptBack(NamedTuple):
    """What is kept back from teaching, beside the held-out cases of which it is known what is right."""

    select: float = 0.0
    """Share, 0 to 1, of the cases that are not held out, on which the drafts of several levers compete."""
    recorded: int = 0
    """At most so many recorded conversations are held out, rated or not; only a judge can compare answers to
    them."""
    needed: int = 0
    """Where fewer than so many were drawn with their recorded answers, others of which the incumbent is asked
    again follow."""


NOTHING_MORE = KeptBack()


def split(
    taught: Sequence[Case],
    successes: Sequence[Case],
    settings: CurateSettings,
    *,
    drawn: Sequence[Case] = (),
    kept: KeptBack = NOTHING_MORE,
    salt: str = "",
) -> Parts:
    """Part the cases: groups of near-duplicates and conversations go to one side as a whole.

    The side of a group follows from its texts and the salt alone, so that the same cases are parted the same
    way as long as the salt stays. Good answers are repeated in training in proportion to what is taught; of
    the groups of which nothing is trained on, good answers are held out. Failures and good answers are held
    out in the proportion of the traffic: else a candidate that fixes as often as it breaks would look better
    than it is. Cases that were drawn from the traffic are in its proportion as they are.

    Args:
        taught: Failures with the answer that should be taught.
        successes: Good answers of the agent's own.
        settings: Say how many are held out and repeated, and from which likeness questions are one group.
        drawn: Cases drawn from the traffic, whatever came of them; nothing is learned from these.
        kept: How many are kept back for other uses.
        salt: Another one parts the cases in another way.
    """
    cases = [*taught, *successes, *drawn]
    texts = [normalise_question(case.interaction.messages) for case in cases]
    groups = components(
        texts, [case.interaction.conversation for case in cases], threshold=settings.near_duplicate
    )
    side_of = {
        group: _choose_side(texts[group], settings.heldout, kept.select, salt=salt) for group in set(groups)
    }
    of = {case.interaction.id: group for case, group in zip(cases, groups, strict=True)}

    def on(side: Split, among: Sequence[Case]) -> list[Case]:
        return [case for case in among if side_of[of[case.interaction.id]] is side]

    learn, prove, compete = (on(side, taught) for side in (Split.TRAIN, Split.HELDOUT, Split.SELECT))
    learned = {of[case.interaction.id] for case in learn}
    said = [case for case in successes if case.answer.strip()]  # calls alone are held out, not taught
    replayed = sample_stratified(
        _distinct(on(Split.TRAIN, said)), round(settings.replay_ratio * len(_distinct(learn)))
    )
    learned |= {of[case.interaction.id] for case in replayed}
    spare = [
        case
        for case in successes
        if of[case.interaction.id] not in learned and side_of[of[case.interaction.id]] is not Split.SELECT
    ]
    train, proof = _distinct([*learn, *replayed]), _distinct(prove)
    ratio = len(successes) / max(1, len(taught))
    least, most = LEAST_SUCCESSES, settings.heldout_successes
    collapsed = len(learn) - sum(case.kind != ExampleKind.REPLAY for case in train) + len(prove) - len(proof)
    selected = _mix(_distinct(compete), on(Split.SELECT, successes), ratio=ratio, least=0, most=most)
    parts = Parts(train, selected, _mix(proof, spare, ratio=ratio, least=least, most=most), collapsed)
    places = {ident: side_of[group] for ident, group in of.items() if group not in learned}
    return _add_drawn(parts, [*taught, *successes], drawn, places=places, kept=kept) if drawn else parts


def _add_drawn(
    parts: Parts,
    verified: Sequence[Case],
    drawn: Sequence[Case],
    *,
    places: Mapping[InteractionId, Split],
    kept: KeptBack,
) -> Parts:
    """Put drawn cases beside the verified ones, where nothing is learned from their group.

    On the teaching side the groups of which nothing is learned depend on what went wrong, so that their
    recorded answers stand for nothing: they come last, and the incumbent is asked.
    """

    def on(side: Split, among: Sequence[Case]) -> list[Case]:
        return [case for case in among if places.get(case.interaction.id) is side]

    prove = on(Split.HELDOUT, drawn)[: kept.recorded]
    more = [replace(case, recorded=None) for case in on(Split.TRAIN, drawn)]
    compete = on(Split.SELECT, drawn)[: round(kept.select * kept.recorded)]
    return replace(
        parts,
        select=merge_drawn(on(Split.SELECT, verified), parts.select, compete),
        heldout=merge_drawn(
            on(Split.HELDOUT, verified),
            parts.heldout,
            [*prove, *more[: max(0, min(kept.needed, kept.recorded) - len(prove))]],
        ),
    )


def _mix(
    failures: Sequence[Case], good: Sequence[Case], *, ratio: float, least: int, most: int
) -> list[Case]:
    """Put failures and good answers together in the proportion of the traffic, as far as there are enough.

    Args:
        failures: Distinct ones.
        good: Of which as many are taken as the ratio asks for, each question once.
        ratio: Good answers for each failure.
        least: Good answers that are taken at least.
        most: And at most.
    """
    known = {normalise_question(case.interaction.messages) for case in failures}
    fresh = [case for case in _distinct(good) if normalise_question(case.interaction.messages) not in known]
    kept = sample_stratified(fresh, min(most, max(least, round(len(failures) * ratio))))
    wrong = max(1, round(len(kept) / ratio)) if ratio else len(failures)
    return [*sample_stratified(failures, wrong), *kept]


def _choose_side(text: str, heldout: float, select: float, *, salt: str) -> Split:
    if is_heldout(f"{salt}{text}", heldout):
        return Split.HELDOUT
    return Split.SELECT if is_heldout(f"select {salt}{text}", select) else Split.TRAIN


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
