"""What Prometheus' own parsers read of the metrics."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from prometheus_client.openmetrics.parser import text_string_to_metric_families as read_openmetrics
from prometheus_client.parser import text_string_to_metric_families as read_text
from tests.conftest import Maker

from upspiral import capture
from upspiral.app import App
from upspiral.config import load
from upspiral.cycle.jobs import Recurring
from upspiral.domain.ids import DEFAULT_WORKSPACE, WorkspaceId
from upspiral.errors import StoreError
from upspiral.runtime import Runtime
from upspiral.telemetry import Telemetry
from upspiral.telemetry.catalog import PROCESS

OPENMETRICS = "application/openmetrics-text; version=1.0.0"


@pytest.fixture
def runtime(data: Path) -> Iterator[Runtime]:
    with App(load(data=data), nights=False) as app:
        yield app.runtime


def values(text: bytes) -> dict[tuple[str, ...], float]:
    """Read every sample by its name and its labels' values."""
    return {
        (sample.name, *sample.labels.values()): sample.value
        for family in read_text(text.decode())
        for sample in family.samples
    }


def test_requests_are_counted_by_route_and_timed(runtime: Runtime) -> None:
    telemetry = Telemetry(runtime, [])
    telemetry.observe_request("GET", "/api/v1/agents", 200, 0.02)
    telemetry.observe_request("GET", "/api/v1/agents", 200, 0.2)
    telemetry.observe_request("BREW", "unknown", 404, 0.2)
    text, kind = telemetry.render(DEFAULT_WORKSPACE)
    found = values(text)
    assert kind.startswith("text/plain")
    assert found["upspiral_http_requests_total", "GET", "/api/v1/agents", "200"] == 2
    assert found["upspiral_http_requests_total", "other", "unknown", "404"] == 1
    assert found["upspiral_http_request_duration_seconds_count", "/api/v1/agents"] == 2
    assert found["upspiral_http_request_duration_seconds_sum", "/api/v1/agents"] == pytest.approx(0.22)
    assert found["upspiral_http_request_duration_seconds_bucket", "0.025", "/api/v1/agents"] == 1


def test_commits_of_the_writer_are_timed(runtime: Runtime, make: Maker) -> None:
    telemetry = Telemetry(runtime, [])
    runtime.writer.submit(lambda: capture.record(runtime.store, make.interaction(), now=make.tick())).result()
    found = values(telemetry.render(DEFAULT_WORKSPACE)[0])
    assert found["upspiral_writer_commit_seconds_count",] == 1
    assert found["upspiral_writer_writes_total",] == 1
    assert found["upspiral_writer_waiting_rows",] == 0
    assert found["upspiral_writer_stopped_threads",] == 0


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
def test_background_work_that_stopped_is_seen(runtime: Runtime) -> None:
    def end() -> None:
        raise SystemExit

    with Recurring("dies", end, every_s=0.01) as dies, Recurring("lives", lambda: None, every_s=60) as lives:
        dies._thread.join(10)
        found = values(Telemetry(runtime, [dies, lives]).render(DEFAULT_WORKSPACE)[0])
    assert found["upspiral_background_work_up", "dies"] == 0
    assert found["upspiral_background_work_up", "lives"] == 1
    assert found["upspiral_problems",] == 1


def test_the_process_is_still_seen_where_the_store_cannot_be_read(
    runtime: Runtime, monkeypatch: pytest.MonkeyPatch
) -> None:
    telemetry = Telemetry(runtime, [])
    assert values(telemetry.render(DEFAULT_WORKSPACE)[0])["upspiral_store_up",] == 1

    def refuse(*_: object) -> None:
        raise StoreError("The database is gone.")

    monkeypatch.setattr("upspiral.telemetry.exposition.sample_workspace", refuse)
    found = values(telemetry.render(DEFAULT_WORKSPACE)[0])
    assert found["upspiral_store_up",] == 0
    assert found["upspiral_disk_free_bytes",] > 0


def test_only_the_default_workspace_sees_the_process(runtime: Runtime) -> None:
    assert Telemetry(runtime, []).render(WorkspaceId("other"))[0] == b""


def test_both_formats_of_prometheus_are_read_by_its_own_parsers(runtime: Runtime, make: Maker) -> None:
    capture.record(runtime.store, make.interaction(), now=make.tick())
    telemetry = Telemetry(runtime, [])
    telemetry.observe_request("GET", "/health", 200, 0.001)
    text, kind = telemetry.render(DEFAULT_WORKSPACE, OPENMETRICS)
    assert kind.startswith("application/openmetrics-text")
    new = {family.name for family in read_openmetrics(text.decode())}  # type: ignore[no-untyped-call]
    old = {family.name for family in read_text(telemetry.render(DEFAULT_WORKSPACE)[0].decode())}
    assert new == {name for name in old if not name.endswith("_created")}


def test_every_metric_of_the_process_is_exposed_with_help(runtime: Runtime) -> None:
    telemetry = Telemetry(runtime, [Recurring("work", lambda: None, every_s=60)])
    telemetry.observe_request("GET", "/health", 200, 0.001)
    families = {one.name: one for one in read_text(telemetry.render(DEFAULT_WORKSPACE)[0].decode())}
    for metric in PROCESS:
        name = metric.name.removesuffix("_total")
        assert families[name].documentation == metric.help
        assert families[name].type == metric.kind
