"""Every notification arrives, at least once and with one id, though receivers fail and servers are killed."""

from datetime import timedelta
from pathlib import Path

import pytest
from standardwebhooks import Webhook as Verifier
from standardwebhooks.webhooks import WebhookVerificationError
from tests.cycle.notifications.conftest import LOOPBACK, Clock, Site
from tests.notify.receiver import Receiver

from upspiral.admin.webhooks import remove_webhook, rotate_secret, tell_secret
from upspiral.admin.webhooks import test_webhook as try_webhook
from upspiral.app import App
from upspiral.config import load
from upspiral.cycle.notifications.endpoints import SETTING
from upspiral.cycle.notifications.outbox import PAUSES_S, NotificationOutbox, forget_old
from upspiral.domain.ids import DEFAULT_WORKSPACE, WorkspaceId
from upspiral.domain.night.notification import DeliveryState, NotificationType, make_notification
from upspiral.errors import Conflict, InvalidInput
from upspiral.store import Store


def test_what_happened_arrives_once_signed_so_that_the_reference_library_believes_it(
    site: Site, receiver: Receiver
) -> None:
    webhook = site.add(f"{receiver.url}/hook")
    told = site.tell()
    assert [site.send(), site.send()] == [1, 0]
    (received,) = receiver.received
    said = Verifier(tell_secret(site.runtime, webhook)).verify(received.body, received.headers)
    assert (said["type"], said["data"]["ending"]) == ("night.ended", "rested")
    assert received.headers["webhook-id"] == told
    assert received.body.decode() == site.runtime.store.notifications.get(DEFAULT_WORKSPACE, told).body
    with pytest.raises(WebhookVerificationError):
        Verifier("whsec_c29tZWJvZHkgZWxzZQ==").verify(received.body, received.headers)


def test_a_receiver_that_fails_is_asked_again_with_the_same_id_and_body_until_it_recovers(
    site: Site, receiver: Receiver
) -> None:
    receiver.statuses = [500, 302, 429, 200]
    webhook = site.add(receiver.url)
    told = site.tell()
    for pause in PAUSES_S[:3]:
        assert site.send() == 1
        assert site.send() == 0
        site.clock.pass_time(seconds=pause)
    assert site.send() == 1
    assert {one.headers["webhook-id"] for one in receiver.received} == {told}
    assert len({one.body for one in receiver.received}) == 1
    moments = [int(one.headers["webhook-timestamp"]) for one in receiver.received]
    assert moments == sorted(set(moments))  # a fresh one for each attempt
    (ended,) = site.deliveries()
    assert (ended.state, ended.attempts, ended.webhook) == (DeliveryState.DELIVERED, 4, webhook.id)


@pytest.mark.long
def test_what_cannot_be_delivered_in_76_hours_is_given_up_with_a_note(site: Site, receiver: Receiver) -> None:
    receiver.statuses = [503]
    site.add(receiver.url)
    site.tell()
    began = site.clock.now
    while site.deliveries() == [] or site.deliveries()[0].state is DeliveryState.WAITING:
        site.send()
        last = site.clock.now
        site.clock.pass_time(minutes=10)
    assert timedelta(hours=75) < last - began < timedelta(hours=77)
    (ended,) = site.deliveries()
    assert ended.state is DeliveryState.DEAD
    assert ended.note == "Given up after 10 attempts in 76 hours. The receiver answered with status 503."
    assert len(receiver.received) == 10
    site.tell("another")  # the webhook itself goes on
    receiver.statuses = [200]
    site.send()
    assert len(receiver.received) == 11


def test_a_receiver_that_wants_to_rest_is_left_alone_for_so_long(site: Site) -> None:
    with Receiver([429, 200], {"retry-after": "3600"}) as receiver:
        site.add(receiver.url)
        site.tell()
        site.send()
        site.clock.pass_time(minutes=59)
        assert site.send() == 0
        site.clock.pass_time(minutes=2)
        assert site.send() == 1


