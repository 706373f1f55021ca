"""R7: an end that was cut off is seen, though the chain that is left is whole."""

from collections.abc import Callable, Sequence
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import delete, text, update
from sqlalchemy.orm import Session

from billing_panel.accounts.access.load_actors import console
from billing_panel.audit.extend_hash_chain import seal_before, sealing
from billing_panel.audit.hash_chain import Broken, Head
from billing_panel.audit.hash_chain_models import EventSeal
from billing_panel.audit.verify_chain import Proof, prove
from billing_panel.audit.witness_file import Unreadable, Witness
from billing_panel.kernel.database.rows_written_at_commit import write_late
from billing_panel.kernel.tables.event_log import Event, record
from billing_panel.migrations.upgrade import upgrade
from billing_panel.runtime.jobs import run_job
from tests.world import World

pytestmark = pytest.mark.every_case

Change = Callable[[Session], object]


@pytest.fixture
def witness(tmp_path: Path) -> Witness:
    """Outside of the database; nothing was told yet."""
    return Witness(tmp_path / "elsewhere")


def happen(world: World, number: int = 3) -> int:
    """The id of the last of some events."""
    with world.database.writing() as session:
        for subject in range(number):
            record(
                session,
                "test.happened",
                actor=console(world.panel.known),
                at=world.clock.now(),
                subject=("test", subject),
            )
        write_late(session)
        return session.scalar(text("SELECT max(id) FROM event")) or 0


def seal(world: World, witness: Witness) -> Head:
    return seal_before(witness, world.database, world.clock).head


def proven(world: World, *witnesses: Witness, kept: str | None = None) -> Proof:
    return prove(world.database, witnesses, now=world.clock.now(), kept=kept)


def refused(world: World, *witnesses: Witness, kept: str | None = None) -> str:
    with pytest.raises(Broken) as broken:
        proven(world, *witnesses, kept=kept)
    return broken.value.code


def behind_the_back(world: World, *changes: Change) -> None:
    """What somebody with the password of the database can do, and who covers their tracks."""
    with world.database.writing() as session:
        found = (
            "SELECT name, tbl_name FROM sqlite_master WHERE type = 'trigger'"
            if world.database.is_sqlite
            else "SELECT tgname, tgrelid::regclass FROM pg_trigger WHERE NOT tgisinternal"
        )
        for name, table in session.execute(text(found)).all():
            of = "" if world.database.is_sqlite else f" ON {table}"
            session.execute(text(f"DROP TRIGGER {name}{of}"))
        for change in changes:
            change(session)
    upgrade(world.database)


def seals_from(event_id: int) -> Change:
    return lambda session: session.execute(delete(EventSeal).where(EventSeal.event_id >= event_id))


def events_from(event_id: int) -> Change:
    return lambda session: session.execute(delete(Event).where(Event.id >= event_id))


def changed(event_id: int) -> Change:
    return lambda session: session.execute(
        update(Event).where(Event.id == event_id).values(kind="test.other")
    )


def test_r7_what_was_told_is_in_the_chain(world: World, witness: Witness) -> None:
    happen(world)
    seal(world, witness)
    happen(world)
    head = seal(world, witness)
    assert seal(world, witness) == head
    proof = proven(world, witness)
    assert (proof.told, proof.head, proof.told_since) == (2, head, world.clock.now())


@pytest.mark.parametrize(
    ("cut", "code"),
    [
        ((seals_from, events_from), "end_cut_off"),
        ((events_from,), "chain_broken"),
        ((seals_from, changed), "end_cut_off"),
    ],
    ids=["events and seals", "events alone", "seals, and an event changed"],
)
def test_r7_an_end_that_was_cut_off_is_seen_without_a_hash_kept_by_hand(
    world: World, witness: Witness, cut: Sequence[Callable[[int], Change]], code: str
) -> None:
    last = happen(world)
    seal(world, witness)
    behind_the_back(world, *(change(last) for change in cut))
    assert refused(world, witness) == code


def test_r7_all_of_it_cut_off_is_an_end_cut_off(world: World, witness: Witness) -> None:
    happen(world)
    seal(world, witness)
    behind_the_back(world, seals_from(0), events_from(0))
    assert refused(world, witness) == "end_cut_off"


def test_r7_a_chain_made_anew_is_seen_and_tells_the_witness_nothing(
    world: World, witness: Witness
) -> None:
    last = happen(world)
    seal(world, witness)
    told = witness.path.read_bytes()
    behind_the_back(world, seals_from(0), changed(last - 1))
    happen(world)
    with pytest.raises(Broken) as broken:
        seal(world, witness)
    assert broken.value.code == "end_cut_off"
    # the worker goes on sealing, and says so in its log and on the page of jobs
    assert not run_job(world.panel, sealing(witness))
    assert witness.path.read_bytes() == told
    assert refused(world, witness) == "end_cut_off"


def test_r7_seals_alone_cut_off_are_seen_once_the_worker_should_have_sealed(
    world: World, witness: Witness
) -> None:
    last = happen(world)
    seal(world, witness)
    head = seal(world, witness)
    behind_the_back(world, seals_from(last))
    assert refused(world, witness) == "end_cut_off"
    # made again over the same events they are what they were
    assert seal(world, witness) == head
    assert proven(world, witness).head == head


def test_r7_events_nobody_sealed_in_time_are_no_proof(world: World, witness: Witness) -> None:
    seal(world, witness)
    happen(world)
    assert proven(world, witness).unsealed == 3
    world.clock.at += timedelta(minutes=11)
    assert refused(world, witness) == "not_sealed"
    seal(world, witness)
    assert proven(world, witness).unsealed == 0


def test_r7_without_a_witness_only_a_head_kept_outside_proves_the_end(
    world: World, witness: Witness
) -> None:
    happen(world)
    head = seal(world, witness)
    witness.path.unlink()
    assert refused(world, witness) == "no_witness"
    assert proven(world, witness, kept=head.hash).head == head


def test_r7_a_copy_kept_elsewhere_tells_of_both_cut(
    world: World, witness: Witness, tmp_path: Path
) -> None:
    last = happen(world)
    seal(world, witness)
    copy = Witness(tmp_path / "copy")
    copy.path.write_bytes(witness.path.read_bytes())
    behind_the_back(world, seals_from(last), events_from(last))
    witness.path.unlink()
    seal(world, witness)
    assert proven(world, witness).told == 1
    assert refused(world, witness, copy) == "end_cut_off"


def test_r7_a_line_that_is_no_head_is_named(world: World, witness: Witness) -> None:
    happen(world)
    seal(world, witness)
    with witness.path.open("ab") as file:
        file.write(b"2026-11-22T10:00:00Z 12\n")
    with pytest.raises(Unreadable, match="elsewhere, 2"):
        proven(world, witness)
    with pytest.raises(Unreadable):
        seal(world, witness)


def test_r7_a_missing_trigger_is_no_proof(world: World, witness: Witness) -> None:
    happen(world)
    seal(world, witness)
    of = "" if world.database.is_sqlite else " ON event"
    with world.database.writing() as session:
        session.execute(text(f"DROP TRIGGER event_refuses_update{of}"))
    assert refused(world, witness) == "can_be_changed"


def test_r7_heads_are_told_in_the_order_of_the_chain(witness: Witness, world: World) -> None:
    now = world.clock.now()
    assert witness.tell(Head(12, "c" * 64), now)
    assert not witness.tell(Head(10, "a" * 64), now)
    assert [told.head.event_id for told in witness.all()] == [12]
