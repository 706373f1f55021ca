"""Rows of a CSV file: the one place where they are written.

A spreadsheet takes for a formula what begins with a sign: in a cell, and also within one, where it
parts cells by another character than we do (in Russian and Bulgarian by ``;``) and so heeds no
quotes of ours. What people wrote gets an apostrophe before each such sign (OWASP, CSV injection).
Amounts and numbers stay what they are.
"""

import csv
import re
from collections.abc import Iterable, Sequence
from io import StringIO

from billing_panel.kernel.money import Money

# Spreadsheets read UTF-8 where they see this.
MARK = "\N{BYTE ORDER MARK}"
# as they are typed, full-width, small, and the minus of mathematics
SIGNS = "=+@＝＋－＠﹢﹣﹦﹫−-"
# what may part cells, and what is skipped before a cell's first character
BREAK, SKIPPED = r"^|[;,\t\n\v\f\r\x85\u2028\u2029]", r"[\s\"\u200b-\u200f\u2060\ufeff]*+"
FORMULA = re.compile(rf"(?:{BREAK}){SKIPPED}(?=[{SIGNS}])")

Cell = str | int | Money | None


def csv_rows(rows: Iterable[Sequence[Cell]]) -> str:
    written = StringIO()
    csv.writer(written).writerows([[_written(cell) for cell in row] for row in rows])
    return written.getvalue()


def harmless(words: str) -> str:
    """``words``, in which no spreadsheet finds a formula."""
    led = f"'{words}" if words.startswith(("\t", "\r")) else words
    return FORMULA.sub(r"\g<0>'", led)


def _written(cell: Cell) -> str:
    if cell is None:
        return ""
    return harmless(cell) if isinstance(cell, str) else str(cell)