def test_a_receiver_that_is_gone_for_good_is_told_nothing_more(site: Site, receiver: Receiver) -> None:
    receiver.statuses = [410]
    webhook = site.add(receiver.url)
    for what in ("one", "two"):
        site.tell(what)
    site.send()
    site.tell("three")
    site.send()
    assert len(receiver.received) <= 2
    kept = site.runtime.store.webhooks.get(DEFAULT_WORKSPACE, webhook.id)
    assert "410" in kept.disabled
    assert DeliveryState.WAITING not in {one.state for one in site.deliveries()}


def test_a_redirect_is_not_followed(site: Site) -> None:
    with Receiver() as secret, Receiver([307], {"location": f"{secret.url}/inside"}) as receiver:
        site.add(receiver.url)
        site.tell()
        site.send()
        assert len(receiver.received) == 1
        assert secret.received == []


def test_who_hangs_holds_nobody_else_up(site: Site, receiver: Receiver) -> None:
    with Receiver() as hanging:
        hanging.hold.clear()
        site.add(hanging.url)
        site.add(receiver.url)
        for number in range(6):
            site.tell(str(number))
        for _ in range(2):
            site.send()
        assert len(receiver.received) == 6


def test_each_webhook_is_told_what_it_asked_for(site: Site) -> None:
    with Receiver() as everything, Receiver() as rollbacks:
        site.add(everything.url)
        site.add(rollbacks.url, NotificationType.VERSION_ROLLED_BACK)
        for kind in (NotificationType.NIGHT_ENDED, NotificationType.VERSION_ROLLED_BACK):
            site.tell("x", kind)
        site.send()
        assert [one.json["type"] for one in rollbacks.received] == ["version.rolled_back"]
        assert len(everything.received) == 2


def test_of_two_servers_only_one_sends_and_a_dead_one_is_relieved_after_its_lease(
    any_store: Store, site: Site, receiver: Receiver
) -> None:
    site.runtime.store = any_store
    site.add(receiver.url)
    site.tell()
    site.send()  # queued and sent
    site.tell("two")
    outbox, other = NotificationOutbox(site.runtime), NotificationOutbox(site.runtime)
    claim = any_store.deliveries.claim_due
    outbox.work()
    assert other.work() == 0
    site.tell("three")
    with pytest.MonkeyPatch.context() as patch:  # killed between the claim and the attempt
        patch.setattr(NotificationOutbox, "_send_claimed", lambda *_: None)
        assert outbox.work() == 1
    assert other.work() == 0
    until = site.clock.now + timedelta(days=1)
    assert claim(site.clock.now, until=until, limit=5, per_webhook=5) == []
    site.clock.pass_time(seconds=8)
    assert other.work() == 1
    assert [one.json["data"]["what"] for one in receiver.received] == ["one", "two", "three"]


def test_an_attempt_whose_lease_ran_out_changes_nothing(site: Site, receiver: Receiver) -> None:
    site.add(receiver.url)
    site.tell()
    store = site.runtime.store
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(NotificationOutbox, "_send_claimed", lambda *_: None)
        site.send()
    (known,) = site.deliveries()
    site.clock.pass_time(seconds=60)
    assert site.send() == 1
    from msgspec.structs import replace

    assert not store.deliveries.finish(known, replace(known, state=DeliveryState.DEAD))
    assert site.deliveries()[0].state is DeliveryState.DELIVERED


@pytest.mark.parametrize(
    "address",
    [
        "http://127.0.0.1:9/x",
        "http://localhost:9/x",
        "http://10.0.0.7/x",
        "http://169.254.169.254/latest",
        "http://[::1]/x",
        "http://[::ffff:10.0.0.1]/x",
        "http://192.168.1.1/",
    ],
)
def test_nothing_is_sent_into_a_private_network_unless_the_operator_allows_it(
    data: Path, address: str
) -> None:
    with App(load(data=data), nights=False) as app:
        site = Site(app, Clock())
        with pytest.raises(InvalidInput, match="allowed_addresses"):
            site.add(address)


