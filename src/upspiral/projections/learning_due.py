"""Should a learning cycle run, by what was labeled since the last one?"""

from datetime import UTC, datetime, timedelta

from upspiral.domain.ids import WorkspaceId
from upspiral.domain.learning import CycleDue
from upspiral.store import Store

MIN_NEW_LABELED = 20
"""Labeled recommendations that are enough for a learning cycle; more, where the last one saw many."""
MAX_NEW_LABELED = 10_000
"""So many are always enough, and no more are counted."""
DAY = timedelta(days=1)


def check_learning_due(store: Store, workspace: WorkspaceId, *, now: datetime) -> CycleDue:
    """Say whether a learning cycle should run: enough labeled since the last one, or anything in a day."""
    runs = store.learning_runs.latest(workspace)
    last = runs[0].at if runs else None
    since = last or datetime.fromtimestamp(0, UTC)
    labeled = store.interactions.recommendations_settled(workspace, since, MAX_NEW_LABELED)
    # A tenth of what the last cycle saw: fewer would hardly change what it found.
    enough = max(MIN_NEW_LABELED, runs[0].learned.iteration.samples_analyzed // 10 if runs else 0)
    enough = min(enough, MAX_NEW_LABELED)
    count = f"{labeled} recommendations labeled since the last cycle" if runs else f"{labeled} labeled so far"
    if labeled >= enough:
        return CycleDue(due=True, reason=f"{count}.", settled=labeled, last=last)
    if labeled and last and now - last >= DAY:
        return CycleDue(due=True, reason=f"{count}, a day ago.", settled=labeled, last=last)
    return CycleDue(due=False, reason=f"{count}; {enough} are enough.", settled=labeled, last=last)
