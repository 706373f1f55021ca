"""R17: what is only added to is not changed by any statement, nor by whoever has only SQL."""

import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing
from datetime import date

import pytest
from sqlalchemy import Table, text
from sqlalchemy.exc import DBAPIError

from billing_panel.audit.check_append_only_tables import guards_missing
from billing_panel.audit.extend_hash_chain import seal_events
from billing_panel.kernel.database.append_only import INFO
from billing_panel.kernel.database.column_types import Base
from billing_panel.ledger.models import BooksClosing
from billing_panel.migrations.upgrade import upgrade
from invoices.document import Mark
from invoices.store.einvoice_deliveries import DocumentDelivery, SendingState
from invoices.store.models import DocumentCopy, DocumentEvent, DocumentEventKind, DocumentFile
from tests.world import World, line

pytestmark = pytest.mark.every_case

only_sqlite = pytest.mark.parametrize("engine", ["sqlite"])
only_postgresql = pytest.mark.parametrize("engine", ["postgresql"])
FAR = date(2020, 1, 31)
TABLES = [table for table in Base.metadata.sorted_tables if INFO in table.info]


@pytest.fixture
def full(world: World) -> World:
    """Something stands in each of the tables."""
    (order,) = world.place("maria", world.order("stoyanova", line("web-start", "1 month")))
    (bill,) = order.documents
    now = world.clock.now()
    with world.database.writing() as session:
        session.add_all(
            (
                BooksClosing(
                    provider_id=order.provider_id, at=now, after_entry=0, closed_on=FAR, reason=""
                ),
                DocumentEvent(document_id=bill.id, kind=DocumentEventKind.VOIDED, at=now),
                DocumentFile(document_id=bill.id, pdf=b"page", made_at=now),
                DocumentDelivery(
                    document_id=bill.id, sender="peppol", step=1, at=now, state=SendingState.HANDED
                ),
                DocumentCopy(
                    document_id=bill.id,
                    mark=Mark.VOID,
                    marked_on=now.date(),
                    pdf=b"marked",
                    made_at=now,
                ),
            )
        )
    seal_events(world.database)
    return world


@pytest.fixture
def raw(full: World) -> Iterator[sqlite3.Connection]:
    """The file itself, by a program that knows nothing of the panel's settings."""
    with closing(sqlite3.connect(full.database.url.database or "")) as connection:
        yield connection


def told(world: World) -> Sequence[str]:
    with world.database.reading() as session:
        return [str(message) for message in guards_missing(session)]


def first(raw: sqlite3.Connection, table: Table) -> dict[str, object]:
    cursor = raw.execute(f"SELECT * FROM {table.name} LIMIT 1")
    row = cursor.fetchone()
    assert row is not None
    return dict(zip((column[0] for column in cursor.description), row, strict=True))


@only_sqlite
@pytest.mark.parametrize("table", TABLES, ids=lambda table: str(table.name))
def test_r17_a_row_does_not_take_the_place_of_another(
    full: World, raw: sqlite3.Connection, table: Table
) -> None:
    before, name = full.everything(), table.name
    there = first(raw, table)
    columns, places = ", ".join(there), ", ".join("?" * len(there))
    key = next(iter(table.primary_key)).name
    same = tuple(there.values())
    for statement, values in (
        (f"INSERT OR REPLACE INTO {name} ({columns}) VALUES ({places})", same),
        (f"REPLACE INTO {name} ({columns}) VALUES ({places})", same),
        (
            (
                f"INSERT INTO {name} ({columns}) VALUES ({places})"
                f" ON CONFLICT DO UPDATE SET {key} = {key} + 1000"
            ),
            same,
        ),
        (f"INSERT OR REPLACE INTO {name} (rowid, {columns}) VALUES (1, {places})", same),
        (f"UPDATE OR REPLACE {name} SET rowid = rowid + 1", ()),
        (f"UPDATE OR REPLACE {name} SET {key} = {key} + 1", ()),
        (f"UPDATE {name} SET _rowid_ = rowid + 100000", ()),
        (f"DELETE FROM {name}", ()),
    ):
        with pytest.raises(sqlite3.DatabaseError, match="append-only"), raw:
            raw.execute(statement, values)
    assert full.everything() == before


@only_sqlite
def test_r17_nor_by_another_of_its_keys(full: World, raw: sqlite3.Connection) -> None:
    """The row in the way goes, whichever key it is in the way by."""
    before = full.everything()
    with pytest.raises(sqlite3.DatabaseError, match="append-only"), raw:
        raw.execute(
            "INSERT OR REPLACE INTO ledger_entry"
            " SELECT 999999, key, kind, at, user_id, reason, subject_kind, subject_id, day"
            " FROM ledger_entry LIMIT 1"
        )
    assert full.everything() == before


def as_replica(world: World, statement: str) -> None:
    """It is refused, though ordinary triggers are off."""
    with world.database.writing() as session:
        session.execute(text("SET LOCAL session_replication_role = replica"))
        with pytest.raises(DBAPIError, match="append-only"):
            session.execute(text(statement))
        session.rollback()


@only_postgresql
@pytest.mark.parametrize("table", TABLES, ids=lambda table: str(table.name))
def test_r17_no_role_of_a_session_and_no_truncate_goes_round_it(full: World, table: Table) -> None:
    before, name = full.everything(), table.name
    key = next(iter(table.primary_key)).name
    for statement in (
        f"UPDATE {name} SET {key} = {key} + 100000",
        f"DELETE FROM {name}",
        f"TRUNCATE {name} CASCADE",
    ):
        as_replica(full, statement)
    assert full.everything() == before


def test_r17_every_trigger_is_there_as_it_should_be(full: World) -> None:
    assert told(full) == []
    assert upgrade(full.database) == []


WEAKENED = {
    "sqlite": (
        "DROP TRIGGER posting_refuses_update",
        (
            "CREATE TRIGGER posting_refuses_update BEFORE UPDATE ON posting WHEN 0"
            " BEGIN SELECT RAISE(ABORT, 'posting is append-only'); END"
        ),
    ),
    "postgresql": ("ALTER TABLE posting DISABLE TRIGGER posting_refuses_update",),
}


def test_r17_a_trigger_that_is_gone_or_weaker_is_told_and_made_again(
    full: World, engine: str
) -> None:
    of = "" if full.database.is_sqlite else " ON event"
    with full.database.writing() as session:
        session.execute(text(f"DROP TRIGGER event_refuses_delete{of}"))
        for statement in WEAKENED[engine]:
            session.execute(text(statement))
    gone, weaker = told(full)
    assert ("event_refuses_delete" in gone, "posting_refuses_update" in weaker) == (True, True)
    assert {fault.trigger for fault in upgrade(full.database)} == {
        "event_refuses_delete",
        "posting_refuses_update",
    }
    assert told(full) == []


@only_sqlite
def test_r17_a_trigger_of_somebody_else_is_told_and_left(full: World) -> None:
    with full.database.writing() as session:
        session.execute(
            text("CREATE TRIGGER quiet BEFORE INSERT ON event BEGIN SELECT RAISE(IGNORE); END")
        )
    (foreign,) = told(full)
    assert "not one of the panel’s" in foreign
    assert [fault.foreign for fault in upgrade(full.database)] == [True]
    assert told(full) == [foreign]
