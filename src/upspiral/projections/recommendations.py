"""What do a workspace's recommendations teach? Read once, then kept up to date between learning cycles."""

from collections.abc import Callable
from datetime import datetime, timedelta
from threading import Lock

import msgspec

from upspiral.analyze.recommendations import LearningSettings, learn, measure_accuracy, revise
from upspiral.analyze.recommendations.cache import (
    HOUR,
    find_stale_hours,
    hours_of,
    newest_hours,
    replace_hours,
    spans,
    update_outcomes,
    window,
)
from upspiral.analyze.recommendations.evidence import Evidence
from upspiral.analyze.recommendations.extract import FeatureTable, concatenate_tables, extract_features
from upspiral.analyze.recommendations.samples import Samples
from upspiral.domain.ids import WorkspaceId
from upspiral.domain.learning import Learned, LearningRun
from upspiral.projections.feed import OutcomeFeed
from upspiral.store import Store

MAX_RUN_RECOMMENDATIONS = 1_000_000
"""Recommendations looked at in one run, the newest."""
REMEASURED_RUNS = 10
"""Earlier runs whose accuracy on what came after them is brought up to date."""
LOOKBACK = timedelta(days=7)
MAX_READ_ON_DEMAND = 50_000
"""So many recommendations are read when somebody looks; more only by a run."""
MEASUREMENT_LIFETIME = timedelta(seconds=30)
"""A measurement on more than that serves so long."""


def describe_run(run: LearningRun | None) -> str:
    """Say what a run left behind."""
    if run is None:
        return "There was no learning cycle yet."
    sure, seen = sum(one.confirmed for one in run.learned.patterns), run.learned.iteration.samples_analyzed
    return f"{sure} confirmed patterns and {len(run.learned.rules)} rules, from {seen} recommendations."


class RecommendationLearner:
    """What a workspace's recommendations teach; follows what is new, so that a run reads only that.

    The first run of a process reads everything.
    """

    def __init__(self, workspace: WorkspaceId, settings: LearningSettings) -> None:
        self._workspace, self._settings = workspace, settings
        self._lock = Lock()
        self.reset()

    def reset(self) -> None:
        """Start over, after something was erased."""
        self._kept: FeatureTable | None = None
        self._feed = OutcomeFeed(self._workspace)
        self._erasures = 0
        self._latest: tuple[datetime, datetime | None, LearningRun] | None = None

    def run(
        self,
        store: Store,
        *,
        lookback: timedelta = LOOKBACK,
        min_confidence: float | None = None,
        clock: Callable[[], datetime],
    ) -> LearningRun:
        """Learn from the recommendations of the last days, and measure how well earlier runs predicted.

        Args:
            store: Where everything is kept.
            lookback: How far back to look.
            min_confidence: Confidence level from which a pattern is kept, 0 to 1; None for the setting.
            clock: Tells the time.
        """
        settings = self._settings
        if min_confidence is not None:
            settings = settings.model_copy(update={"min_pattern_confidence": min_confidence})
        with self._lock:
            now = clock()
            seen = self._read_samples(store, since=now - lookback, until=now)
            before = store.learning_runs.latest(self._workspace, REMEASURED_RUNS)
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
            held = Evidence(seen.only_decided())
            store.learning_runs.upsert(*(_measure_run(earlier, held) for earlier in before), run)
            self._latest = None
            return run

    def retest(self, store: Store, *, clock: Callable[[], datetime]) -> LearningRun | None:
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
            held = Evidence(self._read_samples(store, since=now - LOOKBACK, until=now).only_decided())
            learned = revise(
                newest[0].learned, held, workspace=self._workspace, now=now, settings=self._settings
            )
            run = msgspec.structs.replace(newest[0], learned=learned)
            store.learning_runs.upsert(run)
            self._latest = None
            return run

    def latest(self, store: Store, *, clock: Callable[[], datetime]) -> Learned | None:
        """Give what the newest run learned, measured on what settled since; None before the first run.

        While a run is under way, and before the first of a process that has much to read, it is given as it
        was measured last.
        """
        if not self._lock.acquire(blocking=False):
            known = self._latest
            return known[2].learned if known else self._load_newest(store)
        try:
            return self._measure_newest(store, clock())
        finally:
            self._lock.release()

    def _measure_newest(self, store: Store, now: datetime) -> Learned | None:
        changed = store.outcomes.newest_change(self._workspace)
        ident = store.learning_runs.newest_id(self._workspace)
        if self._latest and self._latest[2].id == ident:
            at, seen, run = self._latest
            large = self._kept is None or len(self._kept) > MAX_READ_ON_DEMAND
            if changed == seen or (large and now - at < MEASUREMENT_LIFETIME):
                return run.learned
        newest = store.learning_runs.latest(self._workspace)
        if not newest:
            return None
        run, since = newest[0], newest[0].at - LOOKBACK
        whole = [(since, now)]
        if (
            self._kept is not None
            or store.interactions.count_recommendations(self._workspace, whole)[0] <= MAX_READ_ON_DEMAND
        ):
            run = _measure_run(
                run, Evidence(self._read_samples(store, since=since, until=now).only_decided())
            )
        self._latest = (now, changed, run)
        return run.learned

    def _load_newest(self, store: Store) -> Learned | None:
        newest = store.learning_runs.latest(self._workspace)
        return newest[0].learned if newest else None

    def _read_samples(self, store: Store, *, since: datetime, until: datetime) -> Samples:
        """Bring what is kept up to date, and give the samples of a time."""
        erasures = store.erasures.total(self._workspace)
        if self._kept is None or erasures != self._erasures:
            self.reset()
        if self._kept is None:
            self._feed.skip_to_end(store)
        there = newest_hours(self._count_by_hour(store, since, until), MAX_RUN_RECOMMENDATIONS)
        kept = self._kept or extract_features([], settings=self._settings)
        hours = find_stale_hours(kept, there)
        fresh = [self._read(store, *span) for span in spans(hours)]
        kept = replace_hours(kept, fresh, hours=hours, there=there)
        for changes in self._feed.read(store):
            ids = [one.outcome.interaction for one in changes]
            kept = update_outcomes(kept, store.interactions.get_recommendations(self._workspace, ids))
        self._kept, self._erasures = kept, erasures
        return window(kept, since=since, until=until, most=MAX_RUN_RECOMMENDATIONS)

    def _count_by_hour(self, store: Store, since: datetime, until: datetime) -> dict[datetime, int]:
        hours = hours_of(since, until)
        counts = store.interactions.count_recommendations(
            self._workspace, [(hour, hour + HOUR) for hour in hours]
        )
        return {hour: n for hour, n in zip(hours, counts, strict=True) if n}

    def _read(self, store: Store, since: datetime, before: datetime) -> FeatureTable:
        parts = [
            extract_features(part, settings=self._settings)
            for part in store.interactions.stream_recommendations(self._workspace, since=since, before=before)
        ]
        return concatenate_tables(parts)


def _measure_run(run: LearningRun, seen: Evidence) -> LearningRun:
    iteration = measure_accuracy(run.learned, seen)
    return msgspec.structs.replace(run, learned=msgspec.structs.replace(run.learned, iteration=iteration))
