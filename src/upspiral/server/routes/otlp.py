"""Traces of OpenTelemetry, on the hot path."""

from collections.abc import Callable
from typing import Any

import msgspec
from msgspec import Struct, structs
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from upspiral import ingest
from upspiral.app import App
from upspiral.capture.ingest_policy import as_implicit_hint
from upspiral.capture.otlp import decode, fold
from upspiral.capture.otlp.tools import LateTool
from upspiral.domain import Feedback, Interaction
from upspiral.domain import Scope as Grant
from upspiral.domain.span import Span
from upspiral.server.answers import Answer
from upspiral.server.deps import app_for, principal_of
from upspiral.server.idempotency import Repetition, write_once
from upspiral.server.limits.body_limit import read_body
from upspiral.server.openapi.gateway import TRACES
from upspiral.server.policy import HotRoute, Policy
from upspiral.storable import mend

PATHS = (
    "/v1/traces",
    "/api/public/otel/v1/traces",
    "/api/v1/private/otel/v1/traces",
    "/otel/v1/traces",
    "/api/v1/otel/v1/traces",
)
"""Ours, and those on which the SDKs of Langfuse, Opik, LangSmith, Braintrust and others send theirs."""
PROTOBUF, JSON = "application/x-protobuf", "application/json"
MAX_BODY = 20_000_000
"""Bytes, as they come and unpacked; the collector's own limit."""


def routes(app: App) -> tuple[HotRoute, ...]:
    """Give the routes of traces: one door, by the paths of several SDKs."""
    return tuple(_route(app, path) for path in PATHS)


def _route(app: App, path: str) -> HotRoute:
    vendor = path.removesuffix("/v1/traces").replace("/", "_")
    return HotRoute(
        method="POST",
        path=path,
        policy=Policy((Grant.INGEST,), MAX_BODY, atomic=True),
        program=_program(app),
        operation={**TRACES, "operationId": f"export_traces{vendor}"},
    )


def _program(app: App) -> ASGIApp:
    async def program(scope: Scope, receive: Receive, send: Send) -> None:
        mine = app_for(app, scope)
        headers = dict(scope["headers"])
        kind = headers.get(b"content-type", b"").decode("latin-1").partition(";")[0].strip().lower()
        body = await read_body(receive)
        vouched = principal_of(scope).may(Grant.FEEDBACK)
        batch = await mine.runtime.redact(
            lambda: _admit(mine, body, kind=kind, vouched=vouched), chars=len(body)
        )
        said = _render_answer(batch.rejected, JSON if kind == JSON else PROTOBUF)
        response = Answer[Any](said, media_type=JSON if kind == JSON else PROTOBUF)
        answer = await write_once(
            scope,
            mine.runtime,
            lambda: _keep(mine, batch, response),
            rows=batch.rows,
            repetition=Repetition(keep=False, reread=lambda _: response),  # the same bytes, the same answer
        )
        await answer(scope, receive, send)

    return program


class _Batch(Struct, frozen=True):
    """What a request held, ready to be written down."""

    interactions: list[Interaction]
    spans: list[Span]
    feedback: list[Feedback]
    late: list[LateTool]
    """What tools did whose call came earlier."""
    rejected: dict[str, int]
    """How many spans could not be used, by reason."""

    @property
    def rows(self) -> int:
        """About how many rows are written."""
        return len(self.interactions) + len(self.spans) + len(self.feedback)


def _admit(app: App, body: bytes, *, kind: str, vouched: bool) -> _Batch:
    """Read what a request holds, and hide what must be hidden.

    Args:
        app: The app.
        body: Unpacked.
        kind: Its content type.
        vouched: May its key judge? Else its evaluations are mere hints.
    """
    folded = fold(decode(body, content_type=kind), workspace=app.workspace, now=app.runtime.now())
    admission = app.runtime.admission(app.workspace)
    scored = admission.score(folded.feedback, {})
    return _Batch(
        interactions=admission.interactions(folded.interactions),
        spans=admission.spans(folded.spans),
        feedback=admission.feedback(one if vouched else as_implicit_hint(one) for one in scored),
        late=[_hide(one, admission.text) for one in folded.late],
        rejected=folded.rejected,
    )


def _hide(late: LateTool, hide: Callable[[str], str]) -> LateTool:
    """Hide what must be hidden in what a tool gave back, as where it comes with its call."""
    told = {name: getattr(late, name) for name in ("trace", "call_id", "result", "error")}
    return structs.replace(late, **{name: mend(hide(value)) for name, value in told.items() if value})


def _keep(app: App, batch: _Batch, response: Answer[Any]) -> Answer[Any]:
    ingest.record_history(
        app.runtime,
        batch.interactions,
        batch.feedback,
        workspace=app.workspace,
        spans=batch.spans,
        late=batch.late,
    )
    return response


def _render_answer(refused: dict[str, int], kind: str) -> bytes:
    rejected = sum(refused.values())
    why = "; ".join(f"{count} {reason}" for reason, count in refused.items())
    if kind == JSON:
        if not rejected:
            return b"{}"
        return msgspec.json.encode({"partialSuccess": {"rejectedSpans": str(rejected), "errorMessage": why}})
    answer = ExportTraceServiceResponse()
    if rejected:
        answer.partial_success.rejected_spans = rejected
        answer.partial_success.error_message = why
    return bytes(answer.SerializeToString())
