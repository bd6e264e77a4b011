"""Who is signed in to the console? A browser signs in with a key, or once with a link."""

import hashlib
import hmac
import secrets
from datetime import datetime, timedelta

from msgspec import Struct

from upspiral.admin.keys import RecentPrincipals, key_hash, to_principal
from upspiral.admin.people.passwords import PasswordCheck
from upspiral.domain import Principal, Scope
from upspiral.domain.access import Session, SignInLink
from upspiral.errors import Forbidden, Unauthorized
from upspiral.runtime import Runtime

LINK_LIFE = timedelta(minutes=15)


class BrowserSessions:
    """Signs browsers in and out, and recognises them; what it knows is at most two seconds old."""

    def __init__(self, runtime: Runtime) -> None:
        self._runtime = runtime
        self._recent = RecentPrincipals()
        self._passwords: PasswordCheck | None = None

    def principal(self, token: str) -> Principal:
        """Say with whose key a browser is signed in.

        Raises:
            Unauthorized: It is signed out, the session has expired, or the key was revoked.
        """
        sha256 = key_hash(token)
        found = self._recent.get(sha256, lambda: self._read(sha256)) if token else None
        if found is None:
            raise Unauthorized("You are not signed in.", hint="Sign in with a key, or with a link.")
        return found

    def begin(self, principal: Principal) -> str:
        """Sign a browser in with the rights of a key.

        Returns:
            The token for its cookie.

        Raises:
            Forbidden: The key may not read.
        """
        if not principal.may(Scope.READ):
            raise Forbidden("This key may not read, so it opens no console.", hint="Use one with scope read.")
        token, now = secrets.token_urlsafe(32), self._runtime.now()
        life = timedelta(hours=self._runtime.settings.server.session_hours)
        sessions = self._runtime.store.sessions
        sessions.forget_expired(now)
        sessions.add(
            Session(
                sha256=key_hash(token),
                workspace=principal.workspace,
                key=principal.key,
                at=now,
                expires=now + life,
            )
        )
        return token

    def follow_link(self, token: str) -> str:
        """Sign a browser in by a link, which is used up by that.

        Returns:
            The token for its cookie.

        Raises:
            Unauthorized: The link was used before, has expired, or its key was revoked.
        """
        link = self._runtime.store.sign_in_links.take(key_hash(token))
        principal = self._find_principal(link) if link else None
        if principal is None:
            raise Unauthorized(
                "This link was used before, or has expired.",
                hint="Make another with `upspiral console`, or sign in with a key.",
            )
        return self.begin(principal)

    def sign_in(self, name: str, password: str) -> str:
        """Sign a browser in by a password.

        Returns:
            The token for its cookie.

        Raises:
            Unauthorized: Name and password do not belong together.
            Busy: It was tried too often.
        """
        if self._passwords is None:
            self._passwords = PasswordCheck(self._runtime)
        return self.begin(self._passwords.principal(name, password))

    def end(self, token: str) -> None:
        """Sign a browser out."""
        self._runtime.store.sessions.end(key_hash(token))
        self._recent.forget(key_hash(token))

    def end_all(self, principal: Principal) -> int:
        """Sign every browser out that signed in with a key; give how many there were."""
        ended = self._runtime.store.sessions.end_all(principal.workspace, principal.key)
        self._recent.forget_all()
        return ended

    def list_open(self, principal: Principal) -> list[Session]:
        """Give the browsers that are signed in with a key, newest first."""
        now = self._runtime.now()
        found = self._runtime.store.sessions.of_key(principal.workspace, principal.key)
        return [one for one in found if one.expires > now]

    def _read(self, sha256: str) -> Principal | None:
        session = self._runtime.store.sessions.by_hash(sha256)
        return self._find_principal(session) if session else None

    def _find_principal(self, held: Session | SignInLink) -> Principal | None:
        if held.expires <= self._runtime.now():
            return None
        return to_principal(self._runtime.store.keys.find(held.workspace, held.key))


class MadeLink(Struct, frozen=True):
    """A link that was made just now."""

    path: str
    """On the server; it holds a token that is kept nowhere else."""
    expires: datetime


def make_sign_in_link(runtime: Runtime, principal: Principal) -> MadeLink:
    """Make a link that signs a browser in once, within 15 minutes, with the rights of a key."""
    token, now, links = secrets.token_urlsafe(32), runtime.now(), runtime.store.sign_in_links
    links.forget_expired(now)
    link = SignInLink(
        sha256=key_hash(token),
        workspace=principal.workspace,
        key=principal.key,
        at=now,
        expires=now + LINK_LIFE,
    )
    links.add(link)
    return MadeLink(f"/sign-in?link={token}", link.expires)


def form_token(secret: str) -> str:
    """Give the token that every form of a browser carries; a page of another site cannot know it.

    Args:
        secret: What the browser's cookie holds.

    >>> form_token("a") == form_token("a"), form_token("a") == form_token("b")
    (True, False)
    """
    return hmac.new(secret.encode(), b"form", hashlib.sha256).hexdigest()


def check_form_token(secret: str, given: str) -> None:
    """See that a form was sent by a page of this server.

    Raises:
        Forbidden: It was not, or the page is of an earlier session.
    """
    if not secret or not hmac.compare_digest(form_token(secret), given):
        raise Forbidden(
            "The form does not belong to this session.", hint="Open the page again, then send the form."
        )
