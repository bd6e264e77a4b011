"""What does a table of the console hold? The same rows as a page and as CSV (pure)."""

import csv
import io
from collections.abc import Sequence

from msgspec import Struct

FORMULA_SIGNS = ("=", "+", "-", "@", "\t", "\r")
"""A spreadsheet takes text that begins so for a formula, and runs it."""


class Cell(Struct, frozen=True):
    """One value, as people read it."""

    text: str
    href: str | None = None
    """Where more of it is told."""
    tone: str | None = None
    """`good`, `bad`, `warn` or `calm`: it is shown as a badge."""
    full: str | None = None
    """All of the text, where only its beginning is shown."""

    @property
    def value(self) -> str:
        """Give what a file holds of it."""
        return self.text if self.full is None else self.full


class TableColumn(Struct, frozen=True):
    """What stands in one column."""

    name: str
    is_number: bool = False
    is_long: bool = False
    """May it take the room that is left?"""


class Empty(Struct, frozen=True):
    """What is said in place of a list with nothing in it: why, and what to do next."""

    title: str
    hint: str
    action: str | None = None
    href: str | None = None


class DataTable(Struct, frozen=True, kw_only=True):
    """Rows of values under named columns."""

    name: str
    """Of its CSV file, and of its place on the page."""
    caption: str
    columns: tuple[TableColumn, ...]
    rows: Sequence[Sequence[Cell]]
    empty: Empty
    next: str | None = None
    """Where the next page begins; None at the end."""

    @property
    def filled(self) -> list[int]:
        """Give the columns, by their places, in which something stands; the page shows no others.

        >>> columns = (TableColumn("a"), TableColumn("b"))
        >>> rows = [[Cell("1"), Cell("")], [Cell(""), Cell("")]]
        >>> DataTable(name="t", caption="", columns=columns, rows=rows, empty=Empty("", "")).filled
        [0]
        """
        places = range(len(self.columns))
        return [place for place in places if any(row[place].text for row in self.rows)]


def write_csv(table: DataTable) -> str:
    r"""Write a table as CSV; text that a spreadsheet would run is kept from it by an apostrophe.

    >>> rows = [[Cell("=1+1"), Cell("-3")]]
    >>> columns = (TableColumn("a"), TableColumn("b", is_number=True))
    >>> write_csv(DataTable(name="t", caption="", columns=columns, rows=rows, empty=Empty("", "")))
    "a,b\r\n'=1+1,-3\r\n"
    """
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow([column.name for column in table.columns])
    for row in table.rows:
        writer.writerow(
            [
                cell.value if column.is_number else make_harmless(cell.value)
                for column, cell in zip(table.columns, row, strict=True)
            ]
        )
    return out.getvalue()


def make_harmless(text: str) -> str:
    """Keep a spreadsheet from taking a text for a formula.

    >>> make_harmless("@SUM(A1)"), make_harmless("plain")
    ("'@SUM(A1)", 'plain')
    """
    return f"'{text}" if text.startswith(FORMULA_SIGNS) else text


def shorten(text: str, limit: int = 120) -> Cell:
    r"""Show the beginning of a long text, in one line.

    >>> shorten("a  b\nc").text, shorten("x" * 200, limit=5).text
    ('a b c', 'xxxx…')
    """
    flat = " ".join(text.split())
    shown = flat if len(flat) <= limit else f"{flat[: limit - 1]}…"
    return Cell(shown, full=text)
