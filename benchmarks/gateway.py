"""How many requests does the gateway carry, and how much time does it add?

python benchmarks/gateway.py [--seconds 10]

Starts an upstream that always answers the same at once, a bare pass-through of aiohttp, which is what one
Python process can do at most, and `upspiral serve` with one agent, as processes of their own; then loads the
upstream alone, the pass-through and the gateway by `wrk` (which must be installed): 1 and 8 connections. Each
answer is recorded and on the disk before it is given. On a busy machine compare the CPU that a request costs.
With --streams N it holds N streams open, one chunk a second, and prints the server's memory.
"""

import argparse
import asyncio
import json
import re
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import aiohttp
import psutil
import uvicorn

from server_cpu import cpu_s, wait_until_idle
from upspiral.testing.site import Site

SAID = "The refund was issued because the order was late. " * 4
USAGE = {"prompt_tokens": 40, "completion_tokens": 48, "total_tokens": 88}
ANSWER = {
    "id": "c1",
    "object": "chat.completion",
    "created": 1,
    "model": "mock",
    "choices": [{"index": 0, "finish_reason": "stop", "message": {"role": "assistant", "content": SAID}}],
    "usage": USAGE,
}
ASKED = {
    "model": "mock",
    "messages": [{"role": "user", "content": "Where is my refund for order 1234? I asked last week."}],
}
BODY = json.dumps(ANSWER).encode()
CHUNK = b'data: {"id":"c1","object":"chat.completion.chunk","created":1,"model":"mock","choices":[%s]}\n\n'
WORD = CHUNK % b'{"index":0,"delta":{"content":"word "},"finish_reason":null}'
LAST = CHUNK % b'{"index":0,"delta":{},"finish_reason":"stop"}' + b"data: [DONE]\n\n"


async def read_body(receive) -> bytes:  # type: ignore[no-untyped-def]
    """Read the body of a request."""
    body = bytearray()
    while True:
        message = await receive()
        body += message.get("body", b"")
        if not message.get("more_body"):
            return bytes(body)


async def upstream(scope, receive, send) -> None:  # type: ignore[no-untyped-def]
    """Answer the same at once, or a word a second for a minute."""
    if scope["type"] != "http":
        return
    asked = await read_body(receive)
    streamed = b'"stream":true' in asked or b'"stream": true' in asked
    kind = b"text/event-stream" if streamed else b"application/json"
    head = [(b"content-type", kind)] + ([] if streamed else [(b"content-length", str(len(BODY)).encode())])
    await send({"type": "http.response.start", "status": 200, "headers": head})
    if not streamed:
        await send({"type": "http.response.body", "body": BODY})
        return
    for _ in range(60):
        await send({"type": "http.response.body", "body": WORD, "more_body": True})
        await asyncio.sleep(1)
    await send({"type": "http.response.body", "body": LAST})


SESSIONS: list[aiohttp.ClientSession] = []
UPSTREAM_PORT, PASS_PORT = 9177, 9178
UPSTREAM = f"http://127.0.0.1:{UPSTREAM_PORT}/v1"
UPSTREAM_URL = f"{UPSTREAM}/chat/completions"


async def pass_through(scope, receive, send) -> None:  # type: ignore[no-untyped-def]
    """Ask the upstream and hand its answer on, and nothing else."""
    if scope["type"] != "http":
        return
    asked = await read_body(receive)
    if not SESSIONS:
        SESSIONS.append(aiohttp.ClientSession())
    head = {"content-type": "application/json"}
    async with SESSIONS[0].post(UPSTREAM_URL, data=asked, headers=head) as answer:
        told = await answer.read()
    headers = [(b"content-type", b"application/json"), (b"content-length", str(len(told)).encode())]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": told})


def load(url: str, key: str, connections: int, seconds: int) -> tuple[float, float, float]:
    """Run wrk; give requests a second, and the median and 99th percentile of the latency in ms."""
    with tempfile.NamedTemporaryFile("w", suffix=".lua") as script:
        script.write(
            f"wrk.method = 'POST'\nwrk.headers['Content-Type'] = 'application/json'\n"
            f"wrk.headers['Authorization'] = 'Bearer {key}'\nwrk.body = '{json.dumps(ASKED)}'\n"
        )
        script.flush()
        words = ["wrk", "-t1", f"-c{connections}", f"-d{seconds}s", "--latency", "-s", script.name, url]
        said = subprocess.run(words, capture_output=True, text=True, check=True).stdout
    if "Non-2xx" in said:
        sys.exit(said)
    rate = float(re.search(r"Requests/sec:\s+([\d.]+)", said)[1])  # type: ignore[index]
    p50, p99 = (_ms(re.search(rf"{p}%\s+([\d.]+\w+)", said)[1]) for p in (50, 99))  # type: ignore[index]
    return rate, p50, p99


