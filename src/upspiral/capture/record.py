"""Write down what happened and what was thought of it: the verbs of this stage."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from functools import cache
from typing import Any, TypeVar

import msgspec
from msgspec import Struct

from upspiral.capture.attachments import find_uses
from upspiral.capture.config import CaptureSettings
from upspiral.capture.outcome import fold_outcome
from upspiral.capture.rollup_deltas import (
    for_changed,
    for_changed_participants,
    for_new,
    for_participants,
)
from upspiral.domain import Feedback, FeedbackTarget, Interaction, Outcome, PendingFeedback
from upspiral.domain.feedback import OBSERVATION
from upspiral.domain.ids import FeedbackId, WorkspaceId
from upspiral.domain.interaction import list_participants
from upspiral.domain.rollup import Rollup, ToolRollup
from upspiral.domain.span import Span
from upspiral.errors import Conflict, NotFound, UpspiralError
from upspiral.store import Store
from upspiral.store.rows import Rows

N = TypeVar("N", Interaction, Feedback, PendingFeedback)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
SWEEP_ROWS = 1000
"""Early signals looked at in one sweep."""


class Given(Struct, frozen=True):
    """What became of signals."""

    outcomes: list[Outcome]
    waiting: list[FeedbackId] = []
    """Those whose Interaction has not come yet; they are joined to it when it does."""
    refused: dict[int, UpspiralError] = {}
    """Why some were not kept, by their place: an unknown Interaction, or a known id with other content."""


class Recorded(Struct, frozen=True):
    """What became of Interactions."""

    kept: list[Interaction]
    """As they are kept, in the order in which they were given."""
    refused: dict[int, UpspiralError] = {}
    """Why some were not kept, by their place: a known id with other content."""


def record_or_refuse(store: Store, interactions: Sequence[Interaction], *, now: datetime) -> Recorded:
    """Write Interactions down, each once; refuse those whose id is known with other content.

    Args:
        store: Where everything is kept.
        interactions: What happened, all of one workspace.
        now: The present moment.
    """
    with store.transaction():
        new = record(store, *interactions, now=now)
        known = {one.id: one for one in new}
        missing = [one.id for one in interactions if one.id not in known]
        if missing:
            known |= {one.id: one for one in store.interactions.many(interactions[0].workspace, missing)}
    kept = [known.get(one.id, one) for one in interactions]
    return Recorded(kept, _find_refused(interactions, kept))


def record(
    store: Store, *interactions: Interaction, spans: Sequence[Span] = (), now: datetime | None = None
) -> list[Interaction]:
    """Write Interactions down, each once, and the spans around them; returns when they are on the disk.

    One that ended in an error has its Outcome at once.

    Args:
        store: Where everything is kept.
        interactions: What happened.
        spans: The steps around it.
        now: The present moment; else each is taken to be written down when it happened.

    Returns:
        Those that were not there yet.
    """
    with store.transaction():
        new = store.interactions.add_new(*interactions)
        # An error is a score of 0, and that is a failure whatever the thresholds: they lie above 0.
        failed = [fold_outcome(i, (), settings=_any_settings(), now=now or i.at) for i in new if i.error]
        store.outcomes.insert_ignore(*failed)
        store.attachment_uses.insert_ignore(*find_uses(new))
        store.spans.insert_ignore(*spans)
        outcomes, others = {one.interaction: one for one in failed}, {i.id: list_participants(i) for i in new}
        store.participants.insert_ignore(*(who for named in others.values() for who in named))
        _count(store, *for_new(new, outcomes))
        store.shared_rollups.grow(for_participants(new, others, outcomes))
    return new


@cache
def _any_settings() -> CaptureSettings:
    return CaptureSettings()


def give_feedback(
    store: Store, feedback: Sequence[Feedback], *, settings: CaptureSettings, now: datetime
) -> list[Outcome]:
    """Write signals down, each once, and fold the Outcomes again; all of it happens, or nothing.

    Raises:
        NotFound: One of the Interactions does not exist.
    """
    return _give(store, feedback, settings=settings, now=now).outcomes


def _give(
    store: Store,
    feedback: Sequence[Feedback],
    *,
    settings: CaptureSettings,
    now: datetime,
    revise: bool = False,
) -> Given:
    """Write signals down and refold the Outcomes.

    Signals of a known id with other content are refused, or take the place of what was said before.
    """
    if not feedback:
        return Given([])
    workspace = feedback[0].workspace
    with store.transaction():
        ids = list(dict.fromkeys(signal.interaction for signal in feedback))
        store.interactions.lock(workspace, ids)
        known = {i.id: i for i in store.interactions.many(workspace, ids)}
        for wanted in ids:
            if wanted not in known:
                raise _unknown_error(FeedbackTarget.INTERACTION, wanted)
        if revise:
            store.feedback.upsert(*feedback)
        kept = feedback if revise else _insert(store.feedback, feedback)
        outcomes = refold(store, [known[ident] for ident in ids], settings=settings, now=now)
    return Given(outcomes, refused=_find_refused(feedback, kept))


def refold(
    store: Store, interactions: Sequence[Interaction], *, settings: CaptureSettings, now: datetime
) -> list[Outcome]:
    """Fold Outcomes again from everything that was said, with what is known of the raters now.

    Belongs into a transaction that holds the Interactions. Only Outcomes that differ are written, and the
    counts follow them.

    Args:
        store: Where everything is kept.
        interactions: What was judged; at least one, all of one workspace.
        settings: The thresholds, and whether raters are weighed.
        now: The present moment.

    Returns:
        Their Outcomes, in the same order.
    """
    workspace, ids = interactions[0].workspace, [one.id for one in interactions]
    signals = store.feedback.group_about(workspace, ids)
    before = store.outcomes.of(workspace, ids)
    raters = {signal.voice for said in signals.values() for signal in said}
    weights = store.rater_weights.weights(workspace, raters) if settings.weigh_raters else {}
    folded = {
        one.id: fold_outcome(
            one, signals[one.id], settings=settings, now=now, previous=before.get(one.id), weights=weights
        )
        for one in interactions
    }
    fresh = {ident: outcome for ident, outcome in folded.items() if not _is_same(outcome, before.get(ident))}
    store.outcomes.upsert(*fresh.values())
    changed = [one for one in interactions if one.id in fresh]
    _count(store, *for_changed(changed, before, fresh))
    others = store.participants.of_turns(changed)
    store.shared_rollups.grow(for_changed_participants(changed, others, before, fresh))
    return [fresh.get(ident) or before[ident] for ident in ids]


def give_named(
    store: Store,
    named: Sequence[PendingFeedback],
    *,
    settings: CaptureSettings,
    now: datetime,
    wait: bool | Sequence[bool],
    revise: bool = False,
) -> Given:
    """Write signals down that name their Interaction by any of its ids; the good ones are kept.

    A signal that names a trace, a conversation or a client's own id, and finds nothing, waits. One of an
    unknown Interaction that may not wait is refused, and so is a known id with other content.

    Args:
        store: Where everything is kept.
        named: The signals, all of one workspace.
        settings: The thresholds of success.
        now: The present moment.
        wait: May those wait, too, that name an Interaction's own id? One answer, or one for each signal.
        revise: Does a signal take the place of what was said under its id before? Else it is refused.
    """
    if not named:
        return Given([])
    wait = [wait] * len(named) if isinstance(wait, bool) else wait
    with store.transaction():
        if revise:
            store.early_feedback.drop(named[0].workspace, [one.id for one in named])
        joined, missing = _bind(store, named)
        unknown = {i for i in missing if named[i].by == FeedbackTarget.INTERACTION and not wait[i]}
        refused: dict[int, UpspiralError] = {i: _unknown_error(named[i].by, named[i].key) for i in unknown}
        refused |= _keep_waiting(store, named, joined, waiting := [i for i in missing if i not in unknown])
        places = [i for i in joined if i not in refused]
        given = _give(store, [joined[i] for i in places], settings=settings, now=now, revise=revise)
        refused |= {places[n]: error for n, error in given.refused.items()}
    return Given(given.outcomes, [named[i].id for i in waiting if i not in refused], refused)


def _keep_waiting(
    store: Store, named: Sequence[PendingFeedback], joined: Iterable[int], waiting: Sequence[int]
) -> dict[int, UpspiralError]:
    """Write down those that wait; give those whose id is known with other content, waiting or not."""
    workspace, early = named[0].workspace, [named[i] for i in waiting]
    there = {one.id: one for one in store.early_feedback.many(workspace, [named[i].id for i in joined])}
    refused: dict[int, UpspiralError]
    refused = {i: _other_content(named[i].id) for i in joined if _differs(named[i], there.get(named[i].id))}
    if early:
        settled = {one.id for one in store.feedback.many(workspace, [one.id for one in early])}
        gone = {i: _other_content(named[i].id) for i in waiting if named[i].id in settled}
        fresh = [i for i in waiting if i not in gone]
        kept = _insert(store.early_feedback, [named[i] for i in fresh])
        differing = _find_refused([named[i] for i in fresh], kept)
        refused |= gone | {fresh[n]: error for n, error in differing.items()}
    return refused


def join_early(store: Store, *, settings: CaptureSettings, now: datetime) -> int:
    """Join early signals to the Interactions that have come since; give how many were joined."""
    arrived = store.early_feedback.list_arrived(SWEEP_ROWS)
    by_workspace: dict[WorkspaceId, list[PendingFeedback]] = defaultdict(list)
    for one in arrived:
        by_workspace[one.workspace].append(one)
    count = 0
    for named in by_workspace.values():
        with store.transaction():
            joined, missing = _bind(store, named)
            give_feedback(store, list(joined.values()), settings=settings, now=now)
            left = {named[i].id for i in missing}
            store.early_feedback.drop(named[0].workspace, [one.id for one in named if one.id not in left])
            count += len(joined)
    return count


def _bind(store: Store, named: Sequence[PendingFeedback]) -> tuple[dict[int, Feedback], list[int]]:
    """Part the signals, by place, into those whose Interaction is there, now bound to it, and the others."""
    keys: dict[FeedbackTarget, list[str]] = defaultdict(list)
    for one in named:
        keys[one.by].append(one.key)
    workspace = named[0].workspace
    found = {by: store.interactions.resolve(workspace, by, those) for by, those in keys.items()}
    steps = [
        one.signal.metadata.get(OBSERVATION, "") if one.by == FeedbackTarget.TRACE else "" for one in named
    ]
    meant = store.interactions.resolve(workspace, FeedbackTarget.CLIENT_ID, [step for step in steps if step])
    moving = [one.id for one in named if one.by != FeedbackTarget.INTERACTION]
    bound = {one.id: one.interaction for one in store.feedback.many(workspace, moving)}  # a repetition
    joined, missing = {}, []
    for place, one in enumerate(named):
        interaction = meant.get(steps[place]) or found[one.by].get(one.key)
        if interaction is None:
            missing.append(place)
        else:
            about = bound.get(one.id, interaction.id)
            joined[place] = msgspec.structs.replace(one.signal, interaction=about)
    return joined, missing


def _insert(rows: Rows[N], given: Sequence[N]) -> list[N]:
    """Write those that are not there yet; give each as it is kept."""
    known = {one.id: one for one in rows.add_new(*given)}
    missing = [one.id for one in given if one.id not in known]
    if missing:
        known |= {one.id: one for one in rows.many(given[0].workspace, missing)}
    return [known.get(one.id, one) for one in given]


def _find_refused(given: Sequence[N], kept: Sequence[N]) -> dict[int, UpspiralError]:
    pairs = enumerate(zip(given, kept, strict=True))
    return {place: _other_content(one.id) for place, (one, there) in pairs if _differs(one, there)}


def _differs(one: N, there: N | None) -> bool:
    """Say whether what is kept under an id says something else; when it was sent does not count."""
    return there is not None and one is not there and _without_moment(one) != _without_moment(there)


def _without_moment(one: Any) -> Any:
    """Leave out the moment, which the server sets where the sender did not, and what the server decides."""
    if isinstance(one, PendingFeedback):
        return msgspec.structs.replace(one, at=_EPOCH, signal=_without_moment(one.signal))
    decided = {"trainable": True, "version": None, "deployment": None, "arm": None}
    more = decided if isinstance(one, Interaction) else {}
    return msgspec.structs.replace(one, at=_EPOCH, **more)


def _is_same(new: Outcome, old: Outcome | None) -> bool:
    return old is not None and msgspec.structs.replace(new, at=old.at) == old


def _count(store: Store, grown: list[Rollup], tools: list[ToolRollup]) -> None:
    store.rollups.grow(grown)
    store.tool_rollups.grow(tools)


def _other_content(ident: str) -> Conflict:
    return Conflict(
        f"{ident!r} is known already, with other content; what was kept first stays.",
        hint="Send it under an id of its own.",
    )


def _unknown_error(by: FeedbackTarget, key: str) -> NotFound:
    return NotFound(
        f"There is no Interaction {key!r} to give feedback on.",
        hint="Use the id that the answer carried, or say `wait`; this signal was not stored.",
    )
