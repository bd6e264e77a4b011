"""Whose word counts how much from now on? A verb of this stage: it weighs raters and refolds."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from functools import partial

import msgspec
from msgspec import Struct

from upspiral.capture.config import CaptureSettings
from upspiral.capture.implicit.weights import weigh_signals
from upspiral.capture.outcome import verdict
from upspiral.capture.rater_model import RaterModel, gold_of, votes_of
from upspiral.capture.record import refold
from upspiral.domain import Judgement, RaterWeight, Reliability, VoteWeight
from upspiral.domain.ids import InteractionId, WorkspaceId
from upspiral.store import Store

BATCH_ROWS = 200
"""Interactions refolded in one transaction."""


class RefitReport(Struct, frozen=True):
    """What came of weighing the raters."""

    raters: int
    """Who judged anything in the days looked at."""
    silent: int
    """Of these, how many do not count."""
    downweighted: int
    """How many weigh less than before."""
    refolded: int
    """Outcomes that were rewritten."""
    status_changed: int
    """Of these, how many changed between success, failure and unknown."""

    @property
    def words(self) -> str:
        """All this in a sentence.

        >>> RefitReport(raters=30, silent=2, downweighted=4, refolded=9, status_changed=3).words
        'Of 30 raters 2 do not count and 4 weigh less than before. 9 Outcomes changed, 3 of them in status.'
        """
        return (
            f"Of {self.raters} raters {self.silent} do not count and {self.downweighted} weigh less than"
            f" before. {self.refolded} Outcomes changed, {self.status_changed} of them in status."
        )


def refit(store: Store, workspace: WorkspaceId, *, settings: CaptureSettings, now: datetime) -> RefitReport:
    """Learn how much each rater counts, keep it, and refold the Outcomes that it changes.

    Done again, it changes nothing. Where raters are not to be weighed, every weight and what it changed is
    taken back. Stopped half-way, the next time finishes it.

    Args:
        store: Where everything is kept.
        workspace: Whose raters.
        settings: Whether raters are weighed, by how many days of votes, and the thresholds.
        now: The present moment.
    """
    words = store.rater_weights.words(workspace, now - timedelta(days=settings.rater_days))
    before = {one.voice: one for one in store.rater_weights.list_rows(workspace)}
    learned = _learn_weights(words, settings) if settings.weigh_raters else []
    after = {one.voice: _to_row(one, before.get(one.voice), workspace, now) for one in learned}
    with store.transaction():
        store.rater_weights.forget_ids(
            workspace, [one.id for name, one in before.items() if name not in after]
        )
        store.rater_weights.upsert(*(one for name, one in after.items() if one != before.get(name)))
    weights = {name: VoteWeight(one.weight_good, one.weight_bad) for name, one in after.items()}
    stale = _find_stale(store, workspace, words, weights)
    refolded, turned = _refold(store, workspace, stale, settings=settings, now=now)
    return RefitReport(
        raters=len(after),
        silent=sum(one.weight == 0 for one in after.values()),
        downweighted=sum(one.weight < (before[n].weight if n in before else 1) for n, one in after.items()),
        refolded=refolded,
        status_changed=turned,
    )


def _learn_weights(words: Sequence[Judgement], settings: CaptureSettings) -> list[Reliability]:
    raters = RaterModel()
    raters.update(votes_of(words, settings), gold=gold_of(words, settings))
    weights = raters.weights()
    return [*map(raters.reliability, weights), *weigh_signals(words, weights, settings)]


def _to_row(
    found: Reliability, old: RaterWeight | None, workspace: WorkspaceId, now: datetime
) -> RaterWeight:
    """Make the row of a rater, with the moment of the old one where nothing differs."""
    ident = RaterWeight.id_of(found.voice)
    made = RaterWeight(id=ident, workspace=workspace, at=now, **msgspec.structs.asdict(found))
    return old if old and msgspec.structs.replace(made, at=old.at) == old else made


def _find_stale(
    store: Store, workspace: WorkspaceId, words: Iterable[Judgement], weights: Mapping[str, VoteWeight]
) -> list[InteractionId]:
    """Find the Interactions whose Outcome would be another now."""
    about: dict[InteractionId, list[Judgement]] = defaultdict(list)
    for word in words:
        about[word.interaction].append(word)
    kept = store.rater_weights.verdicts(workspace, about)
    return [
        ident
        for ident, given in about.items()
        if verdict(given, answer=_answer(given), error=given[0].error, weights=weights) != kept.get(ident)
    ]


def _answer(given: Sequence[Judgement]) -> str:
    """Find the answer, which comes only with corrections."""
    return next((word.answer for word in given if word.answer), "")


def _refold(
    store: Store,
    workspace: WorkspaceId,
    ids: Sequence[InteractionId],
    *,
    settings: CaptureSettings,
    now: datetime,
) -> tuple[int, int]:
    """Refold piece by piece; give how many Outcomes differ, and how many of them in status."""
    written, turned = 0, 0
    for start in range(0, len(ids), BATCH_ROWS):
        part = ids[start : start + BATCH_ROWS]
        piece = partial(_piece, store, workspace, part, settings=settings, now=now)
        counts = store.database.with_retry(piece)
        written, turned = written + counts[0], turned + counts[1]
    return written, turned


def _piece(
    store: Store,
    workspace: WorkspaceId,
    ids: Sequence[InteractionId],
    *,
    settings: CaptureSettings,
    now: datetime,
) -> tuple[int, int]:
    """Fold some again within an open transaction; give the same two numbers."""
    store.interactions.lock(workspace, ids)
    interactions = store.interactions.many(workspace, ids)
    before = store.outcomes.of(workspace, [one.id for one in interactions])
    folded = refold(store, interactions, settings=settings, now=now) if interactions else []
    changed = [one for one in folded if one != before.get(one.interaction)]
    known = [before.get(one.interaction) for one in changed]
    turned = sum(old is None or old.status != one.status for old, one in zip(known, changed, strict=True))
    return len(changed), turned
