"""The log is only added to, and the chain tells of every change made behind its back."""

from collections.abc import Callable

import pytest
from sqlalchemy import delete, select, text, update
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from billing_panel.accounts.access.load_actors import console
from billing_panel.audit.extend_hash_chain import head_of, seal_events
from billing_panel.audit.hash_chain import Broken
from billing_panel.audit.hash_chain_models import EventSeal
from billing_panel.audit.verify_chain import Proof, verify
from billing_panel.kernel.database.rows_written_at_commit import write_late
from billing_panel.kernel.tables.event_log import Event, record
from billing_panel.kernel.values.actor import ActorKind
from tests.world import World, line

pytestmark = pytest.mark.every_case

only_postgresql = pytest.mark.parametrize("engine", ["postgresql"])
Change = Callable[[Session], object]


def prove(world: World, kept: str | None = None) -> Proof:
    with world.database.reading() as session:
        return verify(session, kept=kept)


def happen(session: Session, world: World, number: int = 1) -> None:
    for subject in range(number):
        record(
            session,
            "test.happened",
            actor=console(world.panel.known),
            at=world.clock.now(),
            subject=("test", subject),
            words={"reason": "because"},
        )
    write_late(session)


def last_event(world: World) -> int:
    with world.database.reading() as session:
        return session.scalars(select(Event.id).order_by(Event.id.desc()).limit(1)).one()


def behind_the_back(world: World, change: Change) -> None:
    """What somebody with the password of the database can do."""
    with world.database.writing() as session:
        found = (
            "SELECT name, tbl_name FROM sqlite_master WHERE type = 'trigger'"
            if world.database.is_sqlite
            else "SELECT tgname, tgrelid::regclass FROM pg_trigger WHERE NOT tgisinternal"
        )
        for name, table in session.execute(text(found)).all():
            of = "" if world.database.is_sqlite else f" ON {table}"
            session.execute(text(f"DROP TRIGGER {name}{of}"))
        change(session)


@pytest.fixture
def sealed(world: World) -> int:
    """The id in the middle of three events, all sealed."""
    with world.database.writing() as session:
        happen(session, world, 3)
    seal_events(world.database)
    return last_event(world) - 1


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE event SET kind = 'other'",
        "UPDATE event SET facts = '{}'",
        "UPDATE event SET personal = '{}'",
        "UPDATE event SET personal_digest = NULL",
        "DELETE FROM event WHERE id = 1",
        "UPDATE event_seal SET hash = ''",
        "DELETE FROM event_seal",
    ],
)
@pytest.mark.usefixtures("sealed")
def test_the_database_refuses_to_change_the_log(world: World, statement: str) -> None:
    before = world.everything()
    with pytest.raises(DBAPIError, match="append-only"), world.database.writing() as session:
        session.execute(text(statement))
    assert world.everything() == before


def test_all_that_happened_is_sealed_once_and_proven(world: World) -> None:
    first = seal_events(world.database)
    assert first.number == prove(world).sealed > 0
    world.place("maria", world.order("stoyanova", line("web-start", "1 month")))
    assert prove(world).unsealed > 0
    second = seal_events(world.database)
    assert second.number > 0
    assert prove(world, kept=first.head.hash) == prove(world, kept=second.head.hash)
    assert prove(world).unsealed == seal_events(world.database).number == 0


def test_more_than_one_page_is_sealed_and_proven(world: World) -> None:
    with world.database.writing() as session:
        happen(session, world, 2100)
    assert seal_events(world.database).number > 2100
    assert prove(world).unsealed == 0


def changed(event_id: int) -> Change:
    return lambda session: session.execute(
        update(Event).where(Event.id == event_id).values(user_id=1)
    )


def deleted(event_id: int) -> Change:
    return lambda session: session.execute(delete(Event).where(Event.id == event_id))


def reworded(event_id: int) -> Change:
    words = {"salt": "", "address": "192.0.2.1", "words": {"reason": "another"}}
    return lambda session: session.execute(
        update(Event).where(Event.id == event_id).values(personal=words)
    )


