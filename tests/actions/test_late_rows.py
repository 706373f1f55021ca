"""What is written late is written whole or not at all; what is read together is as it is alone."""

from collections import Counter
from collections.abc import Sequence
from contextlib import suppress
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from billing_panel.accounts.access.load_actors import console
from billing_panel.catalog.models import Tariff
from billing_panel.kernel.database.batched_reads import rows_of
from billing_panel.kernel.database.rows_written_at_commit import savepoint, undone, write_late
from billing_panel.kernel.language.errors import Refused
from billing_panel.kernel.language.text import text
from billing_panel.kernel.tables.event_log import Event, record
from plugins.orders.checkout.place_order import ALL_TO_PLACE
from tests.world import World, line

pytestmark = pytest.mark.every_case

CLIENT = "stoyanova"


def happen(session: Session, world: World, subject: int) -> None:
    at = world.clock.now()
    record(session, "test.happened", actor=console(()), at=at, subject=("test", subject))


def happened(session: Session) -> Sequence[int]:
    return session.scalars(
        select(Event.subject_id).filter_by(kind="test.happened").order_by(Event.id)
    ).all()


def test_what_was_left_in_a_savepoint_goes_with_it(world: World) -> None:
    with world.database.writing() as session:
        happen(session, world, 1)
        with suppress(Refused), savepoint(session):
            happen(session, world, 2)
            raise Refused(text("No."), code="no")
        with savepoint(session):
            happen(session, world, 3)
        with undone(session):
            happen(session, world, 4)
            write_late(session)
            assert happened(session) == [1, 3, 4]
            happen(session, world, 5)
        happen(session, world, 6)
    with world.database.reading() as session:
        assert happened(session) == [1, 3, 6]


def test_what_was_left_before_a_savepoint_stays_though_it_was_written_inside(world: World) -> None:
    with world.database.writing() as session:
        happen(session, world, 1)
        with suppress(Refused), savepoint(session):
            happen(session, world, 2)
            write_late(session)
            happen(session, world, 3)
            raise Refused(text("No."), code="no")
        with savepoint(session):
            happen(session, world, 4)
            write_late(session)
    with world.database.reading() as session:
        assert happened(session) == [1, 4]


def test_what_is_refused_leaves_nothing(world: World) -> None:
    before = world.everything()
    with suppress(Refused), world.database.writing() as session:
        happen(session, world, 1)
        raise Refused(text("No."), code="no")
    assert world.everything() == before


def test_statements_read_together_give_what_each_gives_alone(world: World) -> None:
    world.place("maria", world.order(CLIENT, line("web-start", "1 month"), line("sfp-10g", "once")))
    with world.database.reading() as session:
        ids = session.scalars(select(Tariff.id)).all()
        provider_id = session.scalars(select(Tariff.provider_id)).first()
        pair = {"client_id": world.client_id(CLIENT), "provider_id": provider_id, "besides": 0}
        values = {**pair, "ids": ids}
        together = ALL_TO_PLACE.read(session, values)
        for statement in ALL_TO_PLACE.statements:
            alone, found = rows_of(session, statement, values), together.of(statement)
            assert _told(alone) == _told(found)
            assert [row._fields for row in found[:1]] == [row._fields for row in alone[:1]]


def _told(rows: Sequence[Any]) -> Counter[str]:
    """In no order; PostgreSQL adds up to a number of another type."""
    return Counter(str([str(value) for value in row]) for row in rows)
