"""With which password does a person sign in to the console? It is kept as a hash that is slow to guess."""

import base64
import hashlib
import re
import secrets
import unicodedata
from hmac import compare_digest
from threading import Semaphore

from limits import RateLimitItemPerMinute
from limits.storage import MemoryStorage
from limits.strategies import FixedWindowRateLimiter

from upspiral.admin.keys import act_as, to_principal
from upspiral.domain import Principal
from upspiral.domain.access import Password
from upspiral.domain.ids import KeyId, WorkspaceId
from upspiral.errors import Busy, Conflict, InvalidInput, NotFound, Unauthorized, suggest_name
from upspiral.runtime import Runtime

COST = (15, 8, 3)
"""Of scrypt: log2 of N, r and p, which take 32 MB, as the OWASP Password Storage Cheat Sheet has it."""
MAX_MEMORY_BYTES = 64 * 1024 * 1024
MIN_PASSWORD_CHARS, MAX_PASSWORD_CHARS, MIN_DIFFERENT_CHARS = 12, 200, 5
MAX_NAME_CHARS = 100
NAME = re.compile(r"[^\W\d_][\w.-]{0,99}")
FOUR_WORDS = "Take four words that do not belong together."
MAX_AT_ONCE = 2
"""So many passwords are checked at the same time, so that guessing fills neither memory nor cores."""
MAX_PER_MINUTE = 5
"""So many wrong passwords of one name; then it has to wait, whoever tries."""
MAX_TOTAL_PER_MINUTE = 60
"""So many passwords of all names together, in one process."""


def hash_password(password: str, salt: bytes, *, cost: tuple[int, int, int] | None = None) -> str:
    """Hash a password with scrypt (RFC 7914); the text holds the cost and the salt too.

    >>> hash_password("correct horse battery", b"0" * 16).split("$")[:4]
    ['scrypt', '15', '8', '3']
    """
    cost = cost or COST
    log2, block, parallel = cost
    plain = unicodedata.normalize("NFKC", password).encode()
    made = hashlib.scrypt(plain, salt=salt, n=2**log2, r=block, p=parallel, maxmem=MAX_MEMORY_BYTES, dklen=32)
    return "$".join(("scrypt", *map(str, cost), *(base64.b64encode(one).decode() for one in (salt, made))))


def is_password(password: str, kept: str) -> bool:
    """Say whether a password is the one that was hashed, with whatever cost.

    >>> is_password("correct horse battery", hash_password("correct horse battery", b"0" * 16))
    True
    """
    _, log2, block, parallel, salt, _ = kept.split("$")
    cost = (int(log2), int(block), int(parallel))
    return compare_digest(hash_password(password, base64.b64decode(salt), cost=cost), kept)


def check_new_password(name: str, password: str) -> None:
    """See that a name and a password can be used.

    Raises:
        InvalidInput: Says what is wrong.
    """
    if not NAME.fullmatch(name):
        raise InvalidInput(
            f"{name[:60]!r} cannot be the name of a person.",
            hint="Begin with a letter, then letters, digits, points and dashes, 100 at most: anna or anna.b.",
        )
    if not MIN_PASSWORD_CHARS <= len(password) <= MAX_PASSWORD_CHARS:
        raise InvalidInput(
            f"A password has {MIN_PASSWORD_CHARS} to {MAX_PASSWORD_CHARS} letters or signs.",
            hint=FOUR_WORDS,
        )
    if len(set(password)) < MIN_DIFFERENT_CHARS or password.casefold() == name.casefold():
        raise InvalidInput(
            "This password is guessed at once.", hint="Take four words that do not belong together."
        )


