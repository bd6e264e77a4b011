"""Webhooks by command: what is printed, and how failures end."""

import json
from pathlib import Path

import pytest
from tests.cli.running import run
from tests.notify.receiver import Receiver

ALLOWED = {"UPSPIRAL_PROVIDERS_ALLOWED_ADDRESSES": '["127.0.0.1"]'}


@pytest.mark.long
def test_a_webhook_is_added_tried_listed_and_removed(data: Path) -> None:
    with Receiver() as receiver:
        words = ("webhooks", "add", f"{receiver.url}/hook", "--event", "version.rolled_back")
        added = run(*words, data=data, **ALLOWED)
        assert added.returncode == 0, added.stderr
        assert "whsec_" in added.stdout
        listed = run("webhooks", "list", "--json", data=data, **ALLOWED)
        (card,) = json.loads(listed.stdout)
        tried = run("webhooks", "test", card["id"], data=data, **ALLOWED)
        assert "delivered" in tried.stdout
        assert receiver.received[0].json["type"] == "test"
        receiver.statuses = [500]
        failed = run("webhooks", "test", card["id"], data=data, **ALLOWED)
        assert (failed.returncode, "status 500" in failed.stderr) == (1, True)
    assert "version.rolled_back" in run("webhooks", "list", data=data, **ALLOWED).stdout
    assert "Nothing was sent" in run("webhooks", "deliveries", card["id"], data=data, **ALLOWED).stdout
    assert run("webhooks", "rotate", card["id"], data=data, **ALLOWED).stdout.startswith("whsec_")
    assert run("webhooks", "remove", card["id"], data=data, **ALLOWED).returncode == 0
    assert "Nobody is notified yet" in run("webhooks", "list", data=data, **ALLOWED).stdout


def test_a_private_address_is_refused_with_what_to_do(data: Path) -> None:
    refused = run("webhooks", "add", "http://127.0.0.1:9/x", data=data)
    assert refused.returncode == 2
    assert "providers.allowed_addresses" in " ".join(refused.stderr.split())


def test_the_webhook_of_the_environment_is_listed_without_its_address(data: Path) -> None:
    slack = {"NOTIFICATION_WEBHOOK": "https://hooks.slack.com/services/T0/B0/verysecret"}
    listed = run("webhooks", "list", data=data, **slack)
    assert "slack" in listed.stdout
    for said in (listed, run("config", "show", "--changed", data=data, **slack)):
        assert "verysecret" not in said.stdout + said.stderr
