"""Which tables does a database lack that its revision promises? Early builds of 0003 made fewer of them.

Revision 0003 was extended twice after databases had been made with it. Migrations are frozen since; a
database of such a build gets here what 0003 makes today, and goes on from there.
"""

import sqlalchemy as sa
from alembic.migration import MigrationContext
from alembic.operations import Operations
from sqlalchemy import Connection

COUNTS = ("n", "successes", "failures", "errors")
SUMS = ("latency_ms", "input_tokens", "output_tokens", "cost")


def complete_learning(connection: Connection) -> None:
    """Make the tables and the index of revision 0003 that are not there; nothing where none is missing.

    Args:
        connection: In the transaction of the upgrade.
    """
    known = set(sa.inspect(connection).get_table_names())
    if "learning_runs" not in known:
        return  # before 0003, which makes them all
    make = Operations(MigrationContext.configure(connection))
    if "rollups" not in known:
        _make_rollups(make)
    if "tool_rollups" not in known:
        counts = ("calls", "errors", "n", "successes", "failures")
        _make_counts(make, "tool_rollups", names=("workspace", "day", "agent", "tool"), counts=counts)
    if "choices" not in known:
        _make_choices(make)
    indexes = {one["name"] for one in sa.inspect(connection).get_indexes("outcomes")}
    if "ix_outcomes_workspace_at" not in indexes:
        make.create_index("ix_outcomes_workspace_at", "outcomes", ["workspace", "at"])


def _make_rollups(make: Operations) -> None:
    names = ("workspace", "day", "agent", "model", "version", "task")
    _make_counts(make, "rollups", names=names, counts=COUNTS, sums=SUMS)


def _make_counts(
    make: Operations,
    table: str,
    *,
    names: tuple[str, ...],
    counts: tuple[str, ...],
    sums: tuple[str, ...] = (),
) -> None:
    make.create_table(
        table,
        *(sa.Column(name, sa.Text(), nullable=False) for name in names),
        *(sa.Column(name, sa.Integer(), nullable=False) for name in counts),
        *(sa.Column(name, sa.Float(), nullable=False) for name in sums),
        sa.PrimaryKeyConstraint(*names),
    )


def _make_choices(make: Operations) -> None:
    names = ("conversation", "domain", "policy", "agent")
    make.create_table(
        "choices",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("workspace", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        *(sa.Column(name, sa.Text(), nullable=False) for name in names),
        sa.Column("probability", sa.Float(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("workspace", "id"),
    )
    make.create_index("ix_choices_workspace_at", "choices", ["workspace", "at"])
