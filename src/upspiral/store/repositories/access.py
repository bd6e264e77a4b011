"""Who may do what, who is signed in, who changed what; and what of requests and providers is remembered."""

from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement

from upspiral.domain import Attempt, Erasure, Key
from upspiral.domain.access import AuditEntry, Password, SealedKey, Session, SignInLink
from upspiral.domain.ids import KeyId, WorkspaceId
from upspiral.domain.model import RefusalRecord
from upspiral.store.rows import Rows
from upspiral.store.tables import (
    attempts,
    audit_entries,
    erasures,
    keys,
    model_refusals,
    passwords,
    sealed_keys,
    sessions,
    sign_in_links,
)


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
        self.update_where(c.workspace == workspace, c.id == key, c.revoked.is_(None), revoked=now)
        return self.get(workspace, key)


class Attempts(Rows[Attempt]):
    """Writing requests that named an idempotency key."""

    noun, table = Attempt, attempts

    def claim(self, attempt: Attempt) -> Attempt | None:
        """Take a request on, unless another did: the one that inserts the row, or takes over an ended lease.

        Inside a transaction the row waits, on PostgreSQL, for whoever inserts the same just now.

        Args:
            attempt: With the moment of asking in `at`.

        Returns:
            None where the request is the caller's own now; else what is known of it.
        """
        while True:
            with self._database.transaction() as connection:
                if self._encoder.add_missing(connection, [attempt], told=True):
                    return None
                known = self.find(attempt.workspace, attempt.id)
                if known is None:
                    continue  # released just now
                if known.status is not None or known.until is None or known.until > attempt.at:
                    return known
                if self._replace(known, owner=attempt.owner, until=attempt.until, at=attempt.at):
                    return None

    def renew(self, attempt: Attempt, until: datetime) -> bool:
        """Prolong the lease of a request under way; say whether it is still the caller's own."""
        return self._replace(attempt, until=until)

    def finish(self, attempt: Attempt) -> bool:
        """Keep the final answer; say whether the request was still the caller's own.

        Belongs into the transaction of the work.
        """
        return self._replace(
            attempt,
            until=None,
            status=attempt.status,
            media_type=attempt.media_type,
            answer=attempt.answer,
            about=attempt.about,
        )

    def release(self, attempt: Attempt) -> None:
        """Forget a request under way, so that it may be sent again."""
        self.remove(*self._conditions_under_way(attempt))

    def _replace(self, attempt: Attempt, **values: Any) -> bool:
        return self.update_where(*self._conditions_under_way(attempt), **values) > 0

    def _conditions_under_way(self, attempt: Attempt) -> list[ColumnElement[bool]]:
        c = self.table.c
        mine = (c.workspace == attempt.workspace, c.id == attempt.id, c.owner == attempt.owner)
        return [*mine, c.status.is_(None)]

    def forget(self, workspace: WorkspaceId, before: datetime) -> None:
        """Forget what was asked before a moment."""
        self.remove(self.table.c.workspace == workspace, self.table.c.at < before)

    def forget_all(self, workspace: WorkspaceId) -> None:
        """Forget all answers of a workspace; requests under way go on."""
        self.remove(self.table.c.workspace == workspace, self.table.c.status.is_not(None))


class Erasures(Rows[Erasure]):
    """What was erased."""

    noun, table = Erasure, erasures


class ModelRefusals(Rows[RefusalRecord]):
    """How each model must be asked, by its host's URL and its name there."""

    noun, table = RefusalRecord, model_refusals


class SealedKeys(Rows[SealedKey]):
    """Encrypted keys, by the name of the environment variable in whose place they stand."""

    noun, table = SealedKey, sealed_keys

    def drop(self, name: str) -> bool:
        """Delete one; say whether it was there."""
        return self.remove(self.table.c.name == name) > 0


class Sessions(Rows[Session]):
    """Browsers that are signed in, by the hash of their token."""

    noun, table = Session, sessions

    def by_hash(self, sha256: str) -> Session | None:
        """The session with that hash, expired or not."""
        found = self.select(self.table.c.sha256 == sha256, limit=1)
        return found[0] if found else None

    def end(self, sha256: str) -> None:
        """Sign a browser out."""
        self.remove(self.table.c.sha256 == sha256)

    def of_key(self, workspace: WorkspaceId, key: KeyId) -> list[Session]:
        """Give those that began with a key, newest first."""
        c = self.table.c
        return self.select(c.workspace == workspace, c.key == key, order=[c.at.desc()])

    def end_all(self, workspace: WorkspaceId, key: KeyId) -> int:
        """Sign every browser out that signed in with a key; give how many there were."""
        return self.remove(self.table.c.workspace == workspace, self.table.c.key == key)

    def forget_expired(self, now: datetime) -> None:
        """Delete those that have expired."""
        self.remove(self.table.c.expires <= now)


class Passwords(Rows[Password]):
    """With what people sign in, by their names."""

    noun, table = Password, passwords

    def by_name(self, name: str) -> Password | None:
        """The password of a person, of whichever workspace."""
        found = self.select(self.table.c.name == name, limit=1)
        return found[0] if found else None

    def drop(self, workspace: WorkspaceId, name: str) -> bool:
        """Delete one; say whether it was there."""
        return self.remove(self.table.c.workspace == workspace, self.table.c.name == name) > 0


class SignInLinks(Rows[SignInLink]):
    """Links that nobody has used yet."""

    noun, table = SignInLink, sign_in_links

    def take(self, sha256: str) -> SignInLink | None:
        """Give the link with that hash to one caller, and to no other; None where there is none any more."""
        with self._database.transaction():
            found = self.select(self.table.c.sha256 == sha256, limit=1)
            return found[0] if found and self.remove(self.table.c.sha256 == sha256) else None

    def forget_expired(self, now: datetime) -> None:
        """Delete those that have expired."""
        self.remove(self.table.c.expires <= now)


class AuditEntries(Rows[AuditEntry]):
    """What people changed."""

    noun, table = AuditEntry, audit_entries
