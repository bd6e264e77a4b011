"""Who is signed in to the console, and what did people change?"""

from datetime import datetime

from upspiral.domain.access import AuditEntry, Session, SignInLink
from upspiral.store.rows import Rows
from upspiral.store.tables import audit_entries, sessions, sign_in_links


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

    def forget_expired(self, now: datetime) -> None:
        """Delete those that have expired."""
        self.remove(self.table.c.expires <= now)


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
