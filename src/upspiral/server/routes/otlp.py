"""Traces of OpenTelemetry, on the hot path."""

import msgspec
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from upspiral import capture
from upspiral.app import Upspiral
from upspiral.capture.admit import unvouched
from upspiral.capture.otlp import Folded, decode, fold, unpack
from upspiral.domain import Scope as Grant
from upspiral.server.deps import principal_of, spiral_for
from upspiral.server.policy import Direct, Policy
from upspiral.server.routes.gateway import whole

PATH = "/v1/traces"
PROTOBUF, JSON = "application/x-protobuf", "application/json"
MAX_BODY = 20_000_000
"""Bytes, as they come and unpacked; the collector's own limit."""


def route(spiral: Upspiral) -> Direct:
    """Give the route of traces."""
    return Direct(
        method="POST",
        path=PATH,
        policy=Policy((Grant.INGEST,), MAX_BODY),
        program=_program(spiral),
        operation={
            "tags": ["capture"],
            "summary": "Record traces by OTLP/HTTP",
            "description": "Protobuf or JSON, gzip or plain; what cannot be used is a partial success.",
            "operationId": "export_traces",
            "requestBody": {
                "required": True,
                "content": {
                    PROTOBUF: {"schema": {"type": "string", "format": "binary"}},
                    JSON: {"schema": {"type": "object"}, "example": {"resourceSpans": []}},
                },
            },
            "responses": {
                "200": {
                    "description": "It is on the disk.",
                    "content": {
                        JSON: {"schema": {"type": "object"}},
                        PROTOBUF: {"schema": {"type": "string", "format": "binary"}},
                    },
                }
            },
        },
    )


def _program(spiral: Upspiral) -> ASGIApp:
    async def program(scope: Scope, receive: Receive, send: Send) -> None:
        mine = spiral_for(spiral, scope)
        headers = dict(scope["headers"])
        kind = headers.get(b"content-type", b"").decode("latin-1").partition(";")[0].strip().lower()
        encoding = headers.get(b"content-encoding", b"").decode("latin-1")
        body = unpack(await whole(receive), encoding, limit=MAX_BODY)
        runtime = mine.runtime
        folded = fold(decode(body, content_type=kind), workspace=mine.workspace, now=runtime.now())
        await keep(mine, folded, vouched=principal_of(scope).may(Grant.FEEDBACK))
        said = _said(folded, JSON if kind == JSON else PROTOBUF)
        head = [(b"content-type", (JSON if kind == JSON else PROTOBUF).encode())]
        head.append((b"content-length", str(len(said)).encode()))
        await send({"type": "http.response.start", "status": 200, "headers": head})
        await send({"type": "http.response.body", "body": said})

    return program


async def keep(spiral: Upspiral, folded: Folded, *, vouched: bool) -> None:
    """Write down what a request held; returns when it is on the disk.

    Args:
        spiral: The app.
        folded: What the request held.
        vouched: May its key judge? Else its evaluations are mere hints.
    """
    runtime, admission = spiral.runtime, spiral.runtime.admission(spiral.workspace)
    interactions = admission.interactions(folded.interactions)
    spans = admission.spans(folded.spans)
    scored = admission.score(folded.feedback, {})
    feedback = admission.feedback(one if vouched else unvouched(one) for one in scored)
    settings, now = spiral.settings.capture, runtime.now()

    def write() -> None:
        capture.record(runtime.store, *interactions, spans=spans, now=runtime.now())
        capture.give_feedback(runtime.store, feedback, settings=settings, now=now)

    await runtime.write(write, rows=len(interactions) + len(spans) + len(feedback))


def _said(folded: Folded, kind: str) -> bytes:
    rejected = sum(folded.rejected.values())
    why = "; ".join(f"{count} {reason}" for reason, count in folded.rejected.items())
    if kind == JSON:
        if not rejected:
            return b"{}"
        return msgspec.json.encode({"partialSuccess": {"rejectedSpans": str(rejected), "errorMessage": why}})
    answer = ExportTraceServiceResponse()
    if rejected:
        answer.partial_success.rejected_spans = rejected
        answer.partial_success.error_message = why
    return bytes(answer.SerializeToString())
