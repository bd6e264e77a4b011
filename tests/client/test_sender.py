"""Does everything arrive once, whatever happens on the way, and is what is lost counted?"""

import logging
import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from threading import Thread

import httpx2
import pytest
from tests.client.conftest import Server, TinyServer

from upspiral.client import AsyncUpspiral, Upspiral
from upspiral.client.outbox import Outbox
from upspiral.client.sender import Sender, Sending
from upspiral.client.spool import Spool
from upspiral.client.wire import Item
from upspiral.errors import ConfigError

HI = [{"role": "user", "content": "Hi"}]
ITEM = Item("interactions", b'{"id":"int_1"}')


def _sender(server: Server, pauses: list[float], **settings: object) -> Sender:
    """Make a sender that writes its pauses down instead of waiting."""
    given = Sending(**{"every_s": 0.01, **settings})  # type: ignore[arg-type]
    client = lambda: httpx2.Client(base_url="http://s", transport=server.transport)  # noqa: E731
    return Sender(given, client, pause=pauses.append)


def _until(true: Callable[[], object], seconds: float = 5) -> None:
    end = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < end, "it never came true"
        time.sleep(0.005)


def test_records_arrive_in_batches_with_key_and_idempotency_key(server: Server, spiral: Upspiral) -> None:
    ids = [spiral.record(HI, f"answer {n}") for n in range(250)]
    assert spiral.flush()
    assert [one["id"] for one in server.got("interactions")] == ids
    assert all(len(body["interactions"]) <= 100 for body in server.bodies("/interactions"))
    assert len(server.requests) <= 5
    assert {r.headers["Authorization"] for r in server.requests} == {"Bearer k"}
    assert len({r.headers["Idempotency-Key"] for r in server.requests}) == len(server.requests)


def test_after_two_failures_a_batch_arrives_exactly_once_under_its_first_key(server: Server) -> None:
    pauses: list[float] = []
    sender = _sender(server, pauses)
    server.answers = [httpx2.Response(503), httpx2.ConnectError("refused"), httpx2.Response(201)]
    sender.put(ITEM)
    assert sender.flush(5)
    assert len(server.requests) == 3
    assert len({r.headers["Idempotency-Key"] for r in server.requests}) == 1
    assert 0.25 <= pauses[0] <= 0.5 <= pauses[1] <= 1.0
    sender.close()
    assert len(server.requests) == 3
    assert sender.outbox.dropped == 0


def test_a_server_that_asks_for_time_gets_it(server: Server) -> None:
    pauses: list[float] = []
    sender = _sender(server, pauses)
    server.answers = [httpx2.Response(429, headers={"Retry-After": "7"})]
    sender.put(ITEM)
    assert sender.flush(5)
    assert 7 <= pauses[0] <= 7.7
    sender.close()


def test_a_refused_key_is_told_once_and_every_loss_counted(
    server: Server, spiral: Upspiral, caplog: pytest.LogCaptureFixture
) -> None:
    server.always = lambda _request: httpx2.Response(401, json={"title": "This key is not known."})
    with caplog.at_level(logging.WARNING, "upspiral.client"):
        for _ in range(2):
            spiral.record(HI, "secret words")
            assert not spiral.flush()
    assert spiral.dropped == 2
    [told] = caplog.messages
    assert "401 This key is not known." in told
    assert "secret words" not in told


def test_one_bad_record_does_not_take_the_others_with_it(server: Server, spiral: Upspiral) -> None:
    def picky(request: httpx2.Request) -> httpx2.Response:
        return httpx2.Response(422 if b"poison" in request.content else 201)

    server.always = picky
    server.open.clear()
    spiral.record(HI, "held")  # keeps the sender busy while the others gather
    _until(lambda: not spiral._sender.outbox._waiting)
    for n in range(8):
        spiral.record(HI, "poison" if n == 5 else "fine")
    server.open.set()
    assert not spiral.flush()
    assert spiral.dropped == 1
    taken = [r for r in server.requests if b"poison" not in r.content]
    assert sum(r.content.count(b'"answer":"fine"') for r in taken) == 7


def test_a_full_queue_drops_the_newest_and_counts_it(server: Server) -> None:
    server.open.clear()
    with Upspiral(transport=server.transport, queue_size=3, batch=1, every_s=0) as spiral:
        first = spiral.record(HI, "in flight")
        _until(lambda: not spiral._sender.outbox._waiting)
        kept = [spiral.record(HI, "kept") for _ in range(3)]
        for _ in range(2):
            spiral.record(HI, "too much")
        assert (spiral.pending, spiral.dropped) == (4, 2)
        server.open.set()
        assert not spiral.flush()
        assert spiral.flush()
    assert [one["id"] for one in server.got("interactions")] == [first, *kept]


