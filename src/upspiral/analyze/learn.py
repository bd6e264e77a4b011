"""Run the learning cycle over what agents recommended: a verb of this stage, with a memory of its own."""

from collections.abc import Callable
from datetime import datetime, timedelta
from threading import Lock

import msgspec

from upspiral.analyze.learning import LearningSettings, learn, measured, revise
from upspiral.analyze.learning.evidence import Evidence
from upspiral.analyze.learning.kept import (
    HOUR,
    hours_of,
    newest_hours,
    renewed,
    settled_anew,
    spans,
    stale,
    window,
)
from upspiral.analyze.learning.reading import Readings, joined_readings, read
from upspiral.analyze.learning.samples import Samples
from upspiral.domain.ids import WorkspaceId
from upspiral.domain.learning import Learned, LearningRun
from upspiral.projections import OutcomeFeed
from upspiral.store import Store

MOST = 1_000_000
"""Recommendations looked at in one run, the newest."""
MEASURED = 10
"""Earlier runs whose accuracy on what came after them is brought up to date."""
LOOKBACK = timedelta(days=7)
SMALL = 50_000
"""So many recommendations are read when somebody looks; more only by a run."""
SERVES = timedelta(seconds=30)
"""A measurement on more than that serves so long."""


def in_words(run: LearningRun | None) -> str:
    """Say what a run left behind."""
    if run is None:
        return "There was no learning cycle yet."
    sure, seen = sum(one.confirmed for one in run.learned.patterns), run.learned.iteration.samples_analyzed
    return f"{sure} confirmed patterns and {len(run.learned.rules)} rules, from {seen} recommendations."


class Learner:
    """What a workspace's recommendations teach; follows what is new, so that a run reads only that.

    The first run of a process reads everything.
    """

    def __init__(self, workspace: WorkspaceId, settings: LearningSettings) -> None:
        self._workspace, self._settings = workspace, settings
        self._lock = Lock()
        self.forget()

    def forget(self) -> None:
        """Begin anew, after something was erased."""
        self._kept: Readings | None = None
        self._feed = OutcomeFeed(self._workspace)
        self._erasures = 0
        self._latest: tuple[datetime, datetime | None, LearningRun] | None = None

    def run(
        self, store: Store, *, lookback_days: float, settings: LearningSettings, clock: Callable[[], datetime]
    ) -> LearningRun:
        """Learn from the recommendations of the last days, and measure what earlier runs foretold.

        Args:
            store: Where everything is kept.
            lookback_days: How far back to look.
            settings: Thresholds.
            clock: Tells the time.
        """
        with self._lock:
            now = clock()
            seen = self._seen(store, since=now - timedelta(days=lookback_days), until=now)
            before = store.learning_runs.latest(self._workspace, MEASURED)
            learned = learn(
                seen,
                workspace=self._workspace,
                previous=before[0].learned if before else None,
                clock=clock,
                settings=settings,
            )
            run = LearningRun(
                id=learned.iteration.iteration_id, workspace=self._workspace, at=now, learned=learned
            )
            held = Evidence(seen.decided())
            store.learning_runs.put(*(_measured(earlier, held) for earlier in before), run)
            self._latest = None
            return run

    def refresh(self, store: Store, *, clock: Callable[[], datetime]) -> LearningRun | None:
        """Test the patterns of the newest run again on the outcomes of the last days.

        Those no longer sure enough are dropped, and rules that rested on them alone retire.

        Returns:
            The newest run as it is now; None before the first.
        """
        with self._lock:
            now = clock()
            newest = store.learning_runs.latest(self._workspace)
            if not newest:
                return None
            held = Evidence(self._seen(store, since=now - LOOKBACK, until=now).decided())
            learned = revise(
                newest[0].learned, held, workspace=self._workspace, now=now, settings=self._settings
            )
            run = msgspec.structs.replace(newest[0], learned=learned)
            store.learning_runs.put(run)
            self._latest = None
            return run

    def latest(self, store: Store, *, clock: Callable[[], datetime]) -> Learned | None:
        """Give what the newest run learned, measured on what settled since; None before the first run.

        While a run is under way, and before the first of a process that has much to read, it is given as it
        was measured last.
        """
        if not self._lock.acquire(blocking=False):
            known = self._latest
            return known[2].learned if known else self._stored(store)
        try:
            return self._fresh(store, clock())
        finally:
            self._lock.release()

    def _fresh(self, store: Store, now: datetime) -> Learned | None:
        changed = store.outcomes.newest_change(self._workspace)
        ident = store.learning_runs.newest_id(self._workspace)
        if self._latest and self._latest[2].id == ident:
            at, seen, run = self._latest
            large = self._kept is None or len(self._kept) > SMALL
            if changed == seen or (large and now - at < SERVES):
                return run.learned
        newest = store.learning_runs.latest(self._workspace)
        if not newest:
            return None
        run, since = newest[0], newest[0].at - LOOKBACK
        whole = [(since, now)]
        if self._kept is not None or store.interactions.recommended_in(self._workspace, whole)[0] <= SMALL:
            run = _measured(run, Evidence(self._seen(store, since=since, until=now).decided()))
        self._latest = (now, changed, run)
        return run.learned

    def _stored(self, store: Store) -> Learned | None:
        newest = store.learning_runs.latest(self._workspace)
        return newest[0].learned if newest else None

    def _seen(self, store: Store, *, since: datetime, until: datetime) -> Samples:
        """Bring what is kept up to date, and give the samples of a time."""
        erasures = store.erasures.total(self._workspace)
        if self._kept is None or erasures != self._erasures:
            self.forget()
        if self._kept is None:
            self._feed.skip_to_end(store)
        there = newest_hours(self._there(store, since, until), MOST)
        kept = self._kept or read([], settings=self._settings)
        hours = stale(kept, there)
        fresh = [self._read(store, *span) for span in spans(hours)]
        kept = renewed(kept, fresh, hours=hours, there=there)
        for changes in self._feed.read(store):
            ids = [one.outcome.interaction for one in changes]
            kept = settled_anew(kept, store.interactions.recommended_of(self._workspace, ids))
        self._kept, self._erasures = kept, erasures
        return window(kept, since=since, until=until, most=MOST)

    def _there(self, store: Store, since: datetime, until: datetime) -> dict[datetime, int]:
        hours = hours_of(since, until)
        counts = store.interactions.recommended_in(self._workspace, [(hour, hour + HOUR) for hour in hours])
        return {hour: n for hour, n in zip(hours, counts, strict=True) if n}

    def _read(self, store: Store, since: datetime, before: datetime) -> Readings:
        parts = [
            read(part, settings=self._settings)
            for part in store.interactions.recommended(self._workspace, since=since, before=before)
        ]
        return joined_readings(parts)


def _measured(run: LearningRun, seen: Evidence) -> LearningRun:
    iteration = measured(run.learned, seen)
    return msgspec.structs.replace(run, learned=msgspec.structs.replace(run.learned, iteration=iteration))