@pytest.mark.long
def test_an_address_that_turned_private_after_it_was_added_is_not_connected_to(
    data: Path, clock: Clock, receiver: Receiver
) -> None:
    with App(load(data=data, providers=LOOPBACK), nights=False, clock=clock) as app:
        Site(app, clock).add(receiver.url)
    with App(load(data=data), nights=False, clock=clock) as app:
        site = Site(app, clock)
        site.tell()
        site.send()
        assert receiver.received == []
        assert "private network" in site.deliveries()[0].note


def test_the_variable_of_other_trainers_notifies_the_default_workspace(
    data: Path, clock: Clock, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NOTIFICATION_WEBHOOK", f"{receiver.url}/token")
    with App(load(data=data), nights=False, clock=clock) as app:
        site = Site(app, clock)
        site.tell()
        foreign = make_notification(
            NotificationType.NIGHT_ENDED, "x", workspace=WorkspaceId("other"), at=clock.now
        )
        app.runtime.store.notifications.insert_ignore(foreign)
        site.send()
        assert [(one.path, one.json["data"]["workspace"]) for one in receiver.received] == [
            ("/token", "default")
        ]
        with pytest.raises(Conflict, match=r"webhooks\.url"):
            remove_webhook(app.runtime, DEFAULT_WORKSPACE, SETTING)


def test_after_a_secret_is_changed_both_sign_for_a_day(site: Site, receiver: Receiver) -> None:
    webhook = site.add(receiver.url)
    old = tell_secret(site.runtime, webhook)
    new = tell_secret(site.runtime, rotate_secret(site.runtime, DEFAULT_WORKSPACE, webhook.id))
    assert old != new
    site.tell()
    site.send()
    for secret in (old, new):
        Verifier(secret).verify(receiver.received[0].body, receiver.received[0].headers)
    assert len(receiver.received[0].headers["webhook-signature"].split()) == 2
    site.clock.pass_time(hours=25)
    site.tell("two")
    site.send()
    assert len(receiver.received[1].headers["webhook-signature"].split()) == 1


def test_neither_a_secret_nor_the_address_of_a_channel_lies_in_the_database(site: Site, data: Path) -> None:
    webhook = site.add("https://hooks.slack.com/services/T0/B0/verysecret")
    secret = tell_secret(site.runtime, webhook)
    site.runtime.store.close()
    files = b"".join(one.read_bytes() for one in data.glob("upspiral.db*"))
    assert webhook.id.encode() in files
    assert b"verysecret" not in files
    assert secret.encode() not in files


def test_a_removed_webhook_is_told_nothing_more(site: Site, receiver: Receiver) -> None:
    receiver.statuses = [500, 200]
    webhook = site.add(receiver.url)
    site.tell()
    site.send()
    remove_webhook(site.runtime, DEFAULT_WORKSPACE, webhook.id)
    site.clock.pass_time(hours=1)
    assert site.send() == 0
    assert site.deliveries()[0].state is DeliveryState.DEAD


def test_a_test_says_what_came_of_it_and_is_not_repeated(site: Site, receiver: Receiver) -> None:
    receiver.statuses = [500, 200]
    webhook = site.add(receiver.url, NotificationType.VERSION_PROMOTED)
    failed = try_webhook(site.runtime, DEFAULT_WORKSPACE, webhook.id)
    assert (failed.state, failed.note) == (DeliveryState.DEAD, "The receiver answered with status 500.")
    assert try_webhook(site.runtime, DEFAULT_WORKSPACE, webhook.id).state is DeliveryState.DELIVERED
    assert site.send() == 0
    assert len(receiver.received) == 2


def test_what_is_older_than_76_hours_is_told_to_nobody_and_old_rows_are_forgotten(
    site: Site, receiver: Receiver
) -> None:
    site.add(receiver.url)
    site.tell()
    site.clock.pass_time(hours=77)
    assert site.send() == 0
    site.tell("two")
    site.send()
    site.clock.pass_time(days=31)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(site.runtime, "doubt_clock", lambda: None)
        assert forget_old(site.runtime) == 3
    assert site.deliveries() == []
