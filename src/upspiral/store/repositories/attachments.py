"""Which records hold which files?"""

from collections.abc import Iterable

from sqlalchemy import select

from upspiral.domain import AttachmentUse
from upspiral.domain.ids import InteractionId, WorkspaceId
from upspiral.store.rows import Rows, split_batches
from upspiral.store.tables import attachment_uses


class AttachmentUses(Rows[AttachmentUse]):
    """Every use of a file by an Interaction."""

    noun, table = AttachmentUse, attachment_uses

    def list_files_of(self, workspace: WorkspaceId, ids: Iterable[InteractionId]) -> set[str]:
        """The hashes of the files that Interactions hold."""
        return self._hashes(workspace, "interaction", ids)

    def filter_used(self, workspace: WorkspaceId, hashes: Iterable[str]) -> set[str]:
        """Those of the files that anything holds."""
        return self._hashes(workspace, "sha256", hashes)

    def forget_about(self, workspace: WorkspaceId, ids: Iterable[InteractionId]) -> int:
        """Delete the uses by Interactions; give how many there were."""
        return self.remove_each(workspace, "interaction", ids)

    def _hashes(self, workspace: WorkspaceId, column: str, values: Iterable[str]) -> set[str]:
        c, found = self.table.c, set[str]()
        for part in split_batches(values):
            statement = select(c.sha256).where(c.workspace == workspace, c[column].in_(part)).distinct()
            with self._database.reading() as connection:
                found |= set(connection.execute(statement).scalars())
        return found