def set_password(
    runtime: Runtime, workspace: WorkspaceId, name: str, *, key: KeyId, password: str
) -> Password:
    """Let a person sign in by a password, with the rights of a key; every browser of that key is signed out.

    Args:
        runtime: The parts.
        workspace: Of the key.
        name: Of the person; a password that the person had is replaced.
        key: Whose rights the person gets.
        password: Kept nowhere.

    Raises:
        NotFound: The workspace has no such key.
        Conflict: The key was revoked, or somebody in another workspace has the name.
        InvalidInput: The name or the password cannot be used.
    """
    check_new_password(name, password)
    found = runtime.store.keys.get(workspace, key)
    if found.revoked:
        raise Conflict(f"The key {found.name!r} was revoked.", hint="Choose another, or make one.")
    with act_as(None):
        other = runtime.store.passwords.by_name(name)
    if other and other.workspace != workspace:
        raise Conflict(f"The name {name!r} is taken.", hint="Choose another name.")
    kept = hash_password(password, secrets.token_bytes(16))
    made = Password(workspace=workspace, name=name, key=key, scrypt=kept, at=runtime.now())

    def write() -> None:
        with runtime.store.transaction():
            runtime.store.passwords.upsert(made)
            runtime.store.sessions.end_all(workspace, key)

    runtime.write_here(write)
    return made


def set_own_password(runtime: Runtime, principal: Principal, name: str, password: str) -> Password:
    """Let whoever is signed in sign in by a password from now on; every browser of the key is signed out.

    Raises:
        Conflict: Somebody else has the name.
        InvalidInput: The name or the password cannot be used.
    """
    known = {one.name: one for one in list_passwords(runtime, principal.workspace)}
    if name in known and known[name].key != principal.key:
        raise Conflict(f"The name {name!r} is taken.", hint="Choose another name.")
    return set_password(runtime, principal.workspace, name, key=principal.key, password=password)


def remove_password(runtime: Runtime, workspace: WorkspaceId, name: str) -> Password:
    """Take a person's password away; browsers that signed in with it are signed out.

    Raises:
        NotFound: Nobody of that name has one.
    """
    known = {one.name: one for one in list_passwords(runtime, workspace)}
    if name not in known:
        hint = suggest_name(name, known) or "`upspiral keys list-passwords` shows the names."
        raise NotFound(f"Nobody called {name!r} has a password.", hint=hint)

    def write() -> None:
        with runtime.store.transaction():
            runtime.store.passwords.drop(workspace, name)
            runtime.store.sessions.end_all(workspace, known[name].key)

    runtime.write_here(write)
    return known[name]


def list_passwords(runtime: Runtime, workspace: WorkspaceId) -> list[Password]:
    """Give who may sign in by a password, by name."""
    return sorted(runtime.store.passwords.list_rows(workspace), key=lambda one: one.name)


class PasswordCheck:
    """Recognises people by their passwords, and slows down who guesses."""

    def __init__(self, runtime: Runtime) -> None:
        self._runtime = runtime
        self._rates = FixedWindowRateLimiter(MemoryStorage())
        self._room = Semaphore(MAX_AT_ONCE)
        self._nobody = hash_password(secrets.token_urlsafe(32), secrets.token_bytes(16))

    def principal(self, name: str, password: str) -> Principal:
        """Say with the rights of which key a person signs in.

        A name that nobody has takes as long as one that somebody has.

        Raises:
            Unauthorized: Name and password do not belong together, or the key was revoked.
            Busy: It was tried too often within a minute.
        """
        name = name[:MAX_NAME_CHARS]
        mine = RateLimitItemPerMinute(MAX_PER_MINUTE)
        if not self._rates.hit(RateLimitItemPerMinute(MAX_TOTAL_PER_MINUTE), "all") or not self._rates.hit(
            mine, "name", name
        ):
            raise Busy("Too many passwords were tried.", hint="Wait a minute, then try again.")
        known = self._runtime.store.passwords.by_name(name)
        with self._room:
            is_right = is_password(password[:MAX_PASSWORD_CHARS], known.scrypt if known else self._nobody)
        key = self._runtime.store.keys.find(known.workspace, known.key) if known and is_right else None
        found = to_principal(key)
        if found is None:
            raise Unauthorized("Name and password do not belong together.", hint="Try again, or use a key.")
        self._rates.clear(mine, "name", name)
        return found
