"""May this thread still write for its night? Asked in every transaction of one.

A process that is held up longer than its lease is taken for dead, and another goes on with its nights. When
it wakes, it does not know. So whoever takes a night up raises its fencing token (M. Kleppmann, "How to do
distributed locking", 2016), and each transaction of a night compares the token it was given with the row.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import NamedTuple

from sqlalchemy import Connection, func, select

from upspiral.domain.ids import CycleId, WorkspaceId
from upspiral.errors import LeaseLost
from upspiral.store.tables import cycles

MAX_IDLE_MS = 60_000
"""PostgreSQL ends a night's transaction that does nothing for so long: its process may be held up, and
whoever takes the night over waits for the transaction."""


class Lease(NamedTuple):
    """The right to write for a night, until somebody else takes the night up."""

    workspace: WorkspaceId
    cycle: CycleId
    token: int
    """The fencing token: how often the night had been taken up by then."""


_lease: ContextVar[Lease | None] = ContextVar("lease", default=None)


@contextmanager
def write_under(lease: Lease) -> Iterator[None]:
    """Let everything inside write only as long as the lease is held; threads that it starts, too."""
    before = _lease.set(lease)
    try:
        yield
    finally:
        _lease.reset(before)


def check_token(token: int) -> None:
    """Compare the token of a night as it stands with that of the lease under which this thread writes.

    Raises:
        LeaseLost: Somebody else has taken the night up.
    """
    lease = _lease.get()
    if lease is not None and lease.token != token:
        raise LeaseLost(
            f"Another process has taken over night {lease.cycle}; this one writes nothing more for it.",
            hint="It was held up longer than cycle.lease_s. Raise that where machines are often so busy.",
        )


def check_lease(connection: Connection) -> None:
    """Check the lease within a transaction; nobody can take the night up until the transaction is over.

    Raises:
        LeaseLost: Somebody else has taken the night up.
    """
    lease = _lease.get()
    if lease is None:
        return
    row = (cycles.c.workspace == lease.workspace, cycles.c.id == lease.cycle)
    # A key share lock bears the night's own changes of the row, in other threads too, and stops `lock_token`.
    held = select(cycles.c.fencing_token).where(*row).with_for_update(read=True, key_share=True)
    if connection.dialect.name == "postgresql":
        held = held.add_columns(
            func.set_config("idle_in_transaction_session_timeout", str(MAX_IDLE_MS), True)
        )
    found = connection.execute(held).first()
    check_token(found[0] if found else lease.token)  # a night that is erased belongs to nobody else


def lock_token(connection: Connection, workspace: WorkspaceId, cycle: CycleId) -> int:
    """Read a night's token once every transaction under an earlier lease is over; none begins meanwhile."""
    row = (cycles.c.workspace == workspace, cycles.c.id == cycle)
    found = connection.execute(select(cycles.c.fencing_token).where(*row).with_for_update()).scalar()
    return found or 0
