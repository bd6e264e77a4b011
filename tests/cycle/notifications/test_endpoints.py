"""A notification goes where its workspace says; neither address nor secret can be read in the store."""

from pathlib import Path

import pytest
from tests.cycle.notifications.conftest import Clock, Site

from upspiral.app import App
from upspiral.config import load
from upspiral.cycle.notifications.endpoints import (
    SETTING,
    find_webhook,
    list_secrets,
    list_webhooks,
    mask,
    open_endpoint,
)
from upspiral.domain.ids import DEFAULT_WORKSPACE, WebhookId, WorkspaceId
from upspiral.errors import NotFound

SLACK = "https://hooks.slack.com/services/T0/B0/verysecret"


@pytest.mark.parametrize(
    ("address", "shown"),
    [
        (SLACK, "https://hooks.slack.com/…"),
        ("https://example.org", "https://example.org"),
        ("https://example.org:8443/x?token=1", "https://example.org:8443/…"),
        ("anna.smith@example.org", "a…@example.org"),
    ],
)
def test_only_the_host_of_an_address_is_shown(address: str, shown: str) -> None:
    assert mask(address) == shown


def test_an_address_comes_out_of_the_store_as_it_went_in_and_lies_there_encrypted(site: Site) -> None:
    made = site.add(SLACK)
    assert made.sealed
    assert "verysecret" not in made.address
    kept = find_webhook(site.runtime, DEFAULT_WORKSPACE, made.id)
    assert open_endpoint(site.runtime, kept).address == SLACK


def test_two_webhooks_of_one_address_have_secrets_of_their_own(site: Site) -> None:
    first, second = site.add("http://127.0.0.1:9/a"), site.add("http://127.0.0.1:9/a")
    assert list_secrets(site.runtime, first) != list_secrets(site.runtime, second)
    assert list_secrets(site.runtime, first) == list_secrets(site.runtime, first)


def test_the_webhook_of_the_settings_is_the_default_workspaces_alone(data: Path, clock: Clock) -> None:
    webhooks = {"url": "http://127.0.0.1:9/hook", "secret": "whsec_c2VjcmV0", "events": ("error",)}
    with App(load(data=data, webhooks=webhooks), nights=False, clock=clock) as app:
        (only,) = list_webhooks(app.runtime, DEFAULT_WORKSPACE)
        assert (only.id, only.shown, only.events) == (SETTING, "http://127.0.0.1:9/…", ("error",))
        where = open_endpoint(app.runtime, only)
        assert (where.secrets, where.reach.private) == (("whsec_c2VjcmV0",), True)
        assert list_webhooks(app.runtime, WorkspaceId("other")) == []
        assert app.runtime.store.webhooks.total(DEFAULT_WORKSPACE) == 0


def test_one_that_there_is_not_is_named(site: Site) -> None:
    with pytest.raises(NotFound, match="no webhook 'whk_x'"):
        find_webhook(site.runtime, DEFAULT_WORKSPACE, WebhookId("whk_x"))