def test_memory_is_bounded_too() -> None:
    outbox = Outbox(10, 10, most_bytes=20)
    assert outbox.put(ITEM)
    assert not outbox.put(ITEM)
    assert outbox.dropped == 1


def test_a_caller_is_never_kept_waiting_by_a_server_that_hangs(server: Server) -> None:
    server.open.clear()
    spiral = Upspiral(transport=server.transport, every_s=0)
    began = time.perf_counter()
    for _ in range(200):
        spiral.record(HI, "a")
    assert time.perf_counter() - began < 0.5
    server.open.set()
    spiral.close()
    assert len(server.got("interactions")) == 200


def test_what_cannot_be_sent_waits_in_a_private_file_and_goes_first_at_the_next_start(
    server: Server, tmp_path: Path
) -> None:
    spool = tmp_path / "spool.jsonl"
    server.always = lambda _request: httpx2.Response(503)
    with Upspiral(transport=server.transport, spool=spool, every_s=0) as before:
        ids = [before.record(HI, f"{n}") for n in range(5)]
        before.feedback(ids[0], thumbs="up")
    assert (before.spooled, before.dropped, before.pending) == (6, 0, 0)
    assert spool.stat().st_mode & 0o777 == 0o600
    server.always, server.requests = None, []
    with Upspiral(transport=server.transport, spool=spool, every_s=0.2) as after:
        new = after.record(HI, "new")
        assert after.flush(5)
    assert [one["id"] for one in server.got("interactions")] == [*ids, new]
    assert [one["interaction"] for one in server.got("feedback")] == [ids[0]]
    assert [path.name for path in tmp_path.iterdir()] == ["spool.jsonl.lock"]
    with Upspiral(transport=server.transport, spool=spool) as third:
        assert third.flush(1)
    assert len(server.got("interactions")) == 6


def test_with_a_spool_an_outage_loses_nothing_and_is_made_up_for_when_it_ends(
    server: Server, tmp_path: Path
) -> None:
    pauses: list[float] = []
    sender = _sender(server, pauses, spool=tmp_path / "spool.jsonl", queue_size=50, batch=10)
    server.always = lambda _request: httpx2.Response(503)
    sent = []
    for n in range(200):
        sent.append(b'{"id":"int_%d"}' % n)
        sender.put(Item("interactions", sent[-1]))
        if n % 40 == 39:
            _until(lambda: not sender.outbox.pending)
    assert (sender.spooled, sender.outbox.dropped) == (200, 0)
    server.always, server.requests = None, []
    assert sender.flush(5)
    assert [one["id"] for one in server.got("interactions")] == [f"int_{n}" for n in range(200)]
    sender.close()


def test_a_spool_has_a_size_and_what_is_beyond_it_is_counted(server: Server, tmp_path: Path) -> None:
    spool = Spool(tmp_path / "s" / "spool.jsonl", most_bytes=100)
    assert spool.add([ITEM] * 5) == 2
    assert spool.add([ITEM]) == 0
    assert spool.waiting == 2


def test_a_line_torn_by_a_crash_spoils_no_other(tmp_path: Path) -> None:
    path = tmp_path / "spool.jsonl"
    Spool(path).add([ITEM])
    with path.open("ab") as file:
        file.write(b'{"door":"interac')
    spool = Spool(path)
    assert spool.add([ITEM]) == 1
    assert spool.claim()
    assert [item for _, item in spool.items()] == [ITEM, ITEM]
    assert not Spool(path).claim(), "two processes must not send the same file"
    spool.release(done=1)
    assert Spool(path).claim()


def test_what_was_acknowledged_before_the_server_failed_again_is_not_sent_twice(
    server: Server, tmp_path: Path
) -> None:
    path = tmp_path / "spool.jsonl"
    Spool(path).add([Item("interactions", b'{"id":"int_%d"}' % n) for n in range(20)])
    server.answers = [httpx2.Response(201), *[httpx2.Response(503)] * 3]
    sender = _sender(server, [], spool=path, batch=10)
    _until(lambda: sender.spooled == 10)
    assert sender.flush(5)
    sender.close()
    arrived = [r.content for r in (server.requests[0], *server.requests[4:])]
    assert b"".join(arrived).count(b'"id"') == 20


