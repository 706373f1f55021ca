"""Rows as an XLSX file, with typed numbers and dates; text is never read as a formula.

Nothing that people wrote becomes a formula or a link there, so that it stands as they wrote it.
"""

from collections.abc import Iterable
from datetime import datetime
from tempfile import TemporaryFile
from typing import IO

from xlsxwriter import Workbook
from xlsxwriter.format import Format
from xlsxwriter.worksheet import Worksheet

from billing_panel.kernel.database.no_slow_work_while_writing import slow
from billing_panel.kernel.files.csv_rows import SheetCell, SheetRow
from billing_panel.kernel.language.errors import Refused
from billing_panel.kernel.language.text import text
from billing_panel.kernel.values.money import Money, digits

# what one cell can hold (ECMA-376; Excel opens no more), and numbers that a double keeps exactly
MOST_CHARACTERS, MOST_EXACT = 32_767, 10**15
WIDTH = 18


@slow
def xlsx_file(rows: Iterable[SheetRow], *, most: int) -> IO[bytes]:
    """A file to read and close, the first of ``rows`` its heading.

    Raises Refused ``too_long`` where more than ``most`` follow.
    """
    file = TemporaryFile()  # noqa: SIM115 (whoever asked reads and closes it)
    try:
        # rows wait in a file, not in memory
        with Workbook(file, {"constant_memory": True}) as book:
            _fill(_Sheet(book), rows, most)
    except BaseException:
        file.close()
        raise
    file.seek(0)
    return file


def _fill(sheet: "_Sheet", rows: Iterable[SheetRow], most: int) -> None:
    message = text(
        "That is more than %(most)s lines: choose fewer days, or use the CSV.", most=most
    )
    for number, row in enumerate(rows):
        if number > most:
            raise Refused(message, code="too_long")
        sheet.write(number, row)


class _Sheet:
    def __init__(self, book: Workbook) -> None:
        self.book = book
        self.sheet: Worksheet = book.add_worksheet()
        self.sheet.freeze_panes(1, 0)
        self.head = book.add_format({"bold": True})
        self.moment = book.add_format({"num_format": "dd.mm.yyyy hh:mm:ss"})
        self.amounts: dict[int, Format] = {}

    def write(self, number: int, row: SheetRow) -> None:
        if number == 0:
            self.sheet.set_column(0, len(row) - 1, WIDTH)
        for column, cell in enumerate(row):
            self._write(number, column, cell)

    def _write(self, row: int, column: int, cell: SheetCell) -> None:
        match cell:
            case None | "":
                return
            case str():
                look = self.head if row == 0 else None
                self.sheet.write_string(row, column, cell[:MOST_CHARACTERS], look)
            case datetime():
                self.sheet.write_datetime(row, column, cell.replace(tzinfo=None), self.moment)
            case Money() if abs(cell.minor) < MOST_EXACT:
                look = self._amount(digits(cell.currency))
                self.sheet.write_number(row, column, float(cell.decimal), look)
            case int() if abs(cell) < MOST_EXACT:
                self.sheet.write_number(row, column, cell)
            case _:
                self.sheet.write_string(row, column, str(cell))

    def _amount(self, places: int) -> Format:
        """With thousands apart, and all the decimals of the currency."""
        if places not in self.amounts:
            shown = "#,##0" + ("." + "0" * places if places else "")
            self.amounts[places] = self.book.add_format({"num_format": shown})
        return self.amounts[places]
