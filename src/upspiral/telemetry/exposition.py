"""How are the metrics given to Prometheus? Those of this process are counted here, others read when asked."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from threading import Lock

from prometheus_client import CollectorRegistry, Counter, Histogram
from prometheus_client.core import (
    CounterMetricFamily,
    GaugeMetricFamily,
    SummaryMetricFamily,
)
from prometheus_client.core import (
    Metric as Family,
)
from prometheus_client.exposition import choose_encoder
from prometheus_client.registry import Collector

from upspiral.admin.database import find_problems
from upspiral.cycle.jobs import Recurring
from upspiral.domain.ids import DEFAULT_WORKSPACE, WorkspaceId
from upspiral.errors import UpspiralError
from upspiral.logs import get_logger
from upspiral.runtime import Runtime
from upspiral.telemetry.catalog import CATALOG
from upspiral.telemetry.workspace import MetricSample, sample_workspace
from upspiral.version import __version__

HTTP_BUCKETS_S = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60)
COMMIT_BUCKETS_S = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 5, 30)
KNOWN_METHODS = frozenset(("GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS"))
OTHER_METHODS = "other"
log = get_logger(__name__)


class Telemetry:
    """The metrics of one process and of the workspaces in its store.

    Args:
        runtime: What is watched; commits of its writer are timed from now on.
        recurring: What is done beside answering; the list may still grow.
    """

    def __init__(self, runtime: Runtime, recurring: Sequence[Recurring]) -> None:
        self._runtime, self._recurring = runtime, recurring
        self._registry = CollectorRegistry()
        self._requests = self._count("upspiral_http_requests_total")
        self._durations = self._time("upspiral_http_request_duration_seconds", HTTP_BUCKETS_S)
        self._series: dict[tuple[str, str, int], tuple[Counter, Histogram]] = {}
        self._commits = self._time("upspiral_writer_commit_seconds", COMMIT_BUCKETS_S)
        self._writes = self._count("upspiral_writer_writes_total")
        self._one_at_a_time = Lock()
        runtime.writer.observe = self._observe_commit

    def observe_request(self, method: str, route: str, status: int, seconds: float) -> None:
        """Count a request that has been answered.

        Args:
            method: As the caller wrote it.
            route: As it is documented, never the path of the request.
            status: Of the answer; 0 where there was none.
            seconds: From the request to the end of its answer.
        """
        known = method if method in KNOWN_METHODS else OTHER_METHODS
        counter, durations = self._find_series(known, route, status)
        counter.inc()
        durations.observe(seconds)

    def _find_series(self, method: str, route: str, status: int) -> tuple[Counter, Histogram]:
        """Give where such requests are counted and timed; found once, as every request asks for it."""
        found = self._series.get((method, route, status))
        if found is None:
            found = self._requests.labels(method, route, str(status)), self._durations.labels(route)
            self._series[method, route, status] = found
        return found

    def render(self, workspace: WorkspaceId, accept: str = "") -> tuple[bytes, str]:
        """Write the metrics of a workspace, and those of the process for the default workspace.

        Args:
            workspace: Whose.
            accept: The header of that name: Prometheus says which of its formats it reads.

        Returns:
            The text and its content type.
        """
        encode, kind = choose_encoder(accept)
        with self._one_at_a_time:  # several scrapers at once read the store one after the other
            families = list(self._collect(workspace))
        registry = CollectorRegistry()
        registry.register(_Collected(families))
        return encode(registry), kind

    def _collect(self, workspace: WorkspaceId) -> Iterator[Family]:
        is_up = True
        try:
            yield from to_families(sample_workspace(self._runtime, workspace))
        except UpspiralError as error:
            log.warning("metrics could not be read from the store", error=error)
            is_up = False
        if workspace == DEFAULT_WORKSPACE:
            yield from to_families(self._sample_process(is_up=is_up))
            yield from self._registry.collect()

    def _sample_process(self, *, is_up: bool) -> Iterator[MetricSample]:
        runtime = self._runtime
        writer, cycle = runtime.writer, runtime.settings.cycle
        yield MetricSample("upspiral_build_info", (__version__,), 1)
        yield MetricSample("upspiral_store_up", (), is_up)
        yield MetricSample("upspiral_problems", (), len(find_problems(runtime, self._recurring)))
        yield MetricSample("upspiral_writer_waiting_rows", (), writer.waiting_rows)
        yield MetricSample("upspiral_writer_stopped_threads", (), writer.stopped_threads)
        yield MetricSample("upspiral_disk_free_bytes", (), runtime.disk.free())
        yield MetricSample("upspiral_disk_needed_bytes", (), cycle.disk_free_gb * 1e9)
        for work in self._recurring:
            yield MetricSample("upspiral_background_work_up", (work.name,), work.problem() is None)
        if is_up:
            seen = runtime.store.executors.last_seen().values()
            alive = sum((runtime.now() - one).total_seconds() < cycle.lease_s for one in seen)
            yield MetricSample("upspiral_workers", (), alive)

    def _observe_commit(self, pieces: int, seconds: float) -> None:
        self._commits.observe(seconds)
        self._writes.inc(pieces)

    def _count(self, name: str) -> Counter:
        one = CATALOG[name]
        return Counter(name, one.help, one.labels, registry=self._registry)

    def _time(self, name: str, buckets: Sequence[float]) -> Histogram:
        one = CATALOG[name]
        return Histogram(name, one.help, one.labels, buckets=buckets, registry=self._registry)


class _Collected(Collector):
    """Families that were collected already."""

    def __init__(self, families: Iterable[Family]) -> None:
        self._families = families

    def collect(self) -> Iterable[Family]:
        return self._families


def to_families(samples: Iterable[MetricSample]) -> Iterator[Family]:
    """Group samples by their metric, as the catalog describes it.

    >>> [family.name for family in to_families([MetricSample("upspiral_workers", (), 2)])]
    ['upspiral_workers']
    """
    by_metric: dict[str, list[MetricSample]] = defaultdict(list)
    for one in samples:
        by_metric[one.metric].append(one)
    for name, of_metric in by_metric.items():
        _, kind, words, labels = CATALOG[name]
        if kind == "summary":
            summary = SummaryMetricFamily(name, words, labels=labels)
            for one in of_metric:
                summary.add_metric(one.labels, count_value=one.observed, sum_value=one.value)
            yield summary
            continue
        make = CounterMetricFamily if kind == "counter" else GaugeMetricFamily
        family = make(name, words, labels=labels)
        for one in of_metric:
            family.add_metric(one.labels, one.value)
        yield family
