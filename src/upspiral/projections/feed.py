"""Which outcomes are new, and which have changed, since a reader last looked? One answer for all readers."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import islice
from typing import NamedTuple

from upspiral.cursor import Cursor
from upspiral.domain import Outcome
from upspiral.domain.ids import InteractionId, WorkspaceId
from upspiral.store import Store
from upspiral.store.repositories.outcomes import FoldedOutcome

COMMIT_LAG = timedelta(seconds=60)
"""An outcome may be committed so long after the moment it carries: a writer's queue, locks, other clocks."""
BATCH_ROWS = 2_000
BEGINNING = datetime(1970, 1, 1, tzinfo=UTC)


class Seen(NamedTuple):
    """An outcome as the reader last saw it."""

    at: datetime
    judged: bool
    """Was it a success, a failure or a partial success?"""
    score: float | None
    """None where it was not judged, or is no longer remembered."""


class Change(NamedTuple):
    """An outcome as it is now, and as it was."""

    outcome: Outcome
    before: Seen | None
    """None where this reader has not seen it."""

    @property
    def is_judged(self) -> bool:
        """Is it a success, a failure or a partial success now?"""
        return self.outcome.worth is not None

    @property
    def was_judged(self) -> bool:
        """Was it one of them when it was last seen?"""
        return self.before is not None and self.before.judged

    @property
    def is_revision(self) -> bool:
        """Does it say something else about an outcome that was judged already?"""
        if self.before is None or not self.before.judged:
            return False
        return not self.is_judged or self.before.score != self.outcome.score


class OutcomeFeed:
    """Follows a workspace's outcomes with one cursor; each state of an outcome is given once.

    Outcomes are read by the moment at which they were folded. As one may be committed later than the moment
    it carries, everything of the last `COMMIT_LAG` before the cursor is looked at again, and what was seen
    in the same state is passed over. So a verdict that changes late is seen, whichever clock wrote it.

    Each projection has one of its own: they begin, are reset and remember at different moments, and whoever
    asks for one of them waits for that one alone. What they share is this cursor's code, not its place.

    Args:
        workspace: Whose.
        remembered: Outcomes whose last state is remembered beyond the lag. A reader that cannot count an
            outcome again needs it; of those forgotten, an outcome that had settled by then counts as seen.
    """

    def __init__(self, workspace: WorkspaceId, *, remembered: int = 0) -> None:
        self._workspace, self._remembered = workspace, remembered
        self._cursor = BEGINNING
        self._seen: dict[InteractionId, Seen] = {}
        self._looked_at: set[FoldedOutcome] = set()
        """What the last look within the lag found; what is still the same need not be read."""
        self._forgotten = BEGINNING

    def skip_to_end(self, store: Store) -> None:
        """Begin at the newest outcome, as a reader does that reads everything by itself afterwards."""
        self._cursor = store.outcomes.newest_change(self._workspace) or BEGINNING
        self._seen, self._looked_at = {}, set()

    def read(self, store: Store) -> Iterator[list[Change]]:
        """Give what is new or has changed, oldest first, in batches; what comes meanwhile is included."""
        mark, rows = Cursor(max(BEGINNING, self._cursor - COMMIT_LAG), ""), BATCH_ROWS
        looked: set[FoldedOutcome] = set()
        while rows == BATCH_ROWS:
            folded = store.outcomes.list_folded_after(self._workspace, mark, BATCH_ROWS)
            rows, mark = len(folded), Cursor(folded[-1].at, folded[-1].interaction) if folded else mark
            # Nearly all are as they were a second ago, and where much comes in they are tens of thousands.
            fresh = [one.interaction for one in folded if one not in self._looked_at]
            found = store.outcomes.of(self._workspace, fresh) if fresh else {}
            unseen = [found[ident] for ident in fresh if ident in found and not self._is_seen(found[ident])]
            if changes := [self._note(one) for one in unseen]:
                yield changes
            if mark.at < self._cursor - COMMIT_LAG:
                looked.clear()
            looked.update(folded)
        self._looked_at = looked
        self._forget()

    def _is_seen(self, now: Outcome) -> bool:
        """Say whether it was given as it is now; clocks that stand still write two states of one moment."""
        return self._seen.get(now.interaction) == Seen(now.at, now.worth is not None, now.score)

    def _note(self, outcome: Outcome) -> Change:
        ident = outcome.interaction
        before = self._seen.pop(ident, None)
        if before is None and outcome.settled is not None and outcome.settled <= self._forgotten:
            before = Seen(outcome.settled, judged=True, score=None)
        self._seen[ident] = Seen(outcome.at, outcome.worth is not None, outcome.score)
        self._cursor = max(self._cursor, outcome.at)
        return Change(outcome, before)

    def _forget(self) -> None:
        """Forget the oldest; many at once, for the oldest of a dict is slow to find."""
        surplus = list(islice(self._seen.items(), max(0, len(self._seen) - self._remembered)))
        for ident, known in surplus:
            if known.at < self._cursor - COMMIT_LAG:
                del self._seen[ident]
                if known.judged and self._remembered:
                    self._forgotten = max(self._forgotten, known.at)
