"""The database is opened only with settings that keep acknowledged commits."""

import threading
from contextlib import closing
from typing import Any

import psycopg
import pytest
from sqlalchemy import make_url, text
from sqlalchemy.exc import DBAPIError, IntegrityError

from billing_panel.accounts.companies.provider_models import Provider
from billing_panel.kernel.database.database import Database
from billing_panel.kernel.database.engines import postgresql_engine
from billing_panel.kernel.database.engines.safe_settings import UnsafeSettings
from billing_panel.kernel.database.engines.sqlite_engine import SQLITE_SETTINGS
from billing_panel.kernel.database.unavailable import Unavailable
from tests.world import World

pytestmark = pytest.mark.every_case

only_sqlite = pytest.mark.parametrize("engine", ["sqlite"])
only_postgresql = pytest.mark.parametrize("engine", ["postgresql"])


@only_sqlite
def test_sqlite_runs_with_the_safe_settings(demo_url: str) -> None:
    database = Database(demo_url)
    with database.reading() as session:
        found = {name: session.scalar(text(f"PRAGMA {name}")) for name in SQLITE_SETTINGS}
    database.close()
    assert found == dict(SQLITE_SETTINGS)


def test_sqlite_that_cannot_keep_a_log_is_refused() -> None:
    database = Database("sqlite://")
    with pytest.raises(UnsafeSettings, match="journal_mode = memory"):
        database.engine.connect()
    database.close()


@only_postgresql
@pytest.mark.parametrize(
    ("setting", "value"),
    [("synchronous_commit", "off"), ("default_transaction_isolation", "serializable")],
)
def test_postgresql_that_loses_or_stalls_commits_is_refused(
    demo_url: str, setting: str, value: str
) -> None:
    weakened = make_url(demo_url).update_query_dict({"options": f"-c {setting}={value}"})
    database = Database(weakened.render_as_string(hide_password=False))
    with pytest.raises(UnsafeSettings, match=setting):
        database.engine.connect()
    database.close()


@only_postgresql
def test_columns_of_a_result_are_described_as_the_driver_does(demo_url: str) -> None:
    with closing(Database(demo_url)) as database, database.engine.connect() as connection:
        driver: Any = connection.connection.driver_connection
        for statement in ("SELECT 1 AS one, 'a' AS letter", "SELECT", "SET lock_timeout = 0"):
            with driver.cursor() as late, psycopg.Cursor(driver) as own:
                described, known = (c.execute(statement).description for c in (late, own))
                assert (described is None) is (known is None)
                assert [*map(tuple, described or ())] == [*map(tuple, known or ())]
        with driver.cursor() as late:
            columns = late.execute("SELECT 1 AS one, 'a' AS letter").description
            assert (len(columns), columns[1].name) == (2, "letter")


@only_postgresql
def test_a_connection_that_lay_idle_is_made_anew_where_its_server_is_gone(
    demo_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with closing(Database(demo_url)) as database, closing(Database(demo_url)) as other:
        end_connection(database, other)
        monkeypatch.setattr(postgresql_engine, "ASKED_AFTER_SECONDS", 0)
        with database.reading() as session:
            assert session.scalar(text("SELECT 1")) == 1


@only_postgresql
def test_who_meets_a_server_that_went_just_now_is_told_so_and_nobody_after_them(
    demo_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with closing(Database(demo_url)) as database, closing(Database(demo_url)) as other:
        end_connection(database, other)
        monkeypatch.setattr(postgresql_engine, "ASKED_AFTER_SECONDS", 3600)
        with pytest.raises(Unavailable), database.reading() as session:
            session.scalar(text("SELECT 1"))
        with database.reading() as session:
            assert session.scalar(text("SELECT 1")) == 1


def end_connection(database: Database, other: Database) -> None:
    """The server ends the one connection that ``database`` has, which lies in its pool."""
    with database.reading() as session:
        own = session.scalar(text("SELECT pg_backend_pid()"))
    with other.writing() as session:
        session.scalar(text("SELECT pg_terminate_backend(:own, 5000)"), {"own": own})


def test_a_reading_transaction_cannot_write(world: World) -> None:
    before = world.everything()
    with pytest.raises(DBAPIError), world.database.reading() as session:
        session.execute(text("UPDATE provider SET name = 'changed'"))
    assert world.everything() == before


def test_what_is_read_along_takes_no_connection_of_its_own(world: World) -> None:
    database = world.database
    with database.reading() as outer:
        with database.reading() as session, database.reading_along() as along:
            assert along is session
        with database.reading_along() as along:
            assert along is outer
    with database.reading_along() as along:
        assert along is not outer
        assert along.scalar(text("SELECT count(*) FROM provider"))


def test_a_failed_transaction_leaves_nothing(world: World) -> None:
    before = world.everything()
    with pytest.raises(IntegrityError):
        world.change(Provider, {"key": "nordvik"}, name="changed", key="sever")
    assert world.everything() == before


def test_a_snapshot_sees_one_moment_and_writes_nothing(world: World) -> None:
    names = text("SELECT name FROM provider WHERE key = 'nordvik'")
    with world.database.snapshot() as session:
        before = session.scalar(names)
        world.change(Provider, {"key": "nordvik"}, name="changed meanwhile")
        assert session.scalar(names) == before != "changed meanwhile"
    after = world.everything()
    with pytest.raises(DBAPIError), world.database.snapshot() as session:
        session.execute(text("UPDATE provider SET name = 'changed'"))
    assert world.everything() == after


@only_sqlite
def test_writers_on_sqlite_wait_for_each_other(world: World) -> None:
    entered = threading.Event()
    order: list[str] = []

    def second() -> None:
        entered.wait()
        with world.database.writing():
            order.append("second")

    waiting = threading.Thread(target=second)
    waiting.start()
    with world.database.writing():
        entered.set()
        waiting.join(timeout=0.2)
        order.append("first")
    waiting.join()
    assert order == ["first", "second"]
