"""Goal 14: a small request that unfolds into much is refused before it fills memory.

Slow senders and idle connections are tried in tests/server/limits.
"""

import asyncio
import re
import zlib
from collections.abc import Callable
from pathlib import Path

import httpx2
import pytest
from tests.goals.conftest import connect
from tests.goals.rounds import Rounds

from upspiral.app import App
from upspiral.config import load

MAX_GROWTH_MB = 64
PACKED_MB = {False: 128, True: 1024}
"""Unpacked size of a packed bomb, in a test and in a proof."""
DOORS = (
    ("/v1/traces", "application/x-protobuf"),
    ("/v1/traces", "application/json"),
    ("/api/v1/interactions", "application/json"),
    ("/api/v1/feedback", "application/json"),
    ("/v1/chat/completions", "application/json"),
    ("/api/public/ingestion", "application/json"),
)
DEEP, WIDE = 10_000, 1_000_000
STATUS, PEAK = Path("/proc/self/status"), Path("/proc/self/clear_refs")

pytestmark = pytest.mark.skipif(not PEAK.exists(), reason="the peak of memory is told by Linux alone")


@pytest.mark.long
@pytest.mark.timeout(3600)
def test_no_bomb_fills_memory(fresh_folder: Callable[[int], Path]) -> None:
    rounds = Rounds(14, few=4, full=len(DOORS) * 4)
    bombs = _make_bombs(PACKED_MB[rounds.is_proof])
    for number in rounds:
        path, kind = DOORS[number // len(bombs)]
        name = sorted(bombs)[number % len(bombs)]
        with App(load(data=fresh_folder(number)), nights=False) as app:
            status, grown = asyncio.run(_throw(app, path, kind, name, bombs[name]))
        assert 400 <= status < 500, (path, name, status)
        assert grown <= MAX_GROWTH_MB, (path, name, grown)
        rounds.count("bombs refused")
        rounds.peak("growth in MiB", grown)
    rounds.report()


async def _throw(app: App, path: str, kind: str, name: str, bomb: bytes) -> tuple[int, float]:
    headers = {"content-type": kind} | ({"content-encoding": name.split()[0]} if "packed" in name else {})
    async with connect(app) as client:
        await _warm_up(client)
        before = _start_peak()
        answer = await client.post(path, content=bomb, headers=headers)
        grown = _peak_mb() - before
        assert (await client.get("/health")).status_code == 200
    return answer.status_code, grown


async def _warm_up(client: httpx2.AsyncClient) -> None:
    """Load what is loaded once."""
    for path, kind in DOORS:
        await client.post(path, content=b"{}", headers={"content-type": kind})


def _make_bombs(megabytes: int) -> dict[str, bytes]:
    deep = b'{"a":' * DEEP + b"1" + b"}" * DEEP
    wide = b"{" + b",".join(b'"k%d":1' % n for n in range(WIDE)) + b"}"
    return {
        "deep": deep,
        "wide": wide,
        "gzip packed": _pack(megabytes, 31),
        "deflate packed": _pack(megabytes, 15),
    }


def _pack(megabytes: int, bits: int) -> bytes:
    """Pack spaces, which JSON may begin with."""
    packer = zlib.compressobj(9, zlib.DEFLATED, bits)
    piece = b" " * 2**20
    return b"".join(packer.compress(piece) for _ in range(megabytes)) + packer.flush()


def _start_peak() -> float:
    """Forget the peak so far; give the memory that is held now, in MiB."""
    PEAK.write_text("5")
    return _read_mb("VmRSS")


def _peak_mb() -> float:
    return _read_mb("VmHWM")


def _read_mb(name: str) -> float:
    found = re.search(rf"{name}:\s+(\d+) kB", STATUS.read_text())
    return int(found[1]) / 1024 if found else 0.0
