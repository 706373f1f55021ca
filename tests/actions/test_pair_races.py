"""R1: carts, stock, balances, exceptions, workflows and rights, two at once, on both databases.

The second begins before the first has committed (``tests.overtaking``), and comes to what it would
have come to afterwards. ``billing-panel check`` is clean after each (``business``).
"""

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import Any

import pytest
from sqlalchemy import select

from billing_panel.accounts.access.scope import find_provider
from billing_panel.accounts.people.client_models import ClientKind
from billing_panel.accounts.people.client_roles import ClientRole
from billing_panel.accounts.people.staff_models import Department, Staff
from billing_panel.accounts.people.user_models import User
from billing_panel.administration.catalog.change_stock import change_stock
from billing_panel.administration.catalog.change_tariff import create_tariff
from billing_panel.administration.catalog.tariff_details import PartDetails
from billing_panel.administration.clients.change_client import create_client
from billing_panel.administration.clients.change_client_terms import join_provider
from billing_panel.administration.clients.client_details import ClientDetails
from billing_panel.administration.clients.client_users import (
    ClientUserDetails,
    change_client_user,
    invite_client_user,
)
from billing_panel.administration.clients.personal_data import erase_client
from billing_panel.administration.staff.change_rights import (
    SwitchesDetails,
    set_role_functions,
    set_staff_functions,
)
from billing_panel.administration.staff.change_staff import (
    StaffDetails,
    change_staff,
    create_staff,
    staff_details,
)
from billing_panel.administration.staff.permission_matrix import version_of_role
from billing_panel.catalog.models import Tariff
from billing_panel.catalog.rules.eligibility_facts import TariffKind
from billing_panel.kernel.database.database import Database
from billing_panel.kernel.database.row_locks import lock_row
from billing_panel.ledger.models import LedgerEntry
from plugins.orders.balance.change_balance import (
    ChangeBalance,
    ReverseEntry,
    credit_balance,
    debit_balance,
    reverse_entry,
)
from plugins.orders.checkout.change_cart import (
    MAX_CART,
    AddToCart,
    LineChange,
    add_to_cart,
    change_line,
    take_out,
)
from plugins.orders.checkout.place_order import PlaceOrder, place_order
from plugins.orders.lifecycle.advance_order import AdvanceOrder, advance_order
from plugins.orders.settings.move_orders_to_status import GiveStatus, give_status
from plugins.orders.settings.move_to_newest_version import move_to_latest
from plugins.orders.settings.save_status import delete_status
from plugins.orders.settings.save_workflow_version import change_workflow, choose_workflow
from plugins.orders.store.cart_line import CartLine
from plugins.orders.store.models import Order
from plugins.orders.store.versions.workflow_store import file_of, running_version
from plugins.orders.store.workflow_models import OrderStatus
from plugins.orders.workflow.file.set_by_hand_matrix import cells, set_cells
from plugins.orders.workflow.file.workflow_edit import add_status, stand_ins
from plugins.orders.workflow.file.workflow_file import WorkflowFile
from plugins.orders.workflow.statuses.status import Status
from tests.actions.conftest import Opening
from tests.actions.test_races import count
from tests.actions.test_run_workflow import OWN, content, status_of
from tests.businesses import (
    BALANCE,
    HOSTING,
    PROVIDER,
    ROUTER,
    STOCK,
    TARIFFS,
    Business,
    opened,
    wrongs,
)
from tests.overtaking import Act, overtaking
from tests.world import World


def doing(business: Business, action: Callable[..., Any], *given: Any, by: str = "boss") -> Act:
    """``action(session, *given)`` by the boss; what it came to is its own affair."""
    actor, clock = business.actor(by), business.world.clock

    def act(database: Database) -> object:
        with database.writing() as session:
            action(session, *given, actor=actor, clock=clock)
        return "done"

    return act


def raced(business: Business, first: Act, second: Act) -> tuple[object, object]:
    return overtaking(business.world.database, first, second)


# --- carts and stock ----------------------------------------------------------------------------


@pytest.fixture
def hosting(business: Opening) -> Business:
    return business("hosting")


