"""The index of ``search_entry``: what a migration that writes many entries takes away and makes.

Made at once it takes a tenth of the time that it takes entry by entry.
"""

import click
from alembic import op
from sqlalchemy.exc import DBAPIError

from billing_panel.kernel.tables.numbers_in_words import shortened
from billing_panel.kernel.tables.search_entries import SUBJECT_BITS, first_id

# each has an index of its own: in one of all kinds every look-up in a small kind would step over
# what the largest has of the same letters
KINDS = ("order", "order_written", "payment", "document", "client", "client_contacts", "tariff")
# it keeps no copy of the words, which stand in ``search_entry``, and no counts of them
FTS = (
    (
        "CREATE VIRTUAL TABLE {index} USING fts5 (words, content='', columnsize=0,"
        " tokenize='trigram case_sensitive 1')"
    ),
    (
        "INSERT INTO {index} (rowid, words) SELECT subject_id, words FROM search_entry"
        " WHERE id BETWEEN {first} AND {last} ORDER BY id"
    ),
    (
        "CREATE TRIGGER {index}_inserted AFTER INSERT ON search_entry WHEN new.kind = '{kind}'"
        " BEGIN INSERT INTO {index} (rowid, words) VALUES (new.subject_id, new.words); END"
    ),
    (
        "CREATE TRIGGER {index}_deleted AFTER DELETE ON search_entry WHEN old.kind = '{kind}'"
        " BEGIN INSERT INTO {index} ({index}, rowid, words)"
        " VALUES ('delete', old.subject_id, old.words); END"
    ),
    (
        "CREATE TRIGGER {index}_updated AFTER UPDATE ON search_entry"
        " WHEN new.kind = '{kind}' AND old.words <> new.words"
        " BEGIN INSERT INTO {index} ({index}, rowid, words)"
        " VALUES ('delete', old.subject_id, old.words);"
        " INSERT INTO {index} (rowid, words) VALUES (new.subject_id, new.words); END"
    ),
)
WITHOUT_FTS = (
    "DROP TRIGGER IF EXISTS {index}_inserted",
    "DROP TRIGGER IF EXISTS {index}_deleted",
    "DROP TRIGGER IF EXISTS {index}_updated",
    "DROP TABLE IF EXISTS {index}",
)
# PostgreSQL keeps, of the part of each kind, statistics and an index of its own
PART = "CREATE TABLE {index} PARTITION OF search_entry FOR VALUES FROM ('{first}') TO ('{beyond}')"
IS_IN_PARTS = "SELECT relkind = 'p' FROM pg_class WHERE oid = 'search_entry'::regclass"
# what waits in a list to be sorted in would be read through by every search
TRIGRAMS = (
    "CREATE EXTENSION IF NOT EXISTS pg_trgm",
    (
        "CREATE INDEX ix_search_entry_words ON search_entry USING gin (words gin_trgm_ops)"
        " WITH (fastupdate = off)"
    ),
)
WITHOUT_TRIGRAMS = ("DROP INDEX IF EXISTS ix_search_entry_words",)


def drop_index() -> None:
    """Take the index away, if it is there."""
    if _is_postgresql():
        _execute(WITHOUT_TRIGRAMS)
        return
    for kind in KINDS:
        _execute(_of_kind(WITHOUT_FTS, kind))


def make_index() -> None:
    """Make it of all entries there are.

    Where PostgreSQL has no ``pg_trgm``, and whoever upgrades may not install it, it says so:
    search goes on, and is slow among very many.
    """
    if not _is_postgresql():
        _shorten_numbers()
        for kind in KINDS:
            make_index_of(kind)
        return
    try:
        with op.get_bind().begin_nested():
            _execute(TRIGRAMS)
    except DBAPIError as error:
        click.echo(
            f"Searching has no index: {str(error.orig).splitlines()[0]}. It works, but slowly once"
            " there are many orders. docs/search.md has the two statements for an administrator"
            " of the database server.",
            err=True,
        )


def make_index_of(kind: str) -> None:
    """What entries of one kind are found by: for migrations of plugins with a kind of their own.

    On PostgreSQL it fails where there are entries of the kind already.
    """
    if not _is_postgresql():
        _execute(_of_kind(FTS, kind))
    elif op.get_bind().exec_driver_sql(IS_IN_PARTS).scalar_one():
        _execute(_of_kind((PART,), kind))


def _shorten_numbers() -> None:
    """In entries that migrations wrote: as the model writes them."""
    bind = op.get_bind()
    bind.connection.create_function("shortened", 1, shortened)
    bind.exec_driver_sql("UPDATE search_entry SET words = shortened(words)")


def _of_kind(statements: tuple[str, ...], kind: str) -> tuple[str, ...]:
    first = first_id(kind)
    names = {"kind": kind, "index": f"search_words_{kind}"}
    beyond = first + (1 << SUBJECT_BITS)
    return tuple(
        one.format(**names, first=first, last=beyond - 1, beyond=beyond) for one in statements
    )


def _execute(statements: tuple[str, ...]) -> None:
    for statement in statements:
        op.get_bind().exec_driver_sql(statement)


def _is_postgresql() -> bool:
    return bool(op.get_bind().dialect.name == "postgresql")
