"""A register as a table in a file: all of its rows, read and sent a chunk at a time."""

from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from enum import Enum

from billing_panel.kernel.database.database import Database
from billing_panel.kernel.files.csv_rows import SheetCell, SheetRow
from billing_panel.kernel.language.text import say, text
from billing_panel.kernel.values.money import Money
from plugins.finance.registers.register import Asked, Column, Register, Row

# read and sent together
CHUNK = 500
PROVIDER = Column("provider", text("Provider"))
CURRENCY = text("Currency")


def file_name(register: Register, asked: Asked) -> str:
    """``sales-nordvik-2026-11-01-2026-11-30``."""
    only = [asked.providers[0].key] if len(asked.providers) == 1 else []
    first = asked.days.first if register.dated else None
    days = [f"{day}" for day in (first, asked.days.last) if day]
    return "-".join([register.key, *only, *days])


def file_rows(
    database: Database, register: Register, asked: Asked, language: str
) -> Iterator[SheetRow]:
    """Its heading, then oldest first, a chunk a transaction: a slow reader keeps none open."""
    columns = (PROVIDER, *register.columns)
    yield [*(say(one.title, language) for one in columns), say(CURRENCY, language)]
    after: int | None = 0
    while after is not None:
        with database.reading() as session:
            rows, after = register.page(session, asked, after, CHUNK)
        for row in rows:
            yield [*(_cell(row, one, language) for one in columns), _currency(row, columns)]


def _cell(row: Row, column: Column, language: str) -> SheetCell:
    value = getattr(row, column.key)
    if value in column.words:
        return say(column.words[value], language)
    match value:
        case Enum():
            return str(value.value)
        case Decimal():
            return f"{value.normalize():f}"
        case date() if type(value) is date:
            return value.isoformat()
    cell: SheetCell = value
    return cell


def _currency(row: Row, columns: tuple[Column, ...]) -> str:
    sums = (getattr(row, one.key) for one in columns)
    return next((one.currency for one in sums if isinstance(one, Money)), "")
