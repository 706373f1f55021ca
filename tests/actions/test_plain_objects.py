"""Objects read, added and changed by statements made once are those that a session has."""

from collections.abc import Mapping
from contextlib import suppress
from typing import Any

import pytest
from sqlalchemy import delete, select
from sqlalchemy.orm import Session
from sqlalchemy.orm.exc import StaleDataError

from benchmarks.measuring.statements import counted
from billing_panel.accounts.companies.provider_models import Logo
from billing_panel.kernel.database.column_types import Base
from billing_panel.kernel.database.rows_written_at_commit import savepoint
from billing_panel.kernel.files.plain_row_values import plain_row
from billing_panel.kernel.language.errors import Refused
from billing_panel.kernel.language.text import text
from plugins.orders.checkout.place_order import place_order
from plugins.orders.lifecycle.advance_order import AdvanceOrder, advance_order
from plugins.orders.store.models import Order
from plugins.orders.store.plain_reading.order_to_change import order_to_change, orders_to_change
from plugins.orders.store.versions.workflow_store import workflow_of
from tests.world import World, line

pytestmark = pytest.mark.every_case

ONE_OF_EACH = ("status", "payment_method", "provider", "workflow", "deadline", "membership")
SEVERAL = ("lines", "taxes", "payments", "documents")


@pytest.fixture
def order_id(world: World) -> int:
    """Of an order of several lines that is billed, and paid in part."""
    lines = line("web-start", "12 months"), line("sfp-10g", "once")
    with world.database.writing() as session:
        command = world.order("stoyanova", *lines)
        (order,) = place_order(session, command, actor=world.actor("maria"), clock=world.clock)
        placed = order.id
    with world.database.writing() as session:
        paying = AdvanceOrder(placed, "pay", fields={"payment_method": "cash", "amount": "5.00"})
        advance_order(session, paying, actor=world.actor("owner"), clock=world.clock)
    return placed


def written(order: Order) -> Mapping[str, Any]:
    """All that a step asks of it, as plain values."""
    own: dict[str, Any] = {"order": plain_row(order, "parts", "invoiced")}
    for name in (*ONE_OF_EACH, "client"):
        row = getattr(order, name)
        own[name] = None if row is None else plain_row(row)
    for name in SEVERAL:
        own[name] = [plain_row(row) for row in getattr(order, name)]
    own["tariffs"] = [plain_row(one.tariff) for one in order.lines]
    own["refunds"] = [plain_row(row) for payment in order.payments for row in payment.refunds]
    return {**own, "workflow run": workflow_of(order)}


def test_an_order_to_change_is_the_one_that_the_session_reads(world: World, order_id: int) -> None:
    with world.database.reading() as session:
        read = written(session.get_one(Order, order_id))
    assert len(read["lines"]) == 2
    assert len(read["payments"]) == 1
    with world.database.writing() as session:
        assert written(order_to_change(session, order_id)) == read
        assert not session.dirty
    with world.database.writing() as session:
        (order,) = orders_to_change(session, [order_id])
        assert written(order) == read


def test_what_the_session_knows_is_read_anew_once_it_has_forgotten(
    world: World, order_id: int
) -> None:
    with world.database.writing() as session:
        known = session.get_one(Order, order_id)
        was = known.note
        change_past(session, order_id, "Ring twice.")
        assert order_to_change(session, order_id) is known
        assert known.note == was
        session.expire_all()
        assert order_to_change(session, order_id).note == "Ring twice."


def change_past(session: Session, order_id: int, note: str) -> None:
    """The session does not hear of it."""
    orders = Base.metadata.tables["orders"]
    session.connection().execute(orders.update().where(orders.c.id == order_id).values(note=note))


def test_columns_that_changed_are_written_and_nothing_else(world: World, order_id: int) -> None:
    with world.database.writing() as session:
        order = order_to_change(session, order_id)
        order.note, order.fields, order.client = "Ring twice.", {**order.fields}, order.client
        with counted(world.database.engine) as sent:
            session.flush()
            session.flush()
        assert [one.partition("=")[0] for one in sent] == ["UPDATE orders SET note"]
        assert not session.dirty
    with world.database.reading() as session:
        assert session.get_one(Order, order_id).note == "Ring twice."


def test_what_a_savepoint_takes_back_the_object_forgets(world: World, order_id: int) -> None:
    with world.database.writing() as session:
        order = order_to_change(session, order_id)
        order.note = "Ring twice."
        with suppress(Refused), savepoint(session):
            order.note = "Do not ring."
            session.flush()
            raise Refused(text("No."), code="no")
        assert order.note == "Ring twice."
    with world.database.reading() as session:
        assert session.get_one(Order, order_id).note == "Ring twice."


def test_a_row_that_is_gone_is_no_row_changed(world: World) -> None:
    with world.database.writing() as session:
        session.add(Logo(digest="0" * 64, png=b"old"))
    with world.database.writing() as session:
        logo = session.scalars(select(Logo).filter_by(digest="0" * 64)).one()
        session.connection().execute(delete(Logo).filter_by(digest="0" * 64))
        logo.png = b"new"
        with pytest.raises(StaleDataError):
            session.flush()
        session.expunge(logo)
