"""Does everything arrive once, whatever happens on the way, and is what is lost counted?"""

import logging
import time
from pathlib import Path
from threading import Thread

import httpx2
import pytest
from tests.client.conftest import Server
from tests.client.sending import HI, ITEM, make_sender, until

from upspiral.client import AsyncUpspiral, Upspiral
from upspiral.client.spool import Spool
from upspiral.client.wire import Item


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
    sender = make_sender(server, pauses)
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
    sender = make_sender(server, pauses)
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
    until(lambda: not spiral._sender.outbox._waiting)
    for n in range(8):
        spiral.record(HI, "poison" if n == 5 else "fine")
    server.open.set()
    assert not spiral.flush()
    assert spiral.dropped == 1
    taken = [r for r in server.requests if b"poison" not in r.content]
    assert sum(r.content.count(b'"answer":"fine"') for r in taken) == 7


def test_a_caller_is_never_kept_waiting_by_a_server_that_hangs(server: Server) -> None:
    server.open.clear()
    spiral = Upspiral(transport=server.transport, every_s=0)
    for _ in range(200):
        spiral.record(HI, "a")
    assert server.requests == [], "a request hangs for ten seconds before the server has it"
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


def test_what_was_acknowledged_before_the_server_failed_again_is_not_sent_twice(
    server: Server, tmp_path: Path
) -> None:
    path = tmp_path / "spool.jsonl"
    Spool(path).add([Item("interactions", b'{"id":"int_%d"}' % n) for n in range(20)])
    server.answers = [httpx2.Response(201), *[httpx2.Response(503)] * 3]
    sender = make_sender(server, [], spool=path, batch=10)
    until(lambda: sender.spooled == 10)
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
    spiral = Upspiral(transport=server.transport, every_s=0, timeout_s=600)
    spiral.record(HI, "a")
    began = time.monotonic()
    spiral.close(timeout_s=0.3)
    assert time.monotonic() - began < 60
    assert (spiral.dropped, spiral.pending) == (1, 0)


@pytest.mark.anyio
async def test_the_async_client_says_the_same_and_waits_without_blocking(server: Server) -> None:
    async with AsyncUpspiral(transport=server.transport, every_s=0) as spiral:
        ident = spiral.record(HI, "a")
        assert await spiral.flush()
        assert spiral.pending == 0
    assert [one["id"] for one in server.got("interactions")] == [ident]