def forgotten(event_id: int) -> Change:
    return lambda session: session.execute(
        update(Event).where(Event.id == event_id).values(personal=None)
    )


@pytest.mark.parametrize("change", [changed, deleted, reworded, forgotten])
def test_the_event_that_was_touched_is_named(
    world: World, sealed: int, change: Callable[[int], Change]
) -> None:
    prove(world)
    behind_the_back(world, change(sealed))
    with pytest.raises(Broken) as broken:
        prove(world)
    assert broken.value.message.values == {"id": sealed}


def numbered(world: World, event_id: int) -> Event:
    """An event with an id of its own choosing."""
    return Event(
        id=event_id,
        at=world.clock.now(),
        kind="test.happened",
        actor_kind=ActorKind.SYSTEM,
        subject_kind="test",
        subject_id=1,
        facts={},
    )


def test_an_event_put_into_the_sealed_range_is_named(world: World, sealed: int) -> None:
    gap = sealed + 5
    with world.database.writing() as session:
        # numbers between were drawn by transactions that failed
        session.add(numbered(world, gap + 5))
        if not world.database.is_sqlite:
            session.execute(text(f"SELECT setval('event_id_seq', {gap + 5})"))
    seal_events(world.database)
    assert prove(world).head.event_id == gap + 5
    behind_the_back(world, lambda session: session.add(numbered(world, gap)))
    with pytest.raises(Broken) as broken:
        prove(world)
    assert broken.value.message.values == {"id": gap}


def test_an_end_that_was_cut_off_does_not_have_the_head_that_was_kept(
    world: World, sealed: int
) -> None:
    kept = prove(world).head.hash

    def cut(session: Session) -> None:
        session.execute(delete(EventSeal).where(EventSeal.event_id >= sealed))
        session.execute(delete(Event).where(Event.id >= sealed))

    behind_the_back(world, cut)
    assert prove(world).head.event_id == sealed - 1
    with pytest.raises(Broken, match="hash you kept"):
        prove(world, kept=kept)


def test_a_chain_made_anew_over_changed_events_does_not_have_it_either(
    world: World, sealed: int
) -> None:
    kept = prove(world).head.hash

    def forge(session: Session) -> None:
        session.execute(delete(EventSeal))
        changed(sealed)(session)

    behind_the_back(world, forge)
    seal_events(world.database)
    prove(world)
    with pytest.raises(Broken, match="hash you kept"):
        prove(world, kept=kept)


@only_postgresql
def test_what_commits_late_is_waited_for_and_skipped_by_nobody(world: World) -> None:
    seal_events(world.database)
    before = prove(world).sealed
    with world.database.writing() as slow:
        happen(slow, world)
        slow.flush()
        with world.database.writing() as quick:
            happen(quick, world)
        # the higher id is visible, the lower one not yet
        assert prove(world).unsealed == 1
        assert seal_events(world.database).number == 0
        assert seal_events(world.database).number == 0
        with world.database.writing() as third:
            happen(third, world)
        assert seal_events(world.database).number == 0
    assert seal_events(world.database).number == 3
    assert prove(world).sealed == before + 3


@only_postgresql
def test_under_load_what_was_written_before_the_last_look_is_sealed(world: World) -> None:
    seal_events(world.database)
    with world.database.writing() as first:
        happen(first, world)
        first.flush()
        assert seal_events(world.database).number == 0
    with world.database.writing() as second:
        happen(second, world)
        second.flush()
        assert seal_events(world.database).number == 1
        with world.database.reading() as session:
            assert head_of(session).event_id < last_event(world) + 1
    assert seal_events(world.database).number == 1
    prove(world)


@only_postgresql
def test_a_writer_that_fails_holds_nobody_up(world: World) -> None:
    seal_events(world.database)
    with world.database.writing() as session:
        happen(session, world)
        session.flush()
        session.rollback()
    with world.database.writing() as session:
        happen(session, world)
    assert seal_events(world.database).number == 1
    prove(world)
