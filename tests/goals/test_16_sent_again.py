"""Goal 16: what is sent again has one effect, and what is delivered later is delivered once."""

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from random import Random

import httpx2
import pytest
from standardwebhooks import Webhook as Verifier
from tests.cycle.notifications.conftest import LOOPBACK, Clock, Site
from tests.goals.conftest import connect
from tests.goals.rounds import Rounds
from tests.notify.receiver import Receiver

from upspiral.admin.webhooks import tell_secret
from upspiral.app import App
from upspiral.config import load
from upspiral.cycle.notifications.outbox import PAUSES_S
from upspiral.domain.ids import DEFAULT_WORKSPACE
from upspiral.domain.night.notification import DeliveryState

WRITES, EVENTS = 20, 5
"""Of one round."""


@pytest.mark.long
@pytest.mark.timeout(3600)
def test_each_write_has_one_effect_however_often_it_is_sent(fresh_folder: Callable[[int], Path]) -> None:
    rounds = Rounds(16, few=2, full=500)
    for number in rounds:
        with App(load(data=fresh_folder(number)), nights=False) as app:
            sent = asyncio.run(_send_all(app, Random(number)))
            assert app.runtime.store.interactions.total(DEFAULT_WORKSPACE) == WRITES
        rounds.count("writes", WRITES)
        rounds.count("requests", sent)
    rounds.report()


async def _send_all(app: App, rng: Random) -> int:
    """Send each write one to five times, in random order and some at once; give the number of requests."""
    order = [n for n in range(WRITES) for _ in range(rng.randint(1, 5))]
    rng.shuffle(order)
    bodies: dict[int, set[str]] = {n: set() for n in range(WRITES)}
    async with connect(app) as client:
        at = 0
        while at < len(order):
            batch = order[at : at + rng.randint(1, 6)]
            at += len(batch)
            for n, answer in zip(
                batch, await asyncio.gather(*(_send(client, n) for n in batch)), strict=True
            ):
                bodies[n].add(answer)
        other = await client.post(
            "/api/v1/interactions", json={"agent": "b"}, headers={"idempotency-key": "write 0"}
        )
        assert other.status_code == 422, other.text
    assert all(len(said) == 1 for said in bodies.values())
    return len(order) + 1


async def _send(client: httpx2.AsyncClient, n: int) -> str:
    body = {
        "agent": "support",
        "messages": [{"role": "user", "content": f"question {n}"}],
        "answer": f"answer {n}",
    }
    while True:
        answer = await client.post(
            "/api/v1/interactions", json=body, headers={"idempotency-key": f"write {n}"}
        )
        if answer.status_code != 409:  # the same is under way just now
            assert answer.status_code == 201, answer.text
            return answer.text
        await asyncio.sleep(0.01)


@pytest.mark.timeout(3600)
def test_webhooks_come_through_76_hours_without_a_receiver(data: Path) -> None:
    """The receiver takes nothing before the last attempt; then all arrive, signed and with their first id."""
    clock = Clock()
    settings = load(data=data, providers=LOOPBACK, webhooks={"timeout_s": 2})
    with App(settings, nights=False, clock=clock) as app, Receiver([503]) as receiver:
        site = Site(app, clock)
        webhook = site.add(receiver.url)
        told = {site.tell(f"event {n}") for n in range(EVENTS)}
        for pause in PAUSES_S:
            assert _send_due(site) == EVENTS
            clock.pass_time(seconds=pause)
        failed = len(receiver.received)
        receiver.statuses = [204]
        assert _send_due(site) == EVENTS
        assert {one.state for one in site.deliveries()} == {DeliveryState.DELIVERED}
        arrived = receiver.received[failed:]
        assert {one.headers["webhook-id"] for one in arrived} == told
        assert len(arrived) == EVENTS
        reference = Verifier(tell_secret(site.runtime, webhook))
        for one in arrived:  # `verify` would hold the moment against the clock of this machine
            at = datetime.fromtimestamp(int(one.headers["webhook-timestamp"]), UTC)
            assert at == clock.now.replace(microsecond=0)
            signed = reference.sign(one.headers["webhook-id"], at, one.body.decode())
            assert signed in one.headers["webhook-signature"].split()
        assert sum(PAUSES_S) / 3600 > 75
        assert failed == EVENTS * len(PAUSES_S)


def _send_due(site: Site) -> int:
    """Send all that is due; a server sends a few at once, every second."""
    return sum(iter(site.send, 0))
