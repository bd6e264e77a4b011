"""Who may do what, what was asked twice, and what was erased."""

from datetime import datetime

from upspiral.domain import Attempt, Erasure, Key
from upspiral.domain.ids import KeyId, WorkspaceId
from upspiral.store.rows import Rows
from upspiral.store.tables import attempts, erasures, keys


class Keys(Rows[Key]):
    """Every API key, as its hash."""

    noun, table = Key, keys

    def by_hash(self, sha256: str) -> Key | None:
        """The key with that hash, revoked or not."""
        found = self.select(self.table.c.sha256 == sha256, limit=1)
        return found[0] if found else None

    def of(self, workspace: WorkspaceId) -> list[Key]:
        """All keys of a workspace, oldest first."""
        return self.select(self.table.c.workspace == workspace, order=[self.table.c.at])

    def revoke(self, workspace: WorkspaceId, key: KeyId, now: datetime) -> Key:
        """Take a key's rights away.

        Raises:
            NotFound: The workspace has no such key.
        """
        self.get(workspace, key)
        c = self.table.c
        self.change(c.workspace == workspace, c.id == key, c.revoked.is_(None), revoked=now)
        return self.get(workspace, key)


class Attempts(Rows[Attempt]):
    """Writing requests that named an idempotency key."""

    noun, table = Attempt, attempts

    def forget(self, workspace: WorkspaceId, before: datetime) -> None:
        """Forget what was asked before a moment."""
        self.remove(self.table.c.workspace == workspace, self.table.c.at < before)

    def forget_all(self, workspace: WorkspaceId) -> None:
        """Forget all of a workspace."""
        self.remove(self.table.c.workspace == workspace)

    def remove_one(self, attempt: Attempt) -> None:
        """Forget one, so that it may be tried again."""
        self.remove(self.table.c.workspace == attempt.workspace, self.table.c.id == attempt.id)


class Erasures(Rows[Erasure]):
    """What was erased."""

    noun, table = Erasure, erasures