def _ms(text: str) -> float:
    number, unit = re.fullmatch(r"([\d.]+)(us|ms|s)", text).groups()  # type: ignore[union-attr]
    return float(number) * {"us": 0.001, "ms": 1, "s": 1000}[unit]


async def hold(url: str, key: str, streams: int) -> int:
    """Hold so many streams open to their end; give how many ended well."""
    connector = aiohttp.TCPConnector(limit=0)
    mine = {"authorization": f"Bearer {key}"}

    async def one(client: aiohttp.ClientSession) -> bool:
        async with client.post(url, json=ASKED | {"stream": True}, headers=mine) as answer:
            said = await answer.read()
            return said.count(b"word ") == 60 and said.endswith(b"[DONE]\n\n")

    async with aiohttp.ClientSession(connector=connector, timeout=aiohttp.ClientTimeout(180)) as client:
        return sum(await asyncio.gather(*(one(client) for _ in range(streams))))


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--seconds", type=int, default=10)
    parser.add_argument("--streams", type=int, default=0)
    parser.add_argument("--serve", choices=("upstream", "pass_through"), help=argparse.SUPPRESS)
    chosen = parser.parse_args()
    if chosen.serve == "upstream":
        uvicorn.run(upstream, port=UPSTREAM_PORT, log_level="error", backlog=4096)
        return
    if chosen.serve == "pass_through":
        uvicorn.run(pass_through, port=PASS_PORT, log_level="error", backlog=4096)
        return
    others = [
        subprocess.Popen([sys.executable, __file__, "--serve", name]) for name in ("upstream", "pass_through")
    ]
    with tempfile.TemporaryDirectory() as folder, Site(Path(folder)) as site:
        try:
            with site.client() as rest:
                model = {
                    "model": "openai-compatible:mock",
                    "url": UPSTREAM,
                }
                rest.post("/api/v1/agents", json={"name": "mock", "model": model}).raise_for_status()
            url = f"{site.url}/v1/chat/completions"
            if chosen.streams:
                _streams(site, url, chosen.streams)
            else:
                _rates(site, url, chosen.seconds, psutil.Process(others[1].pid))
        finally:
            for one in others:
                one.terminate()


def _rates(site: Site, url: str, seconds: int, passing: psutil.Process) -> None:
    """Print a row for each way and number of connections, with the CPU that the server used for a request."""
    server = psutil.Process(json.loads((site.data / "server.json").read_text())["pid"])
    load(url, site.key, 8, 2)  # warm
    wait_until_idle(server)
    passed = f"http://127.0.0.1:{PASS_PORT}/v1/chat/completions"
    ways = (
        ("upstream alone", UPSTREAM_URL, None),
        ("pass-through", passed, passing),
        ("gateway", url, server),
    )
    print("| connections | through | requests/s | p50 ms | p99 ms | CPU us |\n|---:|---|---:|---:|---:|---:|")
    counted = 0.0
    for connections in (1, 8):
        for name, target, process in ways:
            before = cpu_s(process) if process else 0.0
            rate, p50, p99 = load(target, site.key, connections, seconds)
            used = f"{(cpu_s(process) - before) / (rate * seconds) * 1e6:.0f}" if process else ""
            print(f"| {connections} | {name} | {rate:,.0f} | {p50:.2f} | {p99:.2f} | {used} |", flush=True)
            counted += rate * seconds if process is server else 0
    print(f"recorded: {site.ask('status')['interactions']:,}, about {counted:,.0f} were counted by the load")


def _streams(site: Site, url: str, streams: int) -> None:
    pid = json.loads((site.data / "server.json").read_text())["pid"]
    server, peak = psutil.Process(pid), 0

    async def watch() -> int:
        nonlocal peak
        work = asyncio.ensure_future(hold(url, site.key, streams))
        while not work.done():
            peak = max(peak, server.memory_info().rss)
            await asyncio.sleep(0.5)
        return await work

    started = time.perf_counter()
    good = asyncio.run(watch())
    took = time.perf_counter() - started
    print(f"{good} of {streams} streams of a minute ended well in {took:.0f} s; memory {peak / 1e6:.0f} MB")


if __name__ == "__main__":
    main()