def test_two_threads_can_flush_and_record_at_once(server: Server, spiral: Upspiral) -> None:
    def work() -> None:
        for _ in range(100):
            spiral.record(HI, "a")
        spiral.flush()

    threads = [Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    spiral.flush()
    ids = [one["id"] for one in server.got("interactions")]
    assert len(ids) == len(set(ids)) == 400


def test_after_close_nothing_is_accepted_and_that_is_counted(server: Server) -> None:
    spiral = Upspiral(transport=server.transport)
    spiral.record(HI, "a")
    spiral.close()
    spiral.close()
    spiral.record(HI, "b")
    assert (spiral.dropped, len(server.got("interactions"))) == (1, 1)


def test_closing_without_an_answer_ends_in_time_and_counts_what_was_lost(server: Server) -> None:
    server.always = lambda _request: httpx2.Response(503)
    spiral = Upspiral(transport=server.transport, every_s=0)
    spiral.record(HI, "a")
    began = time.monotonic()
    spiral.close(timeout_s=0.3)
    assert time.monotonic() - began < 2
    assert (spiral.dropped, spiral.pending) == (1, 0)


@pytest.mark.parametrize("wrong", [{"url": "localhost:8080"}, {"batch": 0}, {"timeout_s": 0}])
def test_a_setting_that_cannot_work_is_refused_at_once(wrong: dict[str, object]) -> None:
    with pytest.raises(ConfigError):
        Upspiral(**wrong)  # type: ignore[arg-type]


def test_address_and_key_come_from_the_environment(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("UPSPIRAL_URL", "http://spiral:9/")
    monkeypatch.setenv("UPSPIRAL_KEY", "from-env")
    with Upspiral(transport=server.transport) as spiral:
        spiral.record(HI, "a")
    [request] = server.requests
    assert str(request.url) == "http://spiral:9/api/v1/interactions"
    assert request.headers["Authorization"] == "Bearer from-env"


@pytest.mark.anyio
async def test_the_async_client_says_the_same_and_waits_without_blocking(server: Server) -> None:
    async with AsyncUpspiral(transport=server.transport, every_s=0) as spiral:
        ident = spiral.record(HI, "a")
        assert await spiral.flush()
        assert spiral.pending == 0
    assert [one["id"] for one in server.got("interactions")] == [ident]


def test_an_app_in_this_process_is_reached_without_a_socket() -> None:
    from fastapi import FastAPI

    app, seen = FastAPI(), []

    @app.post("/api/v1/interactions", status_code=201)
    def take(body: dict[str, list[dict[str, object]]]) -> dict[str, str]:
        seen.extend(body["interactions"])
        return {}

    with Upspiral.in_process(app, every_s=0) as spiral:
        ident = spiral.record(HI, "a")
        assert spiral.flush()
    assert [one["id"] for one in seen] == [ident]


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@pytest.mark.parametrize("forks", [False, True])
def test_a_program_that_ends_sends_the_rest_first_and_so_does_its_child(
    tiny_server: TinyServer, forks: bool
) -> None:
    if forks and not hasattr(os, "fork"):
        pytest.skip("no fork here")
    program = """
import os, sys
from upspiral.client import Upspiral
spiral = Upspiral(sys.argv[1], every_s=60)
spiral.record([{"role": "user", "content": "Hi"}], "parent")
if sys.argv[2] == "True":
    child = os.fork()
    spiral.record([{"role": "user", "content": "Hi"}], "child" if child == 0 else "after")
    if child:
        os.waitpid(child, 0)
"""
    args = [sys.executable, "-c", program, tiny_server.url, str(forks)]
    ran = subprocess.run(args, capture_output=True, text=True, timeout=30, check=False)
    assert (ran.returncode, ran.stderr) == (0, "")
    sent = tiny_server.received()
    answers = ["parent", "child", "after"] if forks else ["parent"]
    assert [sent.count(f'"answer":"{answer}"') for answer in answers] == [1] * len(answers)


def test_importing_the_client_loads_no_server_no_sql_and_no_sdk() -> None:
    heavy = (
        "sqlalchemy",
        "fastapi",
        "openai",
        "anthropic",
        "httpx2",
        "torch",
        "upspiral.store",
        "upspiral.server",
    )
    program = f"import sys, upspiral.client; print([m for m in {heavy} if m in sys.modules])"
    ran = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert ran.stdout.strip() == "[]"


def test_the_example_of_the_quick_start_tells_everything(tiny_server: TinyServer, tmp_path: Path) -> None:
    example = Path(__file__).parents[2] / "examples" / "quickstart_client.py"
    env = {**os.environ, "UPSPIRAL_URL": tiny_server.url}
    args = [sys.executable, str(example)]
    ran = subprocess.run(args, cwd=tmp_path, env=env, capture_output=True, text=True, check=False)
    assert ran.stdout.splitlines()[-1] == "The server has everything.", ran.stderr
    sent = tiny_server.received()
    assert sent.count('"kind":"task"') == 2
    assert sent.count('"thumbs":"down"') == 1
