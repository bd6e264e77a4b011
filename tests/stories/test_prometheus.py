"""A real server is scraped as Prometheus does it, killed, started again and scraped again."""

import json
from pathlib import Path
from typing import Any

import httpx2
import pytest
from prometheus_client.parser import text_string_to_metric_families as parse
from tests.stories.killable import KillableServer

from upspiral.telemetry.catalog import CATALOG
from upspiral.testing import FakeProvider


def scrape(server: KillableServer, **headers: str) -> dict[tuple[str, ...], float]:
    answer = httpx2.get(f"{server.url}/metrics", headers=headers, timeout=60, trust_env=False)
    assert answer.status_code == 200, answer.text
    return {
        (sample.name, *sample.labels.values()): sample.value
        for family in parse(answer.text)
        for sample in family.samples
    }


def ask(server: KillableServer, path: str, body: dict[str, Any]) -> dict[str, Any]:
    key = (server.data / "key").read_text().strip()
    headers = {"authorization": f"Bearer {key}"}
    answer = httpx2.post(server.url + path, json=body, headers=headers, timeout=60, trust_env=False)
    assert answer.status_code < 300, answer.text
    found: dict[str, Any] = json.loads(answer.content)
    return found


@pytest.mark.timeout(600)
def test_counters_of_the_store_go_on_after_a_kill_and_those_of_the_process_begin_again(
    tmp_path: Path,
) -> None:
    server = KillableServer(tmp_path / "data")
    with FakeProvider() as provider:
        try:
            server.start()
            model = {"model": "openai-compatible:gpt", "url": provider.url}
            ask(server, "/api/v1/agents", {"name": "shop", "model": model})
            for n in range(3):
                talk = {"model": "shop", "messages": [{"role": "user", "content": f"Secret question {n}?"}]}
                said = ask(server, "/v1/chat/completions", talk)
                ask(server, "/api/v1/feedback", {"interaction": said["id"], "thumbs": "up"})
            before = scrape(server)
            server.kill()
            server.start()
            after = scrape(server)
        finally:
            server.kill()
    for found in (before, after):
        assert found["upspiral_interactions_total", "shop"] == 3
        assert found["upspiral_outcomes_total", "shop", "success"] == 3
        assert found["upspiral_background_work_up", "nightfall"] == 1
        assert found["upspiral_workers",] == 1
        assert not any("Secret" in part for name in found for part in name)
    route = ("upspiral_http_requests_total", "POST", "/v1/chat/completions", "200")
    assert before[route] == 3
    assert route not in after
    assert before["upspiral_writer_commit_seconds_count",] > 0
    bare = {name.removesuffix("_sum").removesuffix("_count").removesuffix("_bucket") for name, *_ in before}
    assert {name for name in bare if not name.endswith("_created")} <= set(CATALOG)