def fill_cart(business: Business) -> int:
    """The id of the one position put in."""
    command = AddToCart(business.client_id, PROVIDER, HOSTING)
    return int(business.act(add_to_cart, command, by="boss").id)


def test_r1_a_cart_is_ordered_as_it_is_once_it_is_locked(hosting: Business) -> None:
    changed = partial(change_line, clock=hosting.world.clock)
    taken_out = partial(take_out, clock=hosting.world.clock)

    def changing(act: Callable[..., Any], line_id: int, *more: object) -> Act:
        boss = hosting.actor("boss")

        def run(database: Database) -> object:
            with database.writing() as session:
                act(session, hosting.client_id, line_id, *more, actor=boss)
            return "done"

        return run

    order = doing(
        hosting,
        place_order,
        PlaceOrder(hosting.client_id, PROVIDER, "bank_transfer", whole_cart=True),
    )
    line_id = fill_cart(hosting)
    assert raced(hosting, changing(changed, line_id, LineChange(3)), order) == ("done", "done")
    assert newest_total(hosting) == 3 * 500
    line_id = fill_cart(hosting)
    assert raced(hosting, order, changing(changed, line_id, LineChange(3))) == (
        "done",
        "not_found",
    )
    assert newest_total(hosting) == 500
    line_id = fill_cart(hosting)
    assert raced(hosting, changing(taken_out, line_id), order) == ("done", "invalid")
    line_id = fill_cart(hosting)
    assert raced(hosting, order, changing(taken_out, line_id)) == ("done", "not_found")
    add = doing(hosting, add_to_cart, AddToCart(hosting.client_id, PROVIDER, HOSTING))
    fill_cart(hosting)
    # what is put in meanwhile is not ordered with it, and not lost
    assert raced(hosting, order, add) == ("done", "done")
    assert newest_total(hosting) == 500
    assert count(hosting.world, CartLine, client_id=hosting.client_id) == 1
    assert raced(hosting, order, order) == ("done", "invalid")


def newest_total(business: Business) -> int:
    with business.world.database.reading() as session:
        return session.scalars(select(Order.total).order_by(Order.id.desc()).limit(1)).one()


def test_r1_a_cart_is_no_fuller_than_it_may_be(hosting: Business) -> None:
    line_id = fill_cart(hosting)
    with hosting.world.database.writing() as session:
        row = session.execute(select(CartLine.__table__).filter_by(id=line_id)).one()._asdict()
        del row["id"]
        session.add_all(CartLine(**row) for _ in range(MAX_CART - 2))
    add = doing(hosting, add_to_cart, AddToCart(hosting.client_id, PROVIDER, HOSTING))
    assert raced(hosting, add, add) == ("done", "cart_full")


def test_r1_stock_moved_by_hand_and_by_orders_is_all_there(hosting: Business) -> None:
    with hosting.world.database.reading() as session:
        (router,) = session.scalars(select(Tariff.id).filter_by(key="router"))
    out = doing(hosting, change_stock, router, -STOCK, "broken")
    order = doing(hosting, place_order, hosting.command(ROUTER))
    assert raced(hosting, out, order) == ("done", "not_orderable")
    assert raced(hosting, doing(hosting, change_stock, router, 1, "found"), order) == (
        "done",
        "done",
    )
    assert hosting.stock() == 0
    assert raced(hosting, doing(hosting, change_stock, router, 1, "found"), out) == (
        "done",
        "not_so_many",
    )


def test_r1_two_who_bundle_each_others_parts_make_no_bundle_of_bundles(hosting: Business) -> None:
    def bundle(key: str, part: str) -> Act:
        parts = [PartDetails(part, 0)]
        return doing(
            hosting,
            create_tariff,
            PROVIDER,
            replace(TARIFFS[-1], key=key, components=parts, kind=TariffKind.BUNDLE),
        )

    assert raced(hosting, bundle("one", "router"), bundle("two", "one"))[1] == "invalid"


# --- money of clients ---------------------------------------------------------------------------


