"""A server tells a collector of its requests and nights, over OTLP, and nothing of what users wrote."""

import gzip
import os
import subprocess
import sys
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import httpx2
import pytest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import (
    ExportTraceServiceRequest,
    ExportTraceServiceResponse,
)
from opentelemetry.proto.trace.v1.trace_pb2 import Span
from tests.stories.test_a_night_killed_and_resumed import Site
from tests.waiting import until

from upspiral.testing import FakeProvider

TEXT, PERSON = "Where is my parcel 4711", "mary@example.org"


class Collector:
    """Receives spans as a collector does, and keeps the messages that it got."""

    def __init__(self) -> None:
        self.bodies: list[bytes] = []
        self.headers: list[dict[str, str]] = []
        keep = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["content-length"]))
                keep.headers.append({name.lower(): value for name, value in self.headers.items()})
                keep.bodies.append(gzip.decompress(body))
                said = ExportTraceServiceResponse().SerializeToString()
                self.send_response(200)
                self.send_header("content-type", "application/x-protobuf")
                self.send_header("content-length", str(len(said)))
                self.end_headers()
                self.wfile.write(said)

            def log_message(self, *_: object) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._thread = Thread(target=self._server.serve_forever, daemon=True)
        self._thread.start()
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}/v1/traces"

    def read(self) -> list[Span]:
        parsed = [ExportTraceServiceRequest.FromString(body) for body in list(self.bodies)]
        return [
            one
            for each in parsed
            for found in each.resource_spans
            for s in found.scope_spans
            for one in s.spans
        ]

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()


class Traced(Site):
    """A server that sends its spans somewhere."""

    def __init__(self, data: Path, variables: dict[str, str]) -> None:
        super().__init__(data, data)
        self._variables = {**variables, "UPSPIRAL_CYCLE_NIGHTLY": "false", "OTEL_BSP_SCHEDULE_DELAY": "200"}

    def start(self, deadly: str = "") -> None:
        words = [sys.executable, "-m", "upspiral.cli.main", "serve", "--port", "0", "--data", str(self.data)]
        self.server = subprocess.Popen(words, env={**os.environ, **self._variables})
        until(lambda: (self.data / "server.json").exists() or self.is_dead(), "the server did not start")

    def say(self, body: dict[str, Any]) -> None:
        """Ask the gateway, as a client does, and read the whole answer."""
        mine = {"authorization": f"Bearer {self.key}"}
        url = f"{self.url}/v1/chat/completions"
        answer = httpx2.post(url, json=body, headers=mine, timeout=60, trust_env=False)
        assert answer.status_code == 200, answer.text

    def receive(self, body: bytes) -> None:
        """Take the spans that a collector got."""
        mine = {"authorization": f"Bearer {self.key}", "content-type": "application/x-protobuf"}
        answer = httpx2.post(f"{self.url}/v1/traces", content=body, headers=mine, timeout=60, trust_env=False)
        assert answer.status_code == 200, answer.text
        assert ExportTraceServiceResponse.FromString(answer.content).partial_success.rejected_spans == 0


@pytest.fixture
def collector() -> Iterator[Collector]:
    made = Collector()
    yield made
    made.close()


def attributes(one: Span) -> dict[str, Any]:
    return {pair.key: getattr(pair.value, str(pair.value.WhichOneof("value"))) for pair in one.attributes}


def talk(site: Traced, provider: FakeProvider) -> str:
    """Make an agent, ask it, and let a night fail for want of evidence; give the night."""
    model = {"model": "openai-compatible:gpt", "url": provider.url}
    site.ask("/api/v1/agents", name="shop", model=model)
    said = [{"role": "user", "content": TEXT}]
    for streamed in (False, True):
        body = {"model": "shop", "messages": said, "user": PERSON, "stream": streamed}
        site.say(body)
    night: str = site.ask("/api/v1/cycles", agent="shop")["id"]
    until(lambda: site.ask(f"/api/v1/cycles/{night}")["cycle"]["ended"])
    return night


@pytest.mark.timeout(1800)
def test_a_collector_is_told_of_requests_and_nights_and_of_no_text(data: Path, collector: Collector) -> None:
    sent = {"UPSPIRAL_TRACES_URL": collector.url, "UPSPIRAL_TRACES_HEADERS": "x-team=Shop%20one"}
    site = Traced(data, sent)
    site.start()
    try:
        with FakeProvider() as provider:
            night = talk(site, provider)
            until(lambda: any(one.name == "night improve" for one in collector.read()))
            for body in list(collector.bodies):  # where another server of ours is the backend
                site.receive(body)
            assert site.ask("/api/v1/status")["interactions"] == 2, "the spans became conversations"
    finally:
        site.stop()
    told = collector.read()
    by_id = {one.span_id: one for one in told}
    asked = [one for one in told if one.name == "POST /v1/chat/completions"]
    children = [one.name for one in told if by_id.get(one.parent_span_id) in asked]
    assert (len(asked), children.count("ask"), children.count("record")) == (2, 2, 2)
    assert {attributes(one)["http.response.status_code"] for one in asked} == {200}
    recorded = next(one for one in told if one.name == "record")
    assert attributes(recorded)["upspiral.agent"] == "shop"
    [whole] = [one for one in told if one.name == "night improve"]
    steps = [one for one in told if one.parent_span_id == whole.span_id]
    assert "step find_patterns" in {one.name for one in steps}
    assert attributes(whole) == {
        "upspiral.night": night,
        "upspiral.workspace": "default",
        "upspiral.agent": "shop",
        "upspiral.ending": "rested",
    }
    everything = b"".join(collector.bodies)
    assert TEXT.encode() not in everything
    assert PERSON.encode() not in everything
    assert {one["x-team"] for one in collector.headers} == {"Shop one"}
