"""What follows events is called soon after each commit, in whatever process that was made."""

from collections.abc import Iterator
from contextlib import contextmanager
from queue import Queue

import pytest
from sqlalchemy import select

from billing_panel.kernel.database.database import Database
from billing_panel.kernel.database.rows_written_at_commit import write_late
from billing_panel.kernel.extension.background_work import Follower
from billing_panel.kernel.language.text import text as words
from billing_panel.kernel.tables.event_log import Event, record
from billing_panel.kernel.values.actor import Actor
from billing_panel.kernel.values.clock import Clock
from billing_panel.runtime import followers
from billing_panel.runtime.followers import following
from tests.conftest import NOON
from tests.world import World

pytestmark = pytest.mark.every_case
# a test that waits longer than this has failed
PATIENCE = 20
KIND = "demo.loaded"


class Reader:
    """A follower that tells the ids it has not told yet; ``fails``: so many times first."""

    def __init__(self, name: str, fails: int = 0) -> None:
        self.told: Queue[int] = Queue()
        self.last = 0
        self.fails = fails
        self.follower = Follower(name, words("Reading"), self.run)

    def run(self, database: Database, _actor: Actor, _clock: Clock) -> None:
        if self.fails:
            self.fails -= 1
            raise RuntimeError("a mistake of its own")
        with database.reading() as session:
            new = select(Event.id).filter_by(kind=KIND).where(Event.id > self.last)
            for event_id in session.scalars(new.order_by(Event.id)):
                self.told.put(event_id)
                self.last = event_id


@contextmanager
def elsewhere(world: World) -> Iterator[Database]:
    """The same database as another process has it."""
    database = Database(world.database.url.render_as_string(hide_password=False))
    yield database
    database.close()


def happen(world: World, database: Database) -> int:
    """The id of an event that was written just now."""
    with database.writing() as session:
        record(session, KIND, actor=world.actor("owner"), at=NOON, subject=("provider", 1))
        write_late(session)
        return session.scalars(select(Event.id).order_by(Event.id.desc())).first() or 0


def hears_of(reader: Reader, event_id: int) -> None:
    while reader.told.get(timeout=PATIENCE) != event_id:
        pass


def test_what_waited_and_what_another_process_commits_is_followed(world: World) -> None:
    reader = Reader("notices")
    with elsewhere(world) as database:
        waited = happen(world, database)
        with following(world.panel, [reader.follower]):
            hears_of(reader, waited)
            for _ in range(3):
                hears_of(reader, happen(world, database))


def test_a_mistake_in_one_delays_no_other_and_is_tried_again(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(followers, "PAUSE_SECONDS", 0.01)
    wrong, right = Reader("wrong", fails=3), Reader("right")
    with following(world.panel, [wrong.follower, right.follower]):
        event_id = happen(world, world.database)
        for reader in (right, wrong):
            hears_of(reader, event_id)
    assert wrong.fails == 0
