"""Are senders counted whose model calls were taken with 200 and tell nothing of what was said?"""

import base64
import json
from pathlib import Path
from typing import Any

import httpx2
import pytest

from upspiral.admin.database import find_silent_senders
from upspiral.app import App
from upspiral.cli.checks import Installation
from upspiral.cli.checks.database import check_traces

pytestmark = pytest.mark.anyio
KEPT = Path(__file__).parents[1] / "capture" / "sdks"
UNKNOWN = {"acme.model": "m", "acme.tokens_in": 7}
"""A model call in names that nobody knows."""


async def send_recorded(api: httpx2.AsyncClient, name: str) -> None:
    """Send what a real SDK has sent."""
    for one in json.loads((KEPT / f"{name}.json").read_text()):
        headers = {"content-type": one["content_type"]}
        sent = await api.post("/v1/traces", content=base64.b64decode(one["body"]), headers=headers)
        assert sent.status_code == 200


async def send_unknown(api: httpx2.AsyncClient, scope: str, ident: str, attributes: dict[str, Any]) -> None:
    """Send one span of an instrument of one's own."""
    named = [{"key": key, "value": {"stringValue": str(value)}} for key, value in attributes.items()]
    span = {"traceId": ident * 2, "spanId": ident, "name": "ask", "attributes": named}
    scoped = {"scope": {"name": scope}, "spans": [span]}
    body = {"resourceSpans": [{"scopeSpans": [scoped]}]}
    assert (await api.post("/v1/traces", json=body)).status_code == 200


async def test_each_silent_instrument_is_counted_and_none_that_tells(
    api: httpx2.AsyncClient, app: App
) -> None:
    await send_recorded(api, "openai_v2")  # it writes what was said to logs
    await send_recorded(api, "mlflow")
    await send_recorded(api, "anthropic_openinference")  # beside spans of the client that tell nothing
    await send_unknown(api, "acme", "1" * 16, UNKNOWN)
    await send_unknown(api, "acme", "2" * 16, UNKNOWN)
    await send_unknown(api, "shop", "3" * 16, {"db.system": "postgresql"})
    found = find_silent_senders(app.runtime.settings)
    assert found == {"opentelemetry.instrumentation.openai_v2": 2, "acme": 2}


async def test_the_doctor_names_them_and_what_to_set(api: httpx2.AsyncClient, app: App) -> None:
    place = Installation(app.settings.data, None, app.settings)
    assert next(check_traces(place)).ok
    await send_recorded(api, "openai_v2")
    found = next(check_traces(place))
    assert not found.ok
    assert "2 of opentelemetry.instrumentation.openai_v2" in found.detail
    assert "OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT=true" in found.remedy
