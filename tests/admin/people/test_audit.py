"""A change is written down with the name that its key has now, for the key may be gone later."""

from upspiral.admin.keys import grant_key, revoke
from upspiral.admin.people.audit import RequestedChange, record_change
from upspiral.app import App
from upspiral.domain import Principal, Scope
from upspiral.domain.ids import KeyId

CHANGE = RequestedChange(
    via="console", action="roll back", path="/deployments/rollback", detail="agent: shop"
)


def test_who_did_what_and_how_is_kept(app: App) -> None:
    _, key = grant_key(app.runtime, app.workspace, name="anna", scopes=[Scope.OPERATE])
    record_change(app.runtime, Principal(key.id, app.workspace, frozenset(key.scopes)), CHANGE)
    revoke(app.runtime, app.workspace, key.id)
    (kept,) = app.runtime.store.audit_entries.list_newest(app.workspace, after=None, limit=10)
    assert (kept.key, kept.key_name, kept.via, kept.action) == (key.id, "anna", "console", "roll back")
    assert (kept.path, kept.detail) == ("/deployments/x", "agent: shop")


def test_a_change_by_a_key_that_is_gone_is_kept_under_its_id(app: App) -> None:
    entry = record_change(app.runtime, Principal(KeyId("key_gone"), app.workspace, frozenset()), CHANGE)
    assert (entry.key, entry.key_name) == ("key_gone", "")
