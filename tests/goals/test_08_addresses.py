"""Goal 8: nothing that a caller writes lets the server connect into its own network."""

import asyncio
import socket
from collections.abc import Callable, Iterator
from ipaddress import ip_address
from itertools import product
from pathlib import Path
from random import Random

import httpx2
import pytest
from tests.goals.conftest import Canary, connect, make_text_key
from tests.goals.rounds import Rounds

from upspiral.app import App
from upspiral.config import load
from upspiral.domain import Scope
from upspiral.errors import InvalidInput, ProviderError
from upspiral.providers.address import Reach, parse
from upspiral.providers.outbound import open_stream

HOSTS = (
    *(
        "127.0.0.1",
        "127.1",
        "127.0.1",
        "0",
        "0.0.0.0",
        "2130706433",
        "0x7f000001",
        "0x7f.0.0.1",
        "017700000001",
    ),
    *(
        "0177.0.0.1",
        "localhost",
        "LOCALHOST",
        "localhost.",
        "127.0.0.1.",
        "[::1]",
        "[::]",
        "[::ffff:127.0.0.1]",
    ),
    *(
        "[::ffff:7f00:1]",
        "[::127.0.0.1]",
        "[64:ff9b::7f00:1]",
        "[2002:7f00:1::]",
        "[0:0:0:0:0:0:0:1]",
        "[::1%25lo]",
    ),
    *(
        "169.254.169.254",
        "[fd00:ec2::254]",
        "100.100.100.200",
        "10.0.0.1",
        "192.168.0.1",
        "172.16.0.1",
        "[fe80::1]",
    ),
    *(
        "[fd00::1]",
        "100.64.0.1",
        "224.0.0.1",
        "255.255.255.255",
        "240.0.0.1",
        "１２７.0.0.1",
        "127。0。0。1",
        "①27.0.0.1",
    ),
    *(
        "public.example@127.0.0.1",
        "127.0.0.1#@public.example",
        "127.0.0.1\\@public.example",
        "127.0.0.1%00.example",
    ),
    *(
        "rebound.example",
        "turned.example",
        "127.0.0.1\tx",
        "127.0.0.1 ",
        "%31%32%37.0.0.1",
        "0x7f.1",
        "127.0.0.1/..//",
        "[::ffff:0:127.0.0.1]",
        "0x7f000001.",
        "127.00000000.0.1",
    ),
)
SHAPES = (
    "http://{host}:{port}/",
    "http://{host}:{port}/v1/../",
    "HTTP://{host}:{port}/v1",
    "https://{host}:{port}",
)
GOOD = tuple(
    f"{scheme}://{host}.example.com{rest}"
    for scheme, host, rest in product(
        ("https", "http"),
        ("api", "hooks", "a-b", "x1", "deep.er"),
        ("", "/v1", ":8443/v1", "/a/b-c_d", "/v1/"),
    )
)
PUBLIC = "93.184.215.14"
URLS = 20
"""Of one round."""


@pytest.mark.long
@pytest.mark.timeout(3600)
def test_nothing_connects_to_where_it_may_not(
    fresh_folder: Callable[[int], Path], canary: Canary, monkeypatch: pytest.MonkeyPatch
) -> None:
    rounds = Rounds(8, few=1, full=10)
    corpus = [shape.format(host=host, port=canary.port) for host, shape in product(HOSTS, SHAPES)]
    Random(0).shuffle(corpus)
    assert len(corpus) >= 200
    for number in rounds:
        _rebind(monkeypatch)
        with App(load(data=fresh_folder(number)), nights=False) as app:
            taken = asyncio.run(_try(app, corpus[number * URLS : (number + 1) * URLS], GOOD))
        assert canary.connections == 0
        rounds.count("hostile addresses in three fields and at use", URLS)
        rounds.count("good addresses taken", taken)
    rounds.report()


def _rebind(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let names resolve within the process: one leads away at first and home later, others anywhere."""
    turns: Iterator[str] = iter([PUBLIC] + ["127.0.0.1"] * 10_000)

    def look_up(host: object, port: object = None, *_: object, **__: object) -> list[tuple[object, ...]]:
        name = host.decode() if isinstance(host, bytes) else str(host)
        if _is_address(name):
            found = name
        elif name.endswith("example.com"):
            found = PUBLIC
        elif name == "rebound.example":
            found = next(turns)
        elif name in ("localhost", "localhost.", "turned.example"):
            found = "127.0.0.1"
        else:
            raise socket.gaierror(f"{name} is not known")
        family = socket.AF_INET6 if ":" in found else socket.AF_INET
        return [(family, socket.SOCK_STREAM, 6, "", (found, int(str(port or 0))))]

    monkeypatch.setattr(socket, "getaddrinfo", look_up)


def _is_address(name: str) -> bool:
    try:
        ip_address(name)
    except ValueError:
        return False
    return True


async def _try(app: App, hostile: list[str], good: tuple[str, ...]) -> int:
    """Write each address into every field that takes one, and use it; give how many good ones were taken."""
    other = make_text_key(app, *Scope, workspace="other")
    taken = 0
    async with connect(app, other) as client:
        for number, url in enumerate(hostile):
            for name in ("url", "teacher"):
                answer = await client.post("/api/v1/agents", json=_agent(f"a{number}{name}", url, name))
                assert answer.status_code in (403, 422, 502), (url, answer.text)
            hooked = await client.post("/api/v1/webhooks", json={"address": url})
            if hooked.status_code < 300:  # a name that leads away now, and home when it is used
                assert "rebound" in url, (url, hooked.text)
                await _test_webhook(client, hooked)
            await _use(url)
        for url in good:
            parse(url)
            Reach().check(PUBLIC, host=parse(url).host)
            taken += 1
    return taken


def _agent(name: str, url: str, field: str) -> dict[str, object]:
    model = {"model": "openai-compatible:gpt", "url": "https://api.example.com/v1"}
    bad = model | {"url": url}
    made: dict[str, object] = {"name": name, "model": bad if field == "url" else model}
    return made | {"teacher": bad} if field == "teacher" else made


async def _test_webhook(client: httpx2.AsyncClient, made: httpx2.Response) -> None:
    said = await client.post(f"/api/v1/webhooks/{made.json()['id']}/test")
    assert said.status_code < 500, said.text


async def _use(url: str) -> None:
    """Send something there by the one client that goes out."""
    try:
        async with open_stream(url, b"{}", headers={}, timeout_s=2, reach=Reach()):
            pass
    except (InvalidInput, ProviderError):
        return
    raise AssertionError(f"{url} was asked")
