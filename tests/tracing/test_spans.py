"""What a span holds, and that nothing is made where tracing is off."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from upspiral.tracing import NightTrace, begin_span, span
from upspiral.tracing.night_ids import NightIds
from upspiral.tracing.spans import OFF, Tracers, Tracing


@pytest.fixture
def told() -> Iterator[InMemorySpanExporter]:
    exporter, provider = InMemorySpanExporter(), TracerProvider(id_generator=NightIds())
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    tracer = provider.get_tracer("test")
    Tracing.tracers = Tracers(tracer, tracer)
    yield exporter
    Tracing.tracers = None
    provider.shutdown()


def test_nothing_is_made_where_tracing_is_off() -> None:
    assert (
        span("record", {"n": 1}) is begin_span("ask", "client") is NightTrace("cyc_1").begin_step("x") is OFF
    )
    with span("record") as one:
        one.note({"n": 1}, name="other")
        one.mark_failed("OSError")
        one.drop()
    NightTrace("cyc_1").tell_whole("night", {}, begun=datetime.now(UTC))


def test_what_is_begun_inside_is_a_child_and_what_is_none_is_left_out(told: InMemorySpanExporter) -> None:
    with span("outer", {"n": 1, "nothing": None}):
        begin_span("ask", "client").end()
    inner, outer = told.get_finished_spans()
    assert inner.parent == outer.get_span_context()
    assert (inner.name, inner.kind.name, dict(outer.attributes or {})) == ("ask", "CLIENT", {"n": 1})


def test_an_error_is_told_by_its_kind_and_never_by_what_it_says(told: InMemorySpanExporter) -> None:
    with pytest.raises(ValueError, match="secret"), span("outer"):
        raise ValueError("a secret text")
    [made] = told.get_finished_spans()
    assert "secret" not in made.to_json()
    assert (made.attributes or {})["error.type"] == "ValueError"
    assert not made.status.is_ok


def test_a_parent_that_another_process_names_is_taken_and_nonsense_is_not(told: InMemorySpanExporter) -> None:
    trace = "4bf92f3577b34da6a3ce929d0e0e4736"
    begin_span("request", "server", traceparent=f"00-{trace}-00f067aa0ba902b7-01").end()
    begin_span("request", "server", traceparent="Where is my parcel?").end()
    named, own = told.get_finished_spans()
    assert named.parent is not None
    assert (f"{named.parent.trace_id:032x}", own.parent) == (trace, None)


def test_a_span_that_is_dropped_is_not_told(told: InMemorySpanExporter) -> None:
    with span("outer") as one:
        one.drop()
    assert told.get_finished_spans() == ()


def test_steps_of_a_night_told_by_several_processes_stand_under_the_night(told: InMemorySpanExporter) -> None:
    begun = datetime(2026, 1, 5, 2, tzinfo=UTC)
    for _ in range(2):  # each time as by a process that knows nothing of the other
        with NightTrace("cyc_1").begin_step("find_patterns"):
            begin_span("ask", "client").end()
    NightTrace("cyc_1").tell_whole("night improve", {"upspiral.agent": "shop"}, begun=begun)
    *steps, whole = (one for one in told.get_finished_spans() if one.name != "ask")
    said = [json.loads(one.to_json())["context"]["trace_id"] for one in told.get_finished_spans()]
    assert len(set(said)) == 1
    assert {f"0x{one.parent.span_id:016x}" for one in steps if one.parent} == {
        json.loads(whole.to_json())["context"]["span_id"]
    }
    assert (whole.parent, whole.start_time) == (None, int(begun.timestamp() * 1e9))
