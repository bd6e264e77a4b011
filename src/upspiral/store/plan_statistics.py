"""How does SQLite know which index finds fewest rows? By what it is told of the tables, the same everywhere.

Without statistics SQLite believes that a workspace has about ten rows, and reads all of it in the order of
time where an index of the name that is looked for would find one row. Statistics of the rows that are there
would let a plan change from one day to the next; these are those of a workspace with a million interactions.
"""

from collections.abc import Iterable
from typing import Any

from sqlalchemy import Column, Connection, Index

from upspiral.store.columns import metadata

ROWS, PARTIAL_ROWS = 1_000_000, 100_000
"""Rows of an index, and of one that holds part of a table."""
VALUES = {"workspace": 1, "agent": 10, "domain": 10, "state": 3, "status": 3, "day": 365, "model": 5}
"""Different values of a column, where they are few."""
MANY_VALUES = 250_000
"""The same of every other column, such as ids and moments."""


def write_plan_statistics(connection: Connection) -> None:
    """Tell SQLite how many rows each index finds; connections that are opened afterwards go by it."""
    connection.exec_driver_sql(
        "ANALYZE sqlite_schema"
    )  # makes the table of the statistics, and fills nothing
    connection.exec_driver_sql("DELETE FROM sqlite_stat1")
    for table in metadata.sorted_tables:
        rows = [(table.name, f"sqlite_autoindex_{table.name}_1", estimate_rows(table.primary_key))]
        rows += [(table.name, str(index.name), _estimate(index)) for index in table.indexes]
        for row in rows:
            connection.exec_driver_sql("INSERT INTO sqlite_stat1 (tbl, idx, stat) VALUES (?, ?, ?)", row)


def _estimate(index: Index) -> str:
    is_partial = index.dialect_options["sqlite"]["where"] is not None
    return estimate_rows(index.columns, rows=PARTIAL_ROWS if is_partial else ROWS)


def estimate_rows(columns: Iterable[Column[Any]], *, rows: int = ROWS) -> str:
    """Write the rows of an index, and how many of them have the same first, first two, … columns.

    >>> estimate_rows([Column("workspace"), Column("agent"), Column("at")])
    '1000000 1000000 100000 1'
    """
    found = [rows]
    for column in columns:
        found.append(max(1, found[-1] // VALUES.get(column.name, MANY_VALUES)))
    return " ".join(map(str, found))
