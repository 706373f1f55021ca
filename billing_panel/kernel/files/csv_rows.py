"""Writing rows of CSV files.

In Russian and Bulgarian spreadsheets part cells by ``;`` and decimals by a comma, so a file for
such a reader does too; a moment stands as ISO 8601 has it, which all of them know.

A spreadsheet takes for a formula what begins with a sign: in a cell, and also within one, where it
parts cells by another character than the file does and so heeds no quotes of ours. What people
wrote gets an apostrophe before each such sign (OWASP, CSV injection). Amounts and numbers stay what
they are.
"""

import csv
import re
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from io import StringIO
from itertools import islice

from babel.numbers import get_decimal_symbol

from billing_panel.kernel.values.money import Money

# Spreadsheets read UTF-8 where they see this.
MARK = "\N{BYTE ORDER MARK}"
# as they are typed, full-width, small, and the minus of mathematics
SIGNS = "=+@＝＋－＠﹢﹣﹦﹫−-"
# what may part cells, and what is skipped before a cell's first character
BREAK, SKIPPED = r"^|[;,\t\n\v\f\r\x85\u2028\u2029]", r"[\s\"\u200b-\u200f\u2060\ufeff]*+"
FORMULA = re.compile(rf"(?:{BREAK}){SKIPPED}(?=[{SIGNS}])")

# of moments the wall clock is written
SheetCell = str | int | Money | datetime | None
SheetRow = Sequence[SheetCell]
# rows that are written together
CHUNK = 500


def csv_file(rows: Iterator[SheetRow], language: str) -> Iterator[str]:
    """The whole file for a reader of ``language``, some rows at a time."""
    yield MARK
    while chunk := list(islice(rows, CHUNK)):
        yield csv_rows(chunk, language)


def csv_rows(rows: Iterable[SheetRow], language: str = "en") -> str:
    """Write rows as CSV for a reader of ``language``, without the mark that begins a file."""
    point, written = get_decimal_symbol(language), StringIO()
    separator = ";" if point == "," else ","
    writer = csv.writer(written, delimiter=separator)
    writer.writerows([[_written(cell, point) for cell in row] for row in rows])
    return written.getvalue()


def harmless(words: str) -> str:
    """``words``, in which no spreadsheet finds a formula."""
    led = f"'{words}" if words.startswith(("\t", "\r")) else words
    return FORMULA.sub(r"\g<0>'", led)


def _written(cell: SheetCell, point: str) -> str:
    match cell:
        case None:
            return ""
        case str():
            return harmless(cell)
        case Money():
            return str(cell).replace(".", point)
        case datetime():
            return f"{cell:%Y-%m-%d %H:%M:%S}"
        case _:
            return str(cell)
