"""Item 17: in a workbook numbers and moments are such, and all that people wrote is words."""

from collections.abc import Iterator
from datetime import UTC, datetime
from xml.etree import ElementTree as ET
from zipfile import ZipFile

import pytest

from billing_panel.kernel.database.no_slow_work_while_writing import SlowWhileWriting, while_writing
from billing_panel.kernel.files.csv_rows import SheetRow, csv_rows
from billing_panel.kernel.files.xlsx_workbook import xlsx_file
from billing_panel.kernel.language.errors import Refused
from billing_panel.kernel.values.money import Money

MAIN = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
MOMENT = datetime(2026, 11, 21, 14, 32, 5, tzinfo=UTC)


def cells(*rows: SheetRow) -> Iterator[tuple[str, str]]:
    """(type, value) of each cell that is there; the type of a number is ``n``."""
    with xlsx_file(iter(rows), most=100) as file, ZipFile(file) as book:
        sheet = ET.fromstring(book.read("xl/worksheets/sheet1.xml"))  # noqa: S314 (our own)
    for cell in sheet.iter(f"{MAIN}c"):
        assert cell.find(f"{MAIN}f") is None
        yield cell.get("t", "n"), "".join(cell.itertext())


def test_17_numbers_are_numbers_and_words_are_words() -> None:
    row: SheetRow = [
        "=1+1",
        "http://a.example",
        "-5",
        Money(-128_450, "EUR"),
        Money(7, "KWD"),
        42,
        None,
    ]
    assert [*cells(["Head"], row)] == [
        ("inlineStr", "Head"),
        ("inlineStr", "=1+1"),
        ("inlineStr", "http://a.example"),
        ("inlineStr", "-5"),
        ("n", "-1284.5"),
        ("n", "0.007"),
        ("n", "42"),
    ]
    ((kind, days),) = cells([MOMENT])
    assert (kind, int(float(days))) == ("n", 46_347)


def test_17_what_no_cell_holds_is_cut_and_what_no_double_holds_is_written_out() -> None:
    long, large = cells(["x" * 40_000, Money(10**15 + 1, "EUR")])
    assert len(long[1]) == 32_767
    assert large == ("inlineStr", "10000000000000.01")


def test_17_a_workbook_has_an_end_and_is_not_made_while_writing() -> None:
    with pytest.raises(Refused):
        xlsx_file([["Head"], [1], [2]], most=1)
    with while_writing(), pytest.raises(SlowWhileWriting):
        xlsx_file([["Head"]], most=1)


@pytest.mark.parametrize(
    ("language", "line"),
    [
        ("en", '"a;b",1284.50,2026-11-21 14:32:05\r\n'),
        ("ru", '"a;b";1284,50;2026-11-21 14:32:05\r\n'),
        ("bg", '"a;b";1284,50;2026-11-21 14:32:05\r\n'),
    ],
)
def test_17_csv_is_written_as_the_language_reads_it(language: str, line: str) -> None:
    written = csv_rows([["a;b", Money(128_450, "EUR"), MOMENT]], language)
    assert written.replace('"', "") == line.replace('"', "")
