"""The same event is the same notification, however often it is put down; its payload is the standard's."""

import json

import pytest
from tests.conftest import START

from upspiral.domain.ids import DEFAULT_WORKSPACE, AgentId, WebhookId, WorkspaceId
from upspiral.domain.night.notification import (
    SUBSCRIBABLE,
    Notification,
    NotificationType,
    Webhook,
    make_notification,
)


def _made(
    *about: str, workspace: WorkspaceId = DEFAULT_WORKSPACE, **facts: str | float | None
) -> Notification:
    return make_notification(
        NotificationType.NIGHT_ENDED, *about, workspace=workspace, at=START, agent=AgentId("shop"), **facts
    )


def test_the_id_follows_from_what_happened_and_from_nothing_else() -> None:
    assert _made("cyc_1", ending="rested").id == _made("cyc_1", ending="done").id
    ids = {_made("cyc_1").id, _made("cyc_2").id, _made("cyc_1", workspace=WorkspaceId("b")).id}
    assert len(ids) == 3


def test_the_payload_has_the_shape_of_the_standard_and_leaves_out_what_is_not_known() -> None:
    body = json.loads(_made("cyc_1", ending="rested", loss=None, seconds=1.5).body)
    assert body == {
        "type": "night.ended",
        "timestamp": "2026-01-05T12:00:00Z",
        "data": {"workspace": "default", "agent": "shop", "ending": "rested", "seconds": 1.5},
    }


@pytest.mark.parametrize(
    ("events", "disabled", "wanted"),
    [
        ((), "", set(SUBSCRIBABLE)),
        ((NotificationType.ERROR,), "", {NotificationType.ERROR}),
        ((), "It is gone.", set()),
    ],
)
def test_a_webhook_wants_what_it_asked_for(
    events: tuple[NotificationType, ...], disabled: str, wanted: set[NotificationType]
) -> None:
    webhook = Webhook(
        id=WebhookId("w"),
        workspace=DEFAULT_WORKSPACE,
        kind="slack",
        address="x",
        sealed=False,
        shown="x",
        events=events,
        at=START,
        disabled=disabled,
    )
    assert {one for one in SUBSCRIBABLE if webhook.wants(one)} == wanted
