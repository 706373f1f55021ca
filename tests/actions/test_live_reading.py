"""The log is read from a place on: nothing is skipped, whoever commits late."""

from collections.abc import Sequence
from contextlib import ExitStack

import pytest
from sqlalchemy import BigInteger, Column, MetaData, Table, insert, select
from sqlalchemy.orm import Session

from billing_panel.kernel.database.rows_written_at_commit import write_late
from billing_panel.kernel.extension.feed_sources import Addressed, FeedSource
from billing_panel.kernel.tables.event_log import Event, record
from billing_panel.live.feed_cursor import Cursor
from billing_panel.live.log_reader import Gaps, LoggedEvent, newest, read_on
from tests.conftest import NOON
from tests.world import World

ON_POSTGRESQL = pytest.mark.parametrize("engine", ["postgresql"])
KIND = "demo.loaded"


def write(world: World, session: Session) -> int:
    record(session, KIND, actor=world.actor("owner"), at=NOON, subject=("provider", 1))
    write_late(session)
    last = select(Event.id).order_by(Event.id.desc()).limit(1)
    return session.scalars(last).one()


class Writing:
    """A transaction that has written ``event`` and is under way; two may be so at once."""

    def __init__(self, world: World) -> None:
        self.stack = ExitStack()
        self.event = write(world, self.stack.enter_context(world.database.writing()))

    def commit(self) -> int:
        self.stack.close()
        return self.event

    def take_back(self) -> None:
        with pytest.raises(RuntimeError), self.stack:
            raise RuntimeError("as if somebody had made a mistake")


class Reader:
    """Reads on as the feed does."""

    def __init__(self, world: World, sources: Sequence[FeedSource] = ()) -> None:
        self.world = world
        self.sources = sources
        self.gaps = Gaps()
        with world.database.snapshot() as session:
            self.cursor = newest(session, sources)

    def look(self) -> list[int]:
        with self.world.database.snapshot() as session:
            reading = read_on(session, self.cursor, self.sources)
            self.cursor = self.gaps.settled(reading.cursor)
            self.gaps.look(session, self.cursor)
        return [one.what.id for one in reading.passed]

    def waits(self) -> bool:
        return self.cursor.has_holes


def by_the_highest_id(world: World, after: int) -> list[int]:
    """The negative control: what a reader gets who remembers no more than the last id."""
    with world.database.reading() as session:
        return list(session.scalars(select(Event.id).where(Event.id > after).order_by(Event.id)))


@ON_POSTGRESQL
def test_an_event_that_is_committed_late_is_read_once(world: World) -> None:
    reader = Reader(world)
    earlier, later = Writing(world), Writing(world)
    second = later.commit()
    assert reader.look() == [second]
    assert reader.look() == []
    first = earlier.commit()
    assert first < second
    assert by_the_highest_id(world, second) == []
    assert reader.look() == [first]
    assert reader.look() == []
    assert not reader.waits()


@ON_POSTGRESQL
def test_whoever_comes_back_with_the_cursor_of_then_is_given_what_came_late(world: World) -> None:
    reader = Reader(world)
    earlier, later = Writing(world), Writing(world)
    later.commit()
    reader.look()
    as_of_then = reader.cursor
    first = earlier.commit()
    with world.database.snapshot() as session:
        reading = read_on(session, as_of_then, ())
    assert [one.what.id for one in reading.passed] == [first]


@ON_POSTGRESQL
def test_a_page_made_while_somebody_writes_goes_on_with_what_they_write(world: World) -> None:
    earlier, later = Writing(world), Writing(world)
    second = later.commit()
    reader = Reader(world)
    assert reader.cursor.log.high == second
    first = earlier.commit()
    assert reader.look() == [first]


@ON_POSTGRESQL
def test_a_hole_is_forgotten_once_whoever_could_fill_it_has_ended(world: World) -> None:
    reader = Reader(world)
    earlier, later = Writing(world), Writing(world)
    later.commit()
    reader.look()
    # it may still come
    assert [reader.look(), reader.look()] == [[], []]
    assert reader.waits()
    earlier.take_back()
    # somebody else who writes meanwhile holds nothing up
    another = Writing(world)
    reader.look()
    reader.look()
    assert not reader.waits()
    assert another.commit() in reader.look()


@ON_POSTGRESQL
def test_what_is_addressed_to_people_is_read_in_the_same_way(world: World) -> None:
    rows = Table("addressed", MetaData(), Column("id", BigInteger, primary_key=True))
    rows.create(world.database.engine)

    def write(*numbers: int) -> None:
        with world.database.writing() as session:
            session.execute(insert(rows), [{"id": number} for number in numbers])

    def after(session: Session, number: int, limit: int) -> list[Addressed]:
        query = select(rows.c.id).where(rows.c.id > number).order_by(rows.c.id).limit(limit)
        return [Addressed(found, 1, {}) for found in session.scalars(query)]

    write(1, 2, 5)
    reader = Reader(world, [FeedSource("notice", rows.c.id, after)])
    assert str(reader.cursor).endswith("~notice.5_3-4")
    write(3, 7)
    assert reader.look() == [3, 7]
    write(6)
    assert reader.look() == [6]
    # of 4 nobody knows any more
    reader.look()
    assert reader.cursor.sources["notice"].holes == ()


@pytest.mark.every_case
def test_each_item_carries_the_cursor_of_whoever_has_received_it(world: World) -> None:
    with world.database.snapshot() as session:
        before = newest(session, ())
    with world.database.writing() as session:
        ids = [write(world, session) for _ in range(5)]
    with world.database.snapshot() as session:
        all_of_it = read_on(session, before, ()).passed
        assert [one.what.id for one in all_of_it] == ids
        for number, one in enumerate(all_of_it, 1):
            rest = read_on(session, one.cursor, ()).passed
            assert [other.what.id for other in rest] == ids[number:]


@pytest.mark.every_case
def test_what_is_much_is_read_in_parts(world: World) -> None:
    cursor = Cursor()
    found: list[int] = []
    more = True
    while more:
        with world.database.snapshot() as session:
            reading = read_on(session, cursor, (), limit=7)
        found += [one.what.id for one in reading.passed if isinstance(one.what, LoggedEvent)]
        cursor, more = reading.cursor, reading.more
    with world.database.reading() as session:
        assert found == list(session.scalars(select(Event.id).order_by(Event.id)))
