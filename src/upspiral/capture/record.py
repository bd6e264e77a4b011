"""Write down what happened and what was thought of it: the verbs of this stage."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime

import msgspec
from msgspec import Struct

from upspiral.capture.config import CaptureSettings
from upspiral.capture.outcome import fold
from upspiral.capture.tally import of_changes, of_new
from upspiral.domain import About, EarlyFeedback, Feedback, Interaction, Outcome
from upspiral.domain.ids import FeedbackId, InteractionId, WorkspaceId
from upspiral.domain.rollup import Rollup, ToolRollup
from upspiral.domain.span import Span
from upspiral.errors import NotFound
from upspiral.store import Store

SWEPT = 1000
"""Early signals looked at in one sweep."""


class Given(Struct, frozen=True):
    """What became of signals."""

    outcomes: list[Outcome]
    waiting: list[FeedbackId] = []
    """Those whose Interaction has not come yet; they are joined to it when it does."""


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
        Those that were not there before.
    """
    with store.transaction():
        new = store.interactions.add_new(*interactions)
        failed = [fold(i, (), settings=CaptureSettings(), now=now or i.at) for i in new if i.error]
        store.outcomes.add_missing(*failed)
        store.spans.add_missing(*spans)
        _count(store, *of_new(new, {outcome.interaction: outcome for outcome in failed}))
    return new


def give_feedback(
    store: Store, feedback: Sequence[Feedback], *, settings: CaptureSettings, now: datetime
) -> list[Outcome]:
    """Write signals down and fold the Outcomes anew; all of it happens, or nothing.

    Raises:
        NotFound: One of the Interactions does not exist.
    """
    if not feedback:
        return []
    workspace = feedback[0].workspace
    with store.transaction():
        ids = list(dict.fromkeys(signal.interaction for signal in feedback))
        store.interactions.hold(workspace, ids)
        known = {i.id: i for i in store.interactions.many(workspace, ids)}
        for wanted in ids:
            if wanted not in known:
                raise _unknown(About.INTERACTION, wanted)
        store.feedback.add_missing(*feedback)
        return refold(store, [known[ident] for ident in ids], settings=settings, now=now)


def refold(
    store: Store, interactions: Sequence[Interaction], *, settings: CaptureSettings, now: datetime
) -> list[Outcome]:
    """Fold Outcomes anew from everything that was said, with what is known of the raters now.

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
    signals: dict[InteractionId, list[Feedback]] = defaultdict(list)
    for signal in store.feedback.about(workspace, ids):
        signals[signal.interaction].append(signal)
    before = store.outcomes.of(workspace, ids)
    voices = {signal.voice for said in signals.values() for signal in said}
    weights = store.rater_weights.weights(workspace, voices) if settings.weigh_raters else {}
    folded = {
        one.id: fold(
            one, signals[one.id], settings=settings, now=now, previous=before.get(one.id), weights=weights
        )
        for one in interactions
    }
    fresh = {ident: outcome for ident, outcome in folded.items() if not _same(outcome, before.get(ident))}
    store.outcomes.put(*fresh.values())
    _count(store, *of_changes([one for one in interactions if one.id in fresh], before, fresh))
    return [fresh.get(ident) or before[ident] for ident in ids]


def give_named(
    store: Store, named: Sequence[EarlyFeedback], *, settings: CaptureSettings, now: datetime, wait: bool
) -> Given:
    """Write signals down that name their Interaction by any of its ids; all of it happens, or nothing.

    A signal that names a trace, a conversation or a client's own id, and finds nothing, waits.

    Args:
        store: Where everything is kept.
        named: The signals, all of one workspace.
        settings: The thresholds of success.
        now: The present moment.
        wait: May those wait, too, that name an Interaction's own id?

    Raises:
        NotFound: An Interaction does not exist and its signal may not wait.
    """
    with store.transaction():
        joined, missing = _joined(store, named)
        for one in missing:
            if one.by == About.INTERACTION and not wait:
                raise _unknown(one.by, one.key)
        store.early_feedback.add_missing(*missing)
        outcomes = give_feedback(store, joined, settings=settings, now=now)
    return Given(outcomes, [one.id for one in missing])


def join_early(store: Store, *, settings: CaptureSettings, now: datetime) -> int:
    """Join early signals to the Interactions that have come since; give how many were joined."""
    arrived = store.early_feedback.arrived(SWEPT)
    by_workspace: dict[WorkspaceId, list[EarlyFeedback]] = defaultdict(list)
    for one in arrived:
        by_workspace[one.workspace].append(one)
    count = 0
    for named in by_workspace.values():
        with store.transaction():
            joined, missing = _joined(store, named)
            give_feedback(store, joined, settings=settings, now=now)
            left = {one.id for one in missing}
            store.early_feedback.drop(named[0].workspace, [one.id for one in named if one.id not in left])
            count += len(joined)
    return count


def _joined(store: Store, named: Sequence[EarlyFeedback]) -> tuple[list[Feedback], list[EarlyFeedback]]:
    """Part the signals into those whose Interaction is there, now bound to it, and the others."""
    keys: dict[About, list[str]] = defaultdict(list)
    for one in named:
        keys[one.by].append(one.key)
    found = {by: store.interactions.named(named[0].workspace, by, those) for by, those in keys.items()}
    joined, missing = [], []
    for one in named:
        interaction = found[one.by].get(one.key)
        if interaction is None:
            missing.append(one)
        else:
            joined.append(msgspec.structs.replace(one.signal, interaction=interaction.id))
    return joined, missing


def _same(new: Outcome, old: Outcome | None) -> bool:
    return old is not None and msgspec.structs.replace(new, at=old.at) == old


def _count(store: Store, grown: list[Rollup], tools: list[ToolRollup]) -> None:
    store.rollups.grow(grown)
    store.tool_rollups.grow(tools)


def _unknown(by: About, key: str) -> NotFound:
    return NotFound(
        f"There is no Interaction {key!r} to give feedback on.",
        hint="Use the id that the answer carried, or say `wait`; nothing of this request was stored.",
    )
