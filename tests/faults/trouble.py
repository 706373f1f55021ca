"""Databases in trouble: locked by somebody else, gone for a while, full."""

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
from sqlalchemy import make_url

from billing_panel.kernel.database.column_types import Base
from billing_panel.kernel.database.database import Database


@contextmanager
def locked(url: str) -> Iterator[None]:
    """Somebody else writes all the time; reading is possible."""
    address = make_url(url)
    if address.get_backend_name() == "sqlite":
        with Path(f"{address.database}.writer").open("w") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            yield
        return
    with _connected(url) as other, other.transaction():
        for table in Base.metadata.sorted_tables:
            other.execute(f'LOCK TABLE "{table.name}" IN EXCLUSIVE MODE')
        yield


@contextmanager
def gone(url: str) -> Iterator[None]:
    """The file is away, or the server ends all connections and takes no new one."""
    address = make_url(url)
    if address.get_backend_name() == "sqlite":
        path, elsewhere = Path(str(address.database)), Path(f"{address.database}.away")
        path.rename(elsewhere)
        try:
            yield
        finally:
            elsewhere.rename(path)
        return
    name = address.database
    with _connected(url, database="postgres") as server:
        server.autocommit = True
        server.execute(f'ALTER DATABASE "{name}" ALLOW_CONNECTIONS false')
        server.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s", [name]
        )
        try:
            yield
        finally:
            server.execute(f'ALTER DATABASE "{name}" ALLOW_CONNECTIONS true')


@contextmanager
def full(database: Database) -> Iterator[None]:
    """SQLite's log is on a full device; PostgreSQL says what it says with a full disk."""
    url = database.url.render_as_string(hide_password=False)
    if database.is_sqlite:
        # the last connection to close takes the log along
        database.close()
        log = Path(f"{database.url.database}-wal")
        log.symlink_to("/dev/full")
        yield
        database.close()
        log.unlink(missing_ok=True)
        return
    with _connected(url) as server:
        server.autocommit = True
        server.execute(
            "CREATE FUNCTION no_room() RETURNS trigger LANGUAGE plpgsql AS"
            " $$ BEGIN RAISE EXCEPTION 'No space left' USING ERRCODE = '53100'; END $$"
        )
        for table in Base.metadata.sorted_tables:
            server.execute(
                f'CREATE TRIGGER no_room BEFORE INSERT OR UPDATE ON "{table.name}"'
                " FOR EACH ROW EXECUTE FUNCTION no_room()"
            )
        yield
        server.execute("DROP FUNCTION no_room() CASCADE")


def _connected(url: str, **other: str) -> "psycopg.Connection[tuple[object, ...]]":
    address = make_url(url).set(drivername="postgresql", **other)  # type: ignore[arg-type]
    return psycopg.connect(address.render_as_string(hide_password=False))
