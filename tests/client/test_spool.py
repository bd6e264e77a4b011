"""What is kept in a file while a server is away."""

from pathlib import Path

import httpx2
from tests.client.conftest import Server
from tests.client.sending import ITEM, make_sender, until

from upspiral.client.spool import Spool
from upspiral.client.wire import Item


def test_with_a_spool_an_outage_loses_nothing_and_is_made_up_for_when_it_ends(
    server: Server, tmp_path: Path
) -> None:
    pauses: list[float] = []
    sender = make_sender(server, pauses, spool=tmp_path / "spool.jsonl", queue_size=50, batch=10)
    server.always = lambda _request: httpx2.Response(503)
    sent = []
    for n in range(200):
        sent.append(b'{"id":"int_%d"}' % n)
        sender.put(Item("interactions", sent[-1]))
        if n % 40 == 39:
            until(lambda: not sender.outbox.pending)
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
