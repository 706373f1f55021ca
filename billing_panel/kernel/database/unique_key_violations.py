"""Unique keys: of two who use the same one at once, the second is told which field it is.

Whether a key is taken is asked before, so that it is told with all else that is wrong. Between that
question and the writing somebody else may take it; then the database refuses, and here its refusal
becomes ours.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from sqlite3 import SQLITE_CONSTRAINT_PRIMARYKEY, SQLITE_CONSTRAINT_UNIQUE
from sqlite3 import IntegrityError as SqliteError
from typing import Any

from sqlalchemy import Index, PrimaryKeyConstraint, Table, UniqueConstraint
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import InstrumentedAttribute, Session

from billing_panel.kernel.database.column_types import Base
from billing_panel.kernel.database.rows_written_at_commit import savepoint
from billing_panel.kernel.language.errors import DomainError, FieldError, Invalid

# what is said where the key of that column is taken
Taken = Mapping[InstrumentedAttribute[Any], FieldError | DomainError]


@contextmanager
def refusing_taken(session: Session, taken: Taken) -> Iterator[None]:
    """What is written inside, whole or not at all.

    Raises what ``taken`` says of the column whose key somebody else has, a field's error as
    Invalid; IntegrityError for whatever else the database refuses.
    """
    try:
        with savepoint(session):
            yield
    except IntegrityError as error:
        columns = violated(error)
        told = [said for column, said in taken.items() if str(column.expression) in columns]
        if not told:
            raise
        # its cause would name what was typed
        raise (told[0] if isinstance(told[0], DomainError) else Invalid([told[0]])) from None


def violated(error: IntegrityError) -> frozenset[str]:
    """The columns of the key that was there already, as ``table.column``; none: it was no key."""
    match error.orig:
        case object(sqlstate="23505", diag=diag):
            # PostgreSQL's unique_violation; its driver is imported by whoever connects to it
            return _columns(Base.metadata.tables[diag.table_name or ""], diag.constraint_name)
        case SqliteError(sqlite_errorcode=code) if code in SQLITE_UNIQUE:
            return frozenset(str(error.orig).rpartition(": ")[2].split(", "))
    return frozenset()


SQLITE_UNIQUE = {SQLITE_CONSTRAINT_UNIQUE, SQLITE_CONSTRAINT_PRIMARYKEY}


def _columns(table: Table, name: str | None) -> frozenset[str]:
    keys: list[PrimaryKeyConstraint | UniqueConstraint | Index] = [table.primary_key]
    keys += [key for key in table.constraints if isinstance(key, UniqueConstraint)]
    keys += [index for index in table.indexes if index.unique]
    return frozenset(
        f"{table.name}.{column.name}" for key in keys if key.name == name for column in key.columns
    )
