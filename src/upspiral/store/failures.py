"""What does an error of the database mean to whoever asked?"""

from sqlalchemy import make_url
from sqlalchemy.exc import DataError, DBAPIError, IntegrityError, StatementError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError

from upspiral.errors import Busy, Conflict, InvalidInput, StoreError, StoreLocked, UpspiralError

SERIALIZATION_FAILURES = ("40P01", "40001")
"""What PostgreSQL calls two transactions that wait for each other, or that cannot both have been first."""
CONNECTION_FAILURES = ("08", "57P")
"""How the codes begin that PostgreSQL has for a broken connection, and for a server that is stopped."""
TOO_LONG = "54000"
"""What PostgreSQL calls a value that does not fit into an index."""
NOT_ENCODABLE = (OverflowError, UnicodeError, ValueError)
"""What a driver raises for a value before it reaches the database."""
STORE_ERRORS = (StatementError, PoolTimeoutError, OverflowError, UnicodeError)
"""What a database and its driver raise."""


def explain(error: Exception, url: str) -> UpspiralError:
    """Turn what a database or its driver raised into an error that says whose turn it is to act.

    Args:
        error: One of UNSTORABLE.
        url: Of the database; its place is shown to the operator, never to a caller.
    """
    if isinstance(error, IntegrityError):
        return Conflict(f"The store refused a row: {_reason(error)}.")
    if isinstance(error, PoolTimeoutError):
        return Busy("Every connection to the database is taken.", hint="Send it again in a moment.")
    cause = getattr(error, "orig", None) or error
    if isinstance(cause, UpspiralError):
        return cause
    state = getattr(cause, "sqlstate", None)
    if state in SERIALIZATION_FAILURES:
        return Busy("Another writer stood in the way; nothing was kept.", hint="Send it again.")
    if isinstance(error, DataError) or isinstance(cause, NOT_ENCODABLE) or state == TOO_LONG:
        return InvalidInput(
            "The store cannot hold one of the values: a text, number or date of a kind that no column takes.",
            hint="Send it without characters such as U+0000, and with names of at most 200 characters.",
        )
    reason = _reason(error) if isinstance(error, DBAPIError) else str(cause)
    if _is_unreachable(cause, state):
        return StoreError(
            "The database cannot be reached.",
            hint="See that it runs and that this machine reaches it; `upspiral doctor` says more.",
            detail=f"{make_url(url).render_as_string(hide_password=True)}: {reason}",
        )
    return _unusable_error(reason, make_url(url).render_as_string(hide_password=True))


def _is_unreachable(cause: BaseException, state: str | None) -> bool:
    """Say whether PostgreSQL, or the way to it, is gone: it was stopped, or does not answer."""
    is_operational = type(cause).__module__.startswith("psycopg") and "OperationalError" in {
        one.__name__ for one in type(cause).__mro__
    }
    return is_operational and (state is None or state.startswith(CONNECTION_FAILURES))


def is_damage(reason: str) -> bool:
    """Say whether SQLite found its file damaged.

    >>> is_damage("database disk image is malformed")
    True
    """
    return "malformed" in reason or "not a database" in reason


def _unusable_error(reason: str, where: str) -> StoreError:
    detail = f"{where}: {reason}"
    if "full" in reason or "No space" in reason:
        hint = "Free some space; nothing acknowledged is lost."
        return StoreError("The disk of the store is full.", hint=hint, detail=detail)
    if "locked" in reason:
        hint = "Stop that process, or use its server."
        return StoreLocked("The store is locked by another process.", hint=hint, detail=detail)
    if is_damage(reason):
        hint = "Run `upspiral doctor`; put a backup in its place."
        return StoreError("The store is damaged.", hint=hint, detail=detail)
    return StoreError("The store cannot be used.", hint="Run `upspiral doctor`.", detail=detail)


def _reason(error: DBAPIError) -> str:
    """Say what the database refused, without the values, which PostgreSQL quotes."""
    found = error.orig
    state = getattr(found, "sqlstate", None)
    if state is None:
        return str(found).strip()
    rule = getattr(getattr(found, "diag", None), "constraint_name", None)
    return f"{type(found).__name__} ({state}{', ' + rule if rule else ''})"