def test_r1_what_is_on_a_balance_is_debited_and_reversed_once(hosting: Business) -> None:
    def by_hand(action: Callable[..., Any], amount: str) -> Act:
        command = ChangeBalance(hosting.client_id, amount, "agreed", PROVIDER)
        return doing(hosting, action, command)

    debit = by_hand(debit_balance, str(BALANCE // 100))
    assert raced(hosting, debit, debit) == ("done", "insufficient_funds")
    assert raced(hosting, by_hand(credit_balance, "5"), by_hand(debit_balance, "5")) == (
        "done",
        "done",
    )
    by_hand(credit_balance, "7")(hosting.world.database)
    with hosting.world.database.reading() as session:
        entry = session.scalars(select(LedgerEntry.id).order_by(LedgerEntry.id.desc())).first()
    back = doing(hosting, reverse_entry, ReverseEntry(hosting.client_id, entry or 0, "wrong"))
    assert raced(hosting, back, back) == ("done", "already_reversed")
    assert hosting.stands().balance == 0


# --- workflows ----------------------------------------------------------------------------------


@pytest.fixture
def shop(business: Opening) -> Business:
    return business("webshop")


def reshaping(business: Business, stage: str) -> Act:
    """``on_hold`` means ``stage`` from now on."""

    def act(database: Database) -> object:
        with database.reading() as session:
            provider = find_provider(session, business.actor("boss"), PROVIDER)
            running = running_version(session, provider)
            file = file_of(running).model_dump(mode="json", by_alias=True, exclude_none=True)
        status_of(file, "on_hold").update(stage=stage, delivers=True)
        changed = WorkflowFile.model_validate(file)
        step = partial(change_workflow, seen=running.number)
        return doing(business, step, PROVIDER, changed)(database)

    return act


def test_r1_an_order_has_the_stage_its_status_has_whenever_that_was_changed(
    shop: Business,
) -> None:
    """The step waits for who changes the workflow, and the other way round; ``check`` compares."""
    for number, stages in enumerate((("new", "open"), ("new", "open"))):
        for stage in stages:
            step = doing(shop, advance_order, AdvanceOrder(shop.place(), "set", "on_hold"))
            acts = (step, reshaping(shop, stage))
            assert raced(shop, *(acts[::-1] if number else acts)) == ("done", "done")
    assert wrongs(shop.world) == []


@pytest.mark.parametrize("engine", ["postgresql"])
def test_r1_control_who_enters_a_status_without_keeping_the_workflow_has_its_old_stage(
    world: World,
) -> None:
    shop = opened(world, "webshop")
    order_id = shop.place()

    def entering(database: Database) -> object:
        with database.writing() as session:
            status = session.scalars(
                select(OrderStatus).filter_by(provider_id=shop.provider_id, key="on_hold")
            ).one()
            lock_row(session, session.get_one(Order, order_id))
            order = session.get_one(Order, order_id)
            order.status, order.stage = status, status.stage
        return "done"

    assert raced(shop, entering, reshaping(shop, "new")) == ("done", "done")
    assert "orders.statuses" in {wrong.check for wrong in wrongs(world)}


def test_r1_workflows_and_orders_that_are_moved_at_once(shop: Business) -> None:
    began = WorkflowFile.model_validate(content(shop))
    more = add_status(began, Status.model_validate(OWN))
    ways = {("new", "checked"), ("checked", "processing"), ("checked", "on_hold")}
    file = set_cells(more, cells(more) | ways)
    instead = stand_ins(file, "checked")[0].key
    old = shop.place()
    change = doing(shop, partial(change_workflow, seen=1), PROVIDER, file)
    assert raced(shop, change, change) == ("done", "changed_meanwhile")
    assert raced(shop, doing(shop, choose_workflow, PROVIDER, "desk"), change) == (
        "workflow_runs",
        "changed_meanwhile",
    )
    move = doing(shop, move_to_latest, PROVIDER, {})
    step = doing(shop, advance_order, AdvanceOrder(old, "set", "processing", version=1))
    assert raced(shop, move, step) == ("done", "stale_version")
    enter = doing(shop, advance_order, AdvanceOrder(shop.place(), "set", "checked"))
    delete = doing(shop, partial(delete_status, seen=2), PROVIDER, "checked")
    assert raced(shop, enter, delete) == ("done", "status_in_use")
    give = doing(shop, give_status, PROVIDER, GiveStatus("checked", instead, "gone"))
    again = shop.place()
    shop.put(again, "checked")
    seen = shop.order(again).version
    leave = doing(shop, advance_order, AdvanceOrder(again, "set", "processing", version=seen))
    assert raced(shop, give, leave) == ("done", "stale_version")
    enter = doing(shop, advance_order, AdvanceOrder(shop.place(), "set", "checked"))
    assert raced(shop, delete, enter) == ("done", "transition_refused")


# --- rights and users ---------------------------------------------------------------------------


def test_r1_two_owners_who_disable_each_other_leave_one(world: World) -> None:
    here, owner = Business(world), world.actor("owner")
    with world.database.writing() as session:
        details = StaffDetails("second", "Second", owner=True)
        second = create_staff(session, details, actor=owner, clock=world.clock)
        first = session.get_one(Staff, owner.staff_id)
        mine = replace(staff_details(first, owner), disabled=True)
        others = replace(details, disabled=True)
    acts = (
        doing(here, change_staff, second.id, others, by="owner"),
        doing(here, change_staff, first.id, mine, by="second"),
    )
    assert overtaking(world.database, *acts) == ("done", "last_owner")


def test_r1_nobody_switches_for_who_has_just_become_an_owner(world: World) -> None:
    here, owner = Business(world), world.actor("owner")
    with world.database.reading() as session:
        georgi = session.scalars(select(Staff).join(User).filter_by(login="georgi")).one()
        promoted = replace(staff_details(georgi, owner), owner=True)
    promote = doing(here, change_staff, georgi.id, promoted, by="owner")
    switch = doing(
        here,
        partial(set_staff_functions, known=world.panel.known),
        georgi.id,
        SwitchesDetails({next(iter(owner.functions)): False}),
        by="owner",
    )
    assert overtaking(world.database, promote, switch) == ("done", "owner")


def test_r1_of_two_who_switch_a_department_the_second_is_told(world: World) -> None:
    here = Business(world)
    with world.database.reading() as session:
        department = session.scalars(select(Department).order_by(Department.id)).first()
        assert department is not None
        version = version_of_role(session, department.id)
    seen = partial(set_role_functions, known=world.panel.known, version=version)
    switch = doing(here, seen, department.id, [], by="owner")
    assert overtaking(world.database, switch, switch) == ("done", "stale_version")


def test_r1_two_owners_of_a_client_who_demote_each_other_leave_one(world: World) -> None:
    here, stoyanova = Business(world), world.client_id("stoyanova")
    details = ClientUserDetails("second.owner", ClientRole.OWNER)
    doing(here, invite_client_user, stoyanova, details, by="owner")(world.database)

    def demoting(login: str) -> Act:
        with world.database.reading() as session:
            user = session.scalars(select(User).filter_by(login=login)).one()
        less = ClientUserDetails(login, ClientRole.VIEWER, user.language)
        return doing(here, change_client_user, stoyanova, user.id, less, by="owner")

    acts = demoting("second.owner"), demoting("stoyanova")
    assert overtaking(world.database, *acts) == ("done", "last_owner")


def test_r1_nothing_is_written_of_somebody_who_is_being_forgotten(world: World) -> None:
    here = Business(world)
    with world.database.writing() as session:
        client = create_client(
            session,
            ClientDetails("forgotten", "Forgotten", ClientKind.PERSON, "BG"),
            provider="nordvik",
            actor=world.actor("owner"),
            clock=world.clock,
        )
    erase = doing(here, erase_client, client.id, world.panel.client_records, by="owner")
    invited = ClientUserDetails("their.new.user")
    others = (
        doing(here, invite_client_user, client.id, invited, by="owner"),
        doing(here, join_provider, client.id, "sever", by="owner"),
        erase,
    )
    for number, other in enumerate(others):
        told = overtaking(world.database, erase, other)
        assert told == (("done" if number == 0 else "client_erased"), "client_erased")
    assert wrongs(world) == []
