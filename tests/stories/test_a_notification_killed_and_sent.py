"""A server is killed between putting a notification down and knowing that it arrived: it is sent again."""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import httpx2
from standardwebhooks import Webhook as Verifier
from tests.notify.receiver import Receiver
from tests.waiting import until

from upspiral.testing import FakeProvider

QUICK = {
    "UPSPIRAL_WEBHOOKS_TIMEOUT_S": "3",
    "UPSPIRAL_CYCLE_NIGHTLY": "false",
    "UPSPIRAL_PROVIDERS_ALLOWED_ADDRESSES": '["127.0.0.1"]',
}


def _serve(data: Path) -> tuple[subprocess.Popen[bytes], httpx2.Client]:
    (data / "server.json").unlink(missing_ok=True)
    words = ["serve", "--port", "0", "--data", str(data)]
    server = subprocess.Popen(
        [sys.executable, "-m", "upspiral.cli.main", *words], env={**os.environ, **QUICK}
    )
    until(lambda: (data / "server.json").exists() or server.poll() is not None)
    url = json.loads((data / "server.json").read_text())["url"]
    mine = {"authorization": f"Bearer {(data / 'key').read_text().strip()}"}
    return server, httpx2.Client(base_url=url, headers=mine, timeout=60, trust_env=False)


def _begin_canary(api: httpx2.Client, url: str) -> None:
    """Put a second version beside the live one."""
    model = {"model": "openai-compatible:m", "url": url}
    assert api.post("/api/v1/agents", json={"name": "shop", "model": model}).is_success
    assert api.post("/api/v1/agents/shop/versions", json={"rules": ["Be kind."]}).is_success
    body = {"agent": "shop", "story": "deploy", "version": "2"}
    assert api.post("/api/v1/cycles", json=body).is_success
    until(lambda: api.get("/api/v1/deployments").json()["items"])


def test_what_was_put_down_before_a_kill_arrives_after_it_under_the_same_id(data: Path) -> None:
    with Receiver() as receiver, FakeProvider() as provider:
        receiver.hold.clear()  # it takes a request and never answers
        server, api = _serve(data)
        try:
            body = {"address": f"{receiver.url}/hook", "events": ["version.rolled_back"]}
            secret = api.post("/api/v1/webhooks", json=body).json()["secret"]
            _begin_canary(api, provider.url)
            assert api.post("/api/v1/deployments/rollback", json={"agent": "shop"}).is_success
            until(lambda: len(receiver.received) == 1)
        finally:
            api.close()
            server.send_signal(signal.SIGKILL)
            server.wait()
        receiver.hold.set()
        server, api = _serve(data)
        try:
            until(lambda: len(receiver.received) >= 2)
            (webhook,) = api.get("/api/v1/webhooks").json()["items"]
            until(lambda: _read_states(api, webhook["id"]) == ["delivered"])
        finally:
            api.close()
            server.terminate()
            server.wait()
    first, second = receiver.received
    assert first.headers["webhook-id"] == second.headers["webhook-id"]
    assert first.body == second.body
    assert (second.json["type"], second.json["data"]["version"]) == ("version.rolled_back", 2)
    Verifier(secret).verify(second.body, second.headers)


def _read_states(api: httpx2.Client, webhook: str) -> list[str]:
    found = api.get(f"/api/v1/webhooks/{webhook}/deliveries").json()["items"]
    return [one["state"] for one in found]
