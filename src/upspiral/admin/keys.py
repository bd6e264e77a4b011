"""Who may come in? Keys are made, shown once, and recognised by their hash."""

import hashlib
import re
import secrets
import time
from collections.abc import Callable, Collection
from contextlib import AbstractContextManager
from datetime import datetime
from hmac import compare_digest
from pathlib import Path
from threading import Lock

from upspiral.domain import Key, Principal, Scope
from upspiral.domain.ids import DEFAULT_WORKSPACE, KeyId, WorkspaceId, derive
from upspiral.errors import Forbidden, Unauthorized
from upspiral.own_files import write_once
from upspiral.runtime import Runtime
from upspiral.store import Store
from upspiral.store.database import as_tenant

SHAPE = re.compile(r"ups_([0-9a-f]{6})([A-Za-z0-9_-]{43})")
FRESH_S = 2.0
"""A key is looked up again after so long, so that a revoked one is refused soon in every process."""
MOST_KNOWN = 10_000
FILE = "key"


def generate_key() -> str:
    """Make the text of a key: 256 random bits behind a checksum that tells a typo from a key.

    >>> is_well_formed(generate_key())
    True
    """
    secret = secrets.token_urlsafe(32)
    return f"ups_{_checksum(secret)}{secret}"


def is_well_formed(text: str) -> bool:
    """Say whether a text can be a key at all, without asking the store.

    >>> is_well_formed("ups_" + "0" * 49)
    False
    """
    found = SHAPE.fullmatch(text)
    return found is not None and compare_digest(_checksum(found[2]), found[1])


def key_hash(text: str) -> str:
    """Give the hash under which a key is stored."""
    return hashlib.sha256(text.encode()).hexdigest()


def make_key(
    store: Store,
    workspace: WorkspaceId,
    *,
    name: str,
    scopes: Collection[Scope],
    now: datetime,
    per_minute: int | None = None,
) -> tuple[str, Key]:
    """Make a key and store its hash.

    Returns:
        The key itself, which is kept nowhere, and what is stored of it.
    """
    text = generate_key()
    key = Key(
        id=KeyId(derive("key", key_hash(text))),
        workspace=workspace,
        name=name,
        shown=text[:14],
        sha256=key_hash(text),
        scopes=tuple(sorted(scopes)),
        at=now,
        per_minute=per_minute,
    )
    store.keys.add(key)
    return text, key


def grant_key(
    runtime: Runtime,
    workspace: WorkspaceId,
    *,
    name: str,
    scopes: Collection[Scope],
    per_minute: int | None = None,
) -> tuple[str, Key]:
    """Make a key for a workspace, which is made too where there is none of that name; see `make_key`."""
    store, now = runtime.store, runtime.now()
    store.workspaces.ensure(workspace, now)
    return make_key(store, workspace, name=name, scopes=scopes, now=now, per_minute=per_minute)


def name_key(runtime: Runtime, workspace: WorkspaceId, key: KeyId) -> str:
    """Give the name of a key; empty where it is gone."""
    found = runtime.store.keys.find(workspace, key)
    return found.name if found else ""


def revoke(runtime: Runtime, workspace: WorkspaceId, key: KeyId) -> Key:
    """Take a key's rights away.

    Raises:
        NotFound: The workspace has no such key.
    """
    return runtime.store.keys.revoke(workspace, key, runtime.now())


def act_as(principal: Principal | None) -> AbstractContextManager[None]:
    """Let the database hide every other workspace's rows from what is done for somebody."""
    return as_tenant(principal.workspace if principal else None)


def check_may_grant(maker: Principal, workspace: WorkspaceId, scopes: Collection[Scope]) -> None:
    """See that nobody makes a key that is larger than his own.

    The default workspace is the operator's: its administrators make keys for other workspaces too.

    Raises:
        Forbidden: Names what the maker lacks.
    """
    lacking = sorted(scope for scope in scopes if not maker.may(scope))
    if lacking:
        raise Forbidden(f"A key without {', '.join(lacking)} cannot grant it.", hint="Use a larger key.")
    if workspace not in (
        maker.workspace,
        maker.workspace if maker.workspace != DEFAULT_WORKSPACE else workspace,
    ):
        raise Forbidden(
            f"A key of workspace {maker.workspace!r} cannot make one for {workspace!r}.",
            hint="Ask the operator of the installation.",
        )


