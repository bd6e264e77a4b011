"""A table as a file: no cell runs in a spreadsheet."""

import csv
import io

import pytest

from upspiral.server.html.tables import FORMULA_SIGNS, Cell, DataTable, Empty, TableColumn, shorten, write_csv


def make_table(*texts: str, is_number: bool = False) -> DataTable:
    return DataTable(
        name="t",
        caption="T",
        columns=(TableColumn("what", is_number=is_number),),
        rows=[[Cell(text)] for text in texts],
        empty=Empty("", ""),
    )


@pytest.mark.parametrize("sign", FORMULA_SIGNS)
def test_text_that_a_spreadsheet_would_run_is_made_harmless(sign: str) -> None:
    rows = list(csv.reader(io.StringIO(write_csv(make_table(f"{sign}cmd")))))
    assert rows[1] == [f"'{sign}cmd"]


def test_numbers_keep_their_sign() -> None:
    assert "-1.5" in write_csv(make_table("-1.5", is_number=True))
    assert "'" not in write_csv(make_table("-1.5", is_number=True))


def test_quotes_and_newlines_come_back_as_they_were() -> None:
    text = 'She said "no",\nand left.'
    assert list(csv.reader(io.StringIO(write_csv(make_table(text)))))[1] == [text]


def test_a_file_holds_the_whole_of_a_shortened_text() -> None:
    cell = shorten("x" * 500)
    assert len(cell.text) == 120
    assert len(cell.value) == 500


def test_a_file_keeps_the_columns_that_a_page_leaves_out_as_nothing_stands_in_them() -> None:
    columns = (TableColumn("what"), TableColumn("why"))
    rows = [[Cell("a"), Cell("")], [Cell("b"), Cell("")]]
    table = DataTable(name="t", caption="T", columns=columns, rows=rows, empty=Empty("", ""))
    assert [table.columns[place].name for place in table.filled] == ["what"]
    assert write_csv(table).splitlines()[0] == "what,why"
