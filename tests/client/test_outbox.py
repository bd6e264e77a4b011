"""What waits to be sent is bounded, and what does not fit is counted."""

from tests.client.conftest import Server
from tests.client.sending import HI, ITEM, until

from upspiral.client import Upspiral
from upspiral.client.outbox import Outbox


def test_a_full_queue_drops_the_newest_and_counts_it(server: Server) -> None:
    server.open.clear()
    with Upspiral(transport=server.transport, queue_size=3, batch=1, every_s=0) as spiral:
        first = spiral.record(HI, "in flight")
        until(lambda: not spiral._sender.outbox._waiting)
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
