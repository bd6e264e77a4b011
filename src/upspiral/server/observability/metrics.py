"""Where does Prometheus scrape? On the hot path, so that it is answered while the rest is busy."""

import asyncio

from starlette.types import Receive, Scope, Send

from upspiral.domain import Scope as Grant
from upspiral.domain.ids import DEFAULT_WORKSPACE
from upspiral.server.middleware import Caller
from upspiral.server.policy import HotRoute, Policy
from upspiral.telemetry import Telemetry

PATH = "/metrics"
EXAMPLE = """# HELP upspiral_rollback_triggered_total Versions that were rolled back.
# TYPE upspiral_rollback_triggered_total counter
upspiral_rollback_triggered_total{agent="support"} 1.0
"""
OPERATION = {
    "operationId": "read_metrics",
    "tags": ["health"],
    "summary": "Give the metrics of the key's workspace; to keys of the default one also the process's.",
    "responses": {
        "200": {
            "description": "Prometheus' text format, or OpenMetrics where that is accepted.",
            "content": {"text/plain": {"schema": {"type": "string"}, "example": EXAMPLE}},
        }
    },
}


def metrics_route(telemetry: Telemetry, *, local: bool) -> HotRoute:
    """Make the route.

    Args:
        telemetry: What it shows.
        local: May a program on this machine ask without a key?
    """

    async def program(scope: Scope, _receive: Receive, send: Send) -> None:
        caller: Caller = scope["upspiral"]
        workspace = caller.principal.workspace if caller.principal else DEFAULT_WORKSPACE
        accept = next((value.decode("latin-1") for name, value in scope["headers"] if name == b"accept"), "")
        body, kind = await asyncio.to_thread(telemetry.render, workspace, accept)
        headers = [(b"content-type", kind.encode()), (b"content-length", str(len(body)).encode())]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": body})

    return HotRoute(
        method="GET",
        path=PATH,
        policy=Policy((Grant.READ,), local=local),
        program=program,
        operation=OPERATION,
    )
