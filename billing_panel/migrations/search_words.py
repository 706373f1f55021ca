"""The index of ``search_entry``: what a migration that writes many entries takes away and makes.

Made at once it takes a tenth of the time that it takes entry by entry.
"""

import click
from alembic import op
from sqlalchemy.exc import DBAPIError

FTS = (
    (
        "CREATE VIRTUAL TABLE search_words USING fts5 (words, content='search_entry',"
        " content_rowid='id', tokenize='trigram case_sensitive 1')"
    ),
    "INSERT INTO search_words (search_words) VALUES ('rebuild')",
    (
        "CREATE TRIGGER search_entry_inserted AFTER INSERT ON search_entry BEGIN"
        " INSERT INTO search_words (rowid, words) VALUES (new.id, new.words); END"
    ),
    (
        "CREATE TRIGGER search_entry_deleted AFTER DELETE ON search_entry BEGIN"
        " INSERT INTO search_words (search_words, rowid, words)"
        " VALUES ('delete', old.id, old.words); END"
    ),
    (
        "CREATE TRIGGER search_entry_updated AFTER UPDATE ON search_entry"
        " WHEN old.words <> new.words BEGIN"
        " INSERT INTO search_words (search_words, rowid, words)"
        " VALUES ('delete', old.id, old.words);"
        " INSERT INTO search_words (rowid, words) VALUES (new.id, new.words); END"
    ),
)
WITHOUT_FTS = (
    "DROP TRIGGER IF EXISTS search_entry_inserted",
    "DROP TRIGGER IF EXISTS search_entry_deleted",
    "DROP TRIGGER IF EXISTS search_entry_updated",
    "DROP TABLE IF EXISTS search_words",
)
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
    _execute(WITHOUT_TRIGRAMS if _is_postgresql() else WITHOUT_FTS)


def make_index() -> None:
    """Make it of all entries there are.

    Where PostgreSQL has no ``pg_trgm``, and whoever upgrades may not install it, it says so:
    search goes on, and is slow among very many.
    """
    if not _is_postgresql():
        _execute(FTS)
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


def _execute(statements: tuple[str, ...]) -> None:
    for statement in statements:
        op.get_bind().exec_driver_sql(statement)


def _is_postgresql() -> bool:
    return bool(op.get_bind().dialect.name == "postgresql")