def create_bootstrap_key(store: Store, folder: Path, *, now: datetime) -> str | None:
    """Make the key of the local commands where there is none; keep it in ``folder/key``.

    Returns:
        The new key, to be shown once; None where there was one.
    """
    file = folder / FILE
    if file.exists():
        return None
    text, key = make_key(store, DEFAULT_WORKSPACE, name="local commands", scopes=[Scope.ADMIN], now=now)
    if write_once(file, f"{text}\n".encode()):
        return text
    store.keys.revoke(DEFAULT_WORKSPACE, key.id, now)  # another process of the same folder was first
    return None


def open_keyring(runtime: Runtime) -> "ApiKeys":
    """Give what recognises the keys of every workspace."""
    return ApiKeys(runtime.store)


class ApiKeys:
    """Recognises keys; what it knows is at most two seconds old."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._recent = RecentPrincipals()

    def get_cached(self, text: str) -> Principal | None:
        """Give the owner of a key that was looked up a moment ago, without asking the store."""
        return self._recent.get_cached(key_hash(text))

    def principal(self, text: str) -> Principal:
        """Say whose key it is.

        Raises:
            Unauthorized: It is none, or was revoked.
        """
        if not is_well_formed(text):
            raise Unauthorized(
                "That is no key of Upspiral.", hint="A key begins with ups_; check for a typo."
            )
        sha256 = key_hash(text)
        found = self._recent.get(sha256, lambda: self._read(sha256))
        if found is None:
            raise Unauthorized(
                "This key is unknown or was revoked.", hint="Make another with `upspiral keys create`."
            )
        return found

    def owner(self, workspace: WorkspaceId, key: KeyId) -> Principal:
        """Say who owns the key that a token was made for.

        Raises:
            Unauthorized: The key is gone or was revoked.
        """
        found = self._recent.get(
            f"{workspace}/{key}", lambda: to_principal(self._store.keys.find(workspace, key))
        )
        if found is None:
            raise Unauthorized(
                "The key that this token was made for was revoked.",
                hint="Let your server ask for another token, with a key of today.",
            )
        return found

    def _read(self, sha256: str) -> Principal | None:
        key = self._store.keys.by_hash(sha256)
        return to_principal(key) if key and compare_digest(key.sha256, sha256) else None


def to_principal(key: Key | None) -> Principal | None:
    """Say who owns a key; nobody owns one that is gone or was revoked."""
    if key is None or key.revoked:
        return None
    return Principal(key.id, key.workspace, frozenset(key.scopes), key.per_minute)


class RecentPrincipals:
    """Remembers for two seconds who was recognised, so that not every request asks the store."""

    def __init__(self) -> None:
        self._known: dict[str, tuple[float, Principal | None]] = {}
        self._lock = Lock()

    def get_cached(self, name: str) -> Principal | None:
        """Give who was found under a name a moment ago."""
        found = self._known.get(name)
        return found[1] if found and time.monotonic() - found[0] < FRESH_S else None

    def get(self, name: str, read: Callable[[], Principal | None]) -> Principal | None:
        """Give who was found under a name a moment ago, or else look again.

        Args:
            name: Such as the hash of a key.
            read: Looks up who it is; None for nobody.
        """
        found, now = self._known.get(name), time.monotonic()
        if not found or now - found[0] >= FRESH_S:
            found = (now, read())
            with self._lock:
                if len(self._known) >= MOST_KNOWN:
                    self._known.clear()
                self._known[name] = found
        return found[1]

    def forget(self, name: str) -> None:
        """Look again at the next request."""
        self._known.pop(name, None)

    def forget_all(self) -> None:
        """Look again at everybody's next request."""
        with self._lock:
            self._known.clear()


def _checksum(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()[:6]
