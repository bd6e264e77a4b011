"""Who changed what, and when?"""

from upspiral.cursor import Cursor
from upspiral.domain.access import AuditEntry
from upspiral.domain.ids import WorkspaceId
from upspiral.runtime import Runtime


def list_changes(
    runtime: Runtime, workspace: WorkspaceId, *, after: Cursor | None, limit: int
) -> list[AuditEntry]:
    """Give a page of what people changed, newest first."""
    return runtime.store.audit_entries.list_newest(workspace, after=after, limit=limit)
