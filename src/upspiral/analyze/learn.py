"""Run the learning cycle over what agents recommended: a verb of this stage."""

from collections.abc import Callable
from datetime import datetime, timedelta

import msgspec

from upspiral.analyze.learning import LearningSettings, learn, measured, samples
from upspiral.analyze.learning.samples import Sample
from upspiral.domain.ids import WorkspaceId
from upspiral.domain.learning import Learned, LearningRun
from upspiral.store import Store

MOST = 1_000_000
"""Recommendations looked at in one run, the newest."""
MEASURED = 10
"""Earlier runs whose accuracy on what came after them is brought up to date."""


def run_learning(
    store: Store,
    workspace: WorkspaceId,
    *,
    lookback_days: float,
    settings: LearningSettings,
    clock: Callable[[], datetime],
) -> LearningRun:
    """Learn from the recommendations of the last days, and measure what earlier runs foretold.

    Args:
        store: Where everything is kept.
        workspace: Whose.
        lookback_days: How far back to look.
        settings: Thresholds.
        clock: Tells the time.
    """
    now = clock()
    seen = _samples(store, workspace, since=now - timedelta(days=lookback_days), until=now, settings=settings)
    before = store.learning_runs.latest(workspace, MEASURED)
    learned = learn(
        seen,
        workspace=workspace,
        previous=before[0].learned if before else None,
        clock=clock,
        settings=settings,
    )
    run = LearningRun(id=learned.iteration.iteration_id, workspace=workspace, at=now, learned=learned)
    with store.transaction():
        store.learning_runs.put(*(_measured(earlier, seen) for earlier in before), run)
    return run


def latest(
    store: Store, workspace: WorkspaceId, *, now: datetime, settings: LearningSettings
) -> Learned | None:
    """Give what the newest run learned, measured on everything settled since; None before the first."""
    runs = store.learning_runs.latest(workspace)
    if not runs:
        return None
    newest = runs[0]
    since = newest.learned.iteration.started_at - timedelta(days=7)
    return _measured(newest, _samples(store, workspace, since=since, until=now, settings=settings)).learned


def _samples(
    store: Store, workspace: WorkspaceId, *, since: datetime, until: datetime, settings: LearningSettings
) -> list[Sample]:
    turns = store.interactions.recommended(workspace, since=since, until=until, limit=MOST)
    return samples(turns, store.outcomes.of(workspace, [turn.id for turn in turns]), settings=settings)


def _measured(run: LearningRun, seen: list[Sample]) -> LearningRun:
    iteration = measured(run.learned, seen)
    return msgspec.structs.replace(run, learned=msgspec.structs.replace(run.learned, iteration=iteration))
