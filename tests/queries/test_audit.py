"""The audit log is read a page at a time, newest first, by its own workspace alone."""

from datetime import timedelta

from tests.conftest import START

from upspiral.app import App
from upspiral.cursor import Cursor
from upspiral.domain.access import AuditEntry
from upspiral.domain.ids import KeyId, WorkspaceId
from upspiral.queries.audit import list_changes


def test_pages_follow_each_other_without_a_gap_or_a_repetition(app: App) -> None:
    for n in range(5):
        entry = AuditEntry(
            id=f"aud_{n}",
            workspace=app.workspace,
            at=START + timedelta(minutes=n // 2),  # two at the same moment
            key=KeyId("key_1"),
            key_name="anna",
            via="api",
            action=f"change {n}",
            path="/api/v1/workspace",
            detail="",
        )
        app.runtime.store.audit_entries.add(entry)
    seen: list[str] = []
    place: Cursor | None = None
    while page := list_changes(app.runtime, app.workspace, after=place, limit=2):
        seen += [one.id for one in page]
        place = Cursor(page[-1].at, page[-1].id)
    assert sorted(seen) == [f"aud_{n}" for n in range(5)]
    assert seen[0] == "aud_4"
    assert list_changes(app.runtime, WorkspaceId("other"), after=None, limit=10) == []
