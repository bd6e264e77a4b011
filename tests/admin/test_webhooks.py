"""A webhook leads where it may, and its secret can be changed without a notification being refused."""

import pytest

from upspiral.admin import webhooks
from upspiral.admin.webhooks import add_webhook, remove_webhook, rotate_secret, tell_secret
from upspiral.app import App
from upspiral.cycle.notifications.endpoints import list_secrets
from upspiral.domain.ids import WebhookId, WorkspaceId
from upspiral.domain.night.notification import NotificationType
from upspiral.errors import Conflict, InvalidInput, NotFound


@pytest.fixture
def anywhere(monkeypatch: pytest.MonkeyPatch) -> None:
    """No host is looked up."""
    monkeypatch.setattr("upspiral.admin.webhooks.check_reach", lambda *_: None)


@pytest.mark.parametrize(
    "address", ["http://127.0.0.1:8000/x", "http://169.254.169.254/latest/meta-data", "http://10.0.0.1/"]
)
def test_an_address_within_a_private_network_is_refused_and_not_kept(app: App, address: str) -> None:
    with pytest.raises(InvalidInput):
        add_webhook(app.runtime, app.workspace, address)
    assert app.runtime.store.webhooks.total(app.workspace) == 0


@pytest.mark.parametrize("address", ["", "no address", "ftp://example.org/x"])
def test_what_is_no_address_is_refused(app: App, address: str) -> None:
    with pytest.raises(InvalidInput):
        add_webhook(app.runtime, app.workspace, address)


@pytest.mark.usefixtures("anywhere")
def test_the_kind_is_seen_from_the_address_and_events_count_once(app: App) -> None:
    night = NotificationType.NIGHT_ENDED
    made = add_webhook(app.runtime, app.workspace, "https://example.org/a", events=[night, night])
    assert (made.kind, made.events, made.shown) == ("webhook", (night,), "https://example.org/…")


@pytest.mark.usefixtures("anywhere")
def test_a_new_secret_signs_first_and_the_one_before_still_signs(app: App) -> None:
    made = add_webhook(app.runtime, app.workspace, "https://example.org/a")
    before = tell_secret(app.runtime, made)
    changed = rotate_secret(app.runtime, app.workspace, made.id)
    assert list_secrets(app.runtime, changed) == (tell_secret(app.runtime, changed), before)


@pytest.mark.usefixtures("anywhere")
def test_a_workspace_has_no_more_than_it_may_have(app: App, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(webhooks, "MAX_WEBHOOKS", 2)
    for name in ("a", "b"):
        add_webhook(app.runtime, app.workspace, f"https://example.org/{name}")
    with pytest.raises(Conflict, match="2 webhooks already"):
        add_webhook(app.runtime, app.workspace, "https://example.org/c")


@pytest.mark.usefixtures("anywhere")
def test_a_webhook_of_another_workspace_can_be_neither_changed_nor_removed(app: App) -> None:
    made = add_webhook(app.runtime, app.workspace, "https://example.org/a")
    for change in (rotate_secret, remove_webhook):
        with pytest.raises(NotFound):
            change(app.runtime, WorkspaceId("other"), made.id)
    remove_webhook(app.runtime, app.workspace, made.id)
    with pytest.raises(NotFound):
        remove_webhook(app.runtime, app.workspace, WebhookId(made.id))
