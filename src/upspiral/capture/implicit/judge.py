"""How did an answer go, by what came after it? A verb of this stage: learns from rated turns, judges all."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from functools import partial

import numpy as np
from msgspec import Struct

from upspiral.capture.config import CaptureSettings
from upspiral.capture.implicit.crossfit import CrossFit, crossfit
from upspiral.capture.implicit.features import FollowedTurn, list_followed, to_matrix
from upspiral.capture.implicit.rated import judge_by_people
from upspiral.capture.record import give_feedback
from upspiral.cursor import Cursor
from upspiral.domain import Feedback, Source, VoteWeight
from upspiral.domain.feedback import NEXT_TURN
from upspiral.domain.ids import FeedbackId, InteractionId, WorkspaceId, derive
from upspiral.stats.calibration import BrierGain, measure_brier_gain
from upspiral.store import Store

MIN_CONVERSATIONS = 20
"""Rated conversations of each kind, good and bad, from which on anything is learned."""
MAX_RATED_TURNS = 4_000
"""Newest rated turns that are learned from."""
CONFIDENCE = 0.99
"""Of the interval of the gain: wider than usual, as it is looked at every day."""
MIN_QUIET = timedelta(hours=1)
"""A conversation is judged once nothing was added to it for so long."""
BATCH_CONVERSATIONS, BATCH_TURNS, BATCH_ROWS = 100, 1_000, 200
"""Conversations read, turns found, and signals written at once."""


class RatedTurns(Struct, frozen=True):
    """Turns that people rated and that were followed."""

    ids: list[InteractionId]
    turns: list[FollowedTurn]
    truth: list[bool]
    conversations: list[str]

    def count_conversations(self, truth: bool) -> int:
        """Count the conversations with a turn that was good, or that was bad."""
        pairs = zip(self.conversations, self.truth, strict=True)
        return len({conversation for conversation, good in pairs if good == truth})


class NextTurnModel(Struct, frozen=True):
    """What was learned from the rated turns."""

    fit: CrossFit
    gain: BrierGain
    unseen: Mapping[InteractionId, float]
    """Of each rated turn its chance by a model that did not see its conversation."""

    def predict(self, turns: Sequence[tuple[InteractionId, FollowedTurn]]) -> list[float]:
        """Give the chance that each turn was good, 0 to 1; of a rated one without the feedback on it."""
        chances = self.fit.predict(to_matrix([turn for _, turn in turns])).tolist()
        return [self.unseen.get(ident, chance) for (ident, _), chance in zip(turns, chances, strict=True)]


class JudgeReport(Struct, frozen=True, kw_only=True):
    """What came of judging answers by what followed them."""

    rated: int
    """Rated turns that there were to learn from."""
    gain: BrierGain | None = None
    """None where too few are rated."""
    judged: int = 0
    """Turns that were judged now."""

    @property
    def words(self) -> str:
        """All this in a sentence.

        >>> JudgeReport(rated=7).words
        'Nothing was judged: of 7 rated turns with another after them, 20 good and 20 bad ones are needed.'
        """
        if self.gain is None:
            return (
                f"Nothing was judged: of {self.rated} rated turns with another after them,"
                f" {MIN_CONVERSATIONS} good and {MIN_CONVERSATIONS} bad ones are needed."
            )
        scores = f"Brier score {self.gain.brier:.3f}, the base rate's {self.gain.base:.3f}"
        limits = f"lower by {self.gain.gain:.3f}, {self.gain.low:.3f} to {self.gain.high:.3f}"
        learned = f"{scores}, {limits}, on conversations not learned from, from {self.rated} rated turns"
        if not self.gain.is_better:
            return f"Nothing was judged: what follows an answer tells no more than the base rate ({learned})."
        return f"{self.judged} answers were judged by what followed them ({learned})."


def judge_followed(
    store: Store, workspace: WorkspaceId, *, settings: CaptureSettings, now: datetime
) -> JudgeReport:
    """Learn from the rated turns what follows a good answer, and judge all that were followed, each once.

    It learns again each time, and nothing of what it learned is kept. Where that is no better than the base
    rate, nothing is written. Stopped half-way, the next time goes on.

    Args:
        store: Where everything is kept.
        workspace: Whose Interactions.
        settings: The thresholds, and how many days of ratings are looked at.
        now: The present moment.
    """
    since = now - timedelta(days=settings.rater_days)
    rated = read_rated(store, workspace, since=since, settings=settings)
    model = learn_next_turn(rated)
    if model is None or not model.gain.is_better:
        return JudgeReport(rated=len(rated.ids), gain=model.gain if model else None)
    judged = 0
    for turns in _read_unjudged(store, workspace, since=since, now=now):
        signals = [
            _to_feedback(workspace, ident, chance, now)
            for (ident, _), chance in zip(turns, model.predict(turns), strict=True)
        ]
        for start in range(0, len(signals), BATCH_ROWS):
            part = signals[start : start + BATCH_ROWS]
            write = partial(_write, store, part, settings=settings, now=now)
            judged += store.database.with_retry(write)
    return JudgeReport(rated=len(rated.ids), gain=model.gain, judged=judged)


def learn_next_turn(rated: RatedTurns) -> NextTurnModel | None:
    """Learn what follows good and bad answers; None where too few of either are rated (pure)."""
    if min(map(rated.count_conversations, (True, False))) < MIN_CONVERSATIONS:
        return None
    truth = np.array(rated.truth, dtype=np.float64)
    groups = np.unique(rated.conversations, return_inverse=True)[1].astype(np.int64)
    fit = crossfit(to_matrix(rated.turns), truth, groups)
    gain = measure_brier_gain(truth, fit.predicted, fit.base, groups, confidence=CONFIDENCE)
    return NextTurnModel(fit, gain, dict(zip(rated.ids, fit.predicted.tolist(), strict=True)))


def read_rated(
    store: Store, workspace: WorkspaceId, *, since: datetime, settings: CaptureSettings
) -> RatedTurns:
    """Read the newest turns that people rated and that were followed."""
    words = store.rater_weights.words(workspace, since)
    weights = {
        one.voice: VoteWeight(one.weight_good, one.weight_bad)
        for one in store.rater_weights.list_rows(workspace)
    }
    truth = judge_by_people(words, weights, settings)
    found = RatedTurns([], [], [], [])
    conversations = store.followed.find_conversations(workspace, truth)
    for ident, conversation, turn in _read_followed(store, workspace, conversations):
        if len(found.ids) >= MAX_RATED_TURNS:
            break
        if ident in truth:
            found.ids.append(ident)
            found.turns.append(turn)
            found.truth.append(truth[ident])
            found.conversations.append(conversation)
    return found


def _read_followed(
    store: Store, workspace: WorkspaceId, conversations: Sequence[str]
) -> Iterator[tuple[InteractionId, str, FollowedTurn]]:
    for start in range(0, len(conversations), BATCH_CONVERSATIONS):
        part = conversations[start : start + BATCH_CONVERSATIONS]
        for conversation, turns in store.followed.of_conversations(workspace, part).items():
            for one, turn in list_followed(turns):
                yield one.id, conversation, turn


def _read_unjudged(
    store: Store, workspace: WorkspaceId, *, since: datetime, now: datetime
) -> Iterator[list[tuple[InteractionId, FollowedTurn]]]:
    """Give the turns that were not judged yet, piece by piece, oldest first."""
    mark = Cursor(since, "")
    while found := store.followed.list_unjudged(
        workspace, NEXT_TURN, mark, quiet_since=now - MIN_QUIET, limit=BATCH_TURNS
    ):
        mark, wanted = Cursor(found[-1].at, found[-1].id), {one.id for one in found}
        talks = list(dict.fromkeys(one.conversation for one in found))
        turns = [(i, turn) for i, _, turn in _read_followed(store, workspace, talks) if i in wanted]
        if turns:
            yield turns


def _to_feedback(workspace: WorkspaceId, ident: InteractionId, chance: float, now: datetime) -> Feedback:
    return Feedback(
        id=FeedbackId(derive("fb", workspace, ident, NEXT_TURN)),
        workspace=workspace,
        interaction=ident,
        at=now,
        source=Source.IMPLICIT,
        rater=NEXT_TURN,
        score=round(chance, 3),
    )


def _write(store: Store, signals: Sequence[Feedback], *, settings: CaptureSettings, now: datetime) -> int:
    """Write signals down, but for Interactions that were forgotten meanwhile; give how many there were."""
    workspace = signals[0].workspace
    with store.transaction():
        store.interactions.lock(workspace, [one.interaction for one in signals])
        there = {
            one.id for one in store.interactions.headers(workspace, [one.interaction for one in signals])
        }
        kept = [one for one in signals if one.interaction in there]
        give_feedback(store, kept, settings=settings, now=now)
    return len(kept)
