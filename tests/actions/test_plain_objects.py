"""Objects read, added and changed by statements made once are those that a session has."""

from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import Any

import pytest
from sqlalchemy import delete, select
from sqlalchemy.orm import Session
from sqlalchemy.orm.exc import StaleDataError

from benchmarks.measuring.statements import counted
from billing_panel.accounts.access.scope import find_client
from billing_panel.accounts.companies.provider_models import Logo, Provider
from billing_panel.accounts.people.client_models import Client
from billing_panel.catalog.load_eligibility_facts import tariff_rows
from billing_panel.catalog.models import Tariff
from billing_panel.kernel.database.column_types import Base
from billing_panel.kernel.database.plain_objects import add_at_once
from billing_panel.kernel.database.rows_written_at_commit import savepoint
from billing_panel.kernel.files.plain_row_values import plain_row
from billing_panel.kernel.language.errors import Refused
from billing_panel.kernel.language.text import text
from plugins.orders.checkout.place_order import place_order
from plugins.orders.lifecycle.advance_order import AdvanceOrder, advance_order
from plugins.orders.store.find_orders import find_order
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
    with world.database.reading() as session:
        shown = find_order(session, world.actor("maria"), order_id)
        assert written(shown) == read
        assert shown.claim is None
    with world.database.writing() as session:
        (order,) = orders_to_change(session, [order_id])
        assert written(order) == read


def test_an_order_that_is_placed_is_the_one_that_is_read(world: World) -> None:
    lines = line("web-start", "12 months"), line("vps-pro-4", "1 month"), line("sfp-10g", "once")
    with world.database.writing() as session:
        command = world.order("stoyanova", *lines)
        (order,) = place_order(session, command, actor=world.actor("maria"), clock=world.clock)
        placed, placed_id = written(order), order.id
        assert not session.new
    with world.database.reading() as session:
        read = written(session.get_one(Order, placed_id))
    # of these it took some out of stock
    assert {**read, "tariffs": placed["tariffs"]} == placed
    assert len(placed["lines"]) == 3
    assert placed["deadline"] is not None


def test_what_is_added_in_a_savepoint_is_taken_back_with_it(world: World) -> None:
    command = world.order("stoyanova", line("web-start", "12 months"), line("sfp-10g", "once"))
    maria = world.actor("maria")
    with world.database.writing() as session:
        with suppress(Refused), savepoint(session):
            place_order(session, command, actor=maria, clock=world.clock)
            raise Refused(text("No."), code="no")
        assert session.scalars(select(Order)).all() == []
        place_order(session, command, actor=maria, clock=world.clock)
    with world.database.reading() as session:
        (order,) = session.scalars(select(Order))
        assert len(order.lines) == 2


def test_what_an_order_shares_with_others_is_added_with_it(world: World, order_id: int) -> None:
    with world.database.writing() as session:
        order = session.get_one(Order, order_id)
        columns = {*Base.metadata.tables["orders"].columns.keys()} - {"id", "payment_state"}
        own = {name: getattr(order, name) for name in columns}
        copy = Order(**own, documents=[*order.documents])
        add_at_once(session, [copy])
        assert copy.id > order_id
        copied, shared = copy.id, [document.id for document in order.documents]
    with world.database.reading() as session:
        assert [one.id for one in session.get_one(Order, copied).documents] == shared
    assert shared


def test_objects_are_read_as_they_are_now(world: World) -> None:
    with world.database.writing() as session:
        known = session.scalars(select(Tariff).filter_by(key="web-start")).one()
        provider = session.get_one(Provider, known.provider_id)
        tariff = Base.metadata.tables["tariff"]
        session.connection().execute(
            tariff.update().where(tariff.c.id == known.id).values(category="elsewhere")
        )
        assert known.category != "elsewhere"
        rows = tariff_rows(session, provider, ["web-start"])
        assert known in rows
        assert known.category == "elsewhere"
        session.rollback()


def test_a_client_is_the_one_that_the_session_reads(world: World) -> None:
    owner = world.actor("owner")
    with world.database.reading() as session:
        ids = session.scalars(select(Client.id)).all()
    for id_ in ids:
        with world.database.reading() as session:
            read = with_memberships(find_client(session, owner, client_id=id_))
        with world.database.reading() as session:
            assert with_memberships(session.get_one(Client, id_)) == read
    assert len(ids) > 3


def with_memberships(client: Client) -> Sequence[Any]:
    return [
        plain_row(client),
        *(
            [
                plain_row(one),
                plain_row(one.provider),
                one.group and plain_row(one.group),
                one.group and sorted(m.method for m in one.group.forbidden_methods),
            ]
            for one in client.memberships
        ),
    ]


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
