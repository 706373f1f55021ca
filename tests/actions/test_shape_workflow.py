"""Shaping the workflow a provider runs: new versions, own statuses, and orders that live on."""

from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import select

from billing_panel.accounts.access.scope import find_provider
from billing_panel.kernel.language.errors import (
    Conflict,
    FunctionNotHeld,
    Invalid,
    NotFound,
    Refused,
)
from billing_panel.kernel.tables.event_log import Event
from plugins.orders.lifecycle.advance_order import AdvanceOrder, advance_order
from plugins.orders.lifecycle.available_steps import offers_for
from plugins.orders.settings.move_orders_to_status import GiveStatus, give_status, orders_in
from plugins.orders.settings.move_to_newest_version import move_to_latest, outdated_orders
from plugins.orders.settings.save_status import (
    StatusDetails,
    delete_status,
    save_status,
    status_details,
)
from plugins.orders.settings.save_workflow_version import change_workflow
from plugins.orders.store.models import Order
from plugins.orders.store.versions.workflow_store import (
    file_of,
    running_version,
    shipped_file,
    status_rows,
)
from plugins.orders.store.workflow_models import OrderStatus, WorkflowVersion
from plugins.orders.workflow.file.set_by_hand_matrix import cells, set_cells
from plugins.orders.workflow.file.workflow_edit import (
    add_status,
    change_status,
    moved,
    put_in_order,
    stand_ins,
    status_of,
)
from plugins.orders.workflow.file.workflow_edit import delete_status as without
from plugins.orders.workflow.file.workflow_file import WorkflowFile
from plugins.orders.workflow.statuses.stage import Shape, Stage, Tone
from plugins.orders.workflow.statuses.status import Status
from tests.world import World, codes, hold_only, line

LIST, WAYS = "orders:status_list:change", "orders:transition:change"
CHECKED = StatusDetails(
    titles={"en": "Being checked", "ru": "На проверке", "bg": "Проверява се"},
    enabled=True,
    sources=["awaiting_payment"],
    targets=["paid"],
)


CHECKED_ROW: dict[str, Any] = {
    "key": "being_checked",
    "titles": CHECKED.titles,
    "stage": Stage.OPEN,
    "tone": Tone.INFO,
    "shape": Shape.HALF,
}


def running(world: World, provider: str = "nordvik") -> tuple[int, WorkflowFile]:
    with world.database.reading() as session:
        version = running_version(session, find_provider(session, world.actor("owner"), provider))
        return version.number, file_of(version)


def change(
    world: World, file: WorkflowFile, *, login: str = "owner", seen: int | None = None
) -> int:
    number = running(world)[0] if seen is None else seen
    actor = world.actor(login)
    with world.database.writing() as session:
        how = {"actor": actor, "clock": world.clock}
        return change_workflow(session, "nordvik", file, seen=number, **how).number  # type: ignore[arg-type]


def shape(
    world: World, details: StatusDetails, key: str | None = None, *, login: str = "owner"
) -> str:
    actor = world.actor(login)
    with world.database.writing() as session:
        return save_status(session, "nordvik", key, details, actor=actor, clock=world.clock)


def give(world: World, command: GiveStatus) -> int:
    actor = world.actor("owner")
    with world.database.writing() as session:
        return give_status(session, "nordvik", command, actor=actor, clock=world.clock)


def place(world: World) -> int:
    (order,) = world.place("maria", world.order("stoyanova", line("web-start", "1 month")))
    return order.id


def set_by_hand(world: World, order_id: int, to: str) -> None:
    actor = world.actor("maria")
    with world.database.writing() as session:
        advance_order(session, AdvanceOrder(order_id, "set", to), actor=actor, clock=world.clock)


def order_of(world: World, order_id: int) -> tuple[str, Stage, int, int]:
    """Status, stage, version, and the number of the workflow's version."""
    with world.database.reading() as session:
        order = session.get_one(Order, order_id)
        return order.status.key, order.stage, order.version, order.workflow.number


def test_an_own_status_is_made_with_its_ways_and_entered(world: World) -> None:
    assert shape(world, CHECKED) == "being_checked"
    order_id = place(world)
    set_by_hand(world, order_id, "being_checked")
    assert order_of(world, order_id)[:2] == ("being_checked", Stage.OPEN)
    set_by_hand(world, order_id, "paid")
    assert order_of(world, order_id)[0] == "paid"


def test_an_order_placed_before_runs_as_it_was_promised_until_it_is_moved(world: World) -> None:
    order_id = place(world)
    shape(world, CHECKED)
    before = world.everything()
    with pytest.raises(Conflict):
        set_by_hand(world, order_id, "being_checked")
    assert world.everything() == before
    actor = world.actor("owner")
    with world.database.reading() as session:
        (row,) = outdated_orders(session, actor, "nordvik")
        assert (row.status.key, row.orders, row.is_known) == ("awaiting_payment", 1, True)
    with world.database.writing() as session:
        assert move_to_latest(session, "nordvik", {}, actor=actor, clock=world.clock) == 1
    set_by_hand(world, order_id, "being_checked")
    assert order_of(world, order_id) == ("being_checked", Stage.OPEN, 3, 2)


def test_w1_what_is_switched_off_cannot_be_entered_and_orders_in_it_can_leave(
    world: World,
) -> None:
    shape(world, CHECKED)
    inside, outside = place(world), place(world)
    set_by_hand(world, inside, "being_checked")
    change(world, change_status(running(world)[1], "being_checked", enabled=False))
    actor = world.actor("owner")
    with world.database.writing() as session:
        move_to_latest(session, "nordvik", {}, actor=actor, clock=world.clock)
    with pytest.raises(Conflict) as refusal:
        set_by_hand(world, outside, "being_checked")
    assert codes(refusal.value.reasons) == {"status_off"}
    assert order_of(world, inside)[0] == "being_checked"
    set_by_hand(world, inside, "paid")
    assert order_of(world, inside)[0] == "paid"


def test_an_order_of_an_older_version_is_not_offered_what_was_switched_off(world: World) -> None:
    shape(world, CHECKED)
    order_id = place(world)
    file = set_cells(running(world)[1], {("awaiting_payment", "paid")})
    change(world, change_status(file, "being_checked", enabled=False))

    def offered() -> dict[str, set[str]]:
        with world.database.reading() as session:
            actor = world.actor("maria")
            order = session.get_one(Order, order_id)
            offers = offers_for(session, order, actor, world.clock.now())
            return {
                offer.step.target.key: codes(offer.reasons)
                for offer in offers
                if offer.step.action == "set"
            }

    assert offered() == {"being_checked": {"status_off"}}


def test_m7_what_a_payment_leads_to_is_not_switched_off(world: World) -> None:
    before = world.everything()
    with pytest.raises(Refused) as refusal:
        change(world, change_status(running(world)[1], "paid", enabled=False))
    assert codes(refusal.value.reasons) == {"happening_stuck"}
    assert world.everything() == before


def test_w2_the_order_of_the_statuses_is_that_of_every_list(world: World) -> None:
    file = running(world)[1]
    keys = moved([status.key for status in file.status], "cancelled", -3)
    change(world, put_in_order(file, keys))
    with world.database.reading() as session:
        provider = find_provider(session, world.actor("owner"), "nordvik")
        assert [*status_rows(session, provider.id)] == keys


def test_of_two_who_change_a_workflow_the_second_is_told(world: World) -> None:
    number, file = running(world)
    assert change(world, change_status(file, "paid", tone="ok"), seen=number) == number + 1
    before = world.everything()
    with pytest.raises(Conflict) as refusal:
        change(world, change_status(file, "paid", tone="bad"), seen=number)
    assert refusal.value.code == "changed_meanwhile"
    assert world.everything() == before


def test_what_changes_nothing_makes_no_version(world: World) -> None:
    number, file = running(world)
    before = world.everything()
    assert change(world, file, seen=number) == number
    assert world.everything() == before


def test_a_workflow_that_strands_orders_is_refused_with_every_reason(world: World) -> None:
    file = running(world)[1]
    stranded = file.model_copy(update={"transition": file.transition[:2]})
    before = world.everything()
    with pytest.raises(Refused) as refusal:
        change(world, stranded)
    assert refusal.value.code == "workflow_wrong"
    assert codes(refusal.value.reasons) >= {"unreachable", "no_way_out"}
    assert world.everything() == before


def test_only_who_holds_the_function_shapes(world: World) -> None:
    number, file = running(world)
    before = world.everything()
    with pytest.raises(FunctionNotHeld):
        change(world, change_status(file, "paid", tone="ok"), login="maria", seen=number)
    actor = world.actor("maria")
    for act in (
        lambda db: save_status(db, "nordvik", None, CHECKED, actor=actor, clock=world.clock),
        lambda db: delete_status(db, "nordvik", "paid", seen=1, actor=actor, clock=world.clock),
        lambda db: give_status(
            db, "nordvik", GiveStatus("paid", "active", "x"), actor=actor, clock=world.clock
        ),
        lambda db: orders_in(db, actor, "nordvik", "paid"),
    ):
        with pytest.raises(FunctionNotHeld), world.database.writing() as session:
            act(session)
    assert world.everything() == before


def test_who_holds_the_list_alone_leaves_the_ways_between_statuses(world: World) -> None:
    """They make one switched off, names, orders, switches and deletes; no order runs otherwise."""
    hold_only(world, "maria", LIST)
    named = replace(CHECKED, enabled=False, sources=[], targets=[])
    assert shape(world, named, login="maria") == "being_checked"
    shape(world, replace(named, email_client=True), "being_checked", login="maria")
    keys = [status.key for status in running(world)[1].status]
    change(world, put_in_order(running(world)[1], moved(keys, "cancelled", -3)), login="maria")
    number, file = running(world)
    before = world.everything()
    for more in (replace(named, sources=["paid"]), replace(named, targets=["paid"])):
        with pytest.raises(FunctionNotHeld) as refusal:
            shape(world, more, "being_checked", login="maria")
        assert refusal.value.facts["function"] == WAYS
    for other in (
        set_cells(file, cells(file) | {("paid", "being_checked")}),
        file.model_copy(update={"transition": file.transition[1:]}),
    ):
        with pytest.raises(FunctionNotHeld):
            change(world, other, login="maria")
    actor = world.actor("maria")
    with pytest.raises(FunctionNotHeld), world.database.writing() as session:
        move_to_latest(session, "nordvik", {}, actor=actor, clock=world.clock)
    with pytest.raises(FunctionNotHeld), world.database.reading() as session:
        outdated_orders(session, actor, "nordvik")
    assert world.everything() == before
    with world.database.writing() as session:
        delete_status(
            session, "nordvik", "being_checked", seen=number, actor=actor, clock=world.clock
        )
    assert "being_checked" not in [status.key for status in running(world)[1].status]


def test_the_ways_of_a_status_go_with_it_when_the_list_is_changed(world: World) -> None:
    shape(world, CHECKED)
    hold_only(world, "maria", LIST)
    file = running(world)[1]
    left = without(file, "being_checked")
    before = world.everything()
    with pytest.raises(FunctionNotHeld):
        change(world, left.model_copy(update={"transition": left.transition[1:]}), login="maria")
    assert world.everything() == before
    change(world, left, login="maria")
    assert running(world)[1] == left
    assert cells(left) < cells(file)


def test_who_holds_the_transitions_alone_leaves_the_list(world: World) -> None:
    shape(world, replace(CHECKED, sources=[], targets=[], enabled=False))
    hold_only(world, "maria", WAYS)
    file = running(world)[1]
    ways = {("awaiting_payment", "being_checked"), ("being_checked", "paid")}
    change(world, set_cells(file, cells(file) | ways), login="maria")
    assert cells(running(world)[1]) == cells(file) | ways
    file = running(world)[1]
    before = world.everything()
    actor = world.actor("maria")
    for other in (
        change_status(file, "being_checked", enabled=True),
        change_status(file, "paid", stock="hold"),
        put_in_order(file, ["cancelled"]),
        without(file, "being_checked"),
    ):
        with pytest.raises(FunctionNotHeld) as refusal:
            change(world, other, login="maria")
        assert refusal.value.facts["function"] == LIST
    with pytest.raises(FunctionNotHeld), world.database.writing() as session:
        save_status(session, "nordvik", None, CHECKED, actor=actor, clock=world.clock)
    with pytest.raises(FunctionNotHeld), world.database.writing() as session:
        give_status(
            session, "nordvik", GiveStatus("paid", "active", "x"), actor=actor, clock=world.clock
        )
    assert world.everything() == before


def test_a2_giving_orders_another_status_asks_for_changing_statuses_too(world: World) -> None:
    """Issue A2: who shapes the list moves no orders by it."""
    shape(world, replace(CHECKED, sources=[], targets=[], enabled=False))
    hold_only(world, "maria", LIST)
    actor, before = world.actor("maria"), world.everything()
    command = GiveStatus("being_checked", "paid", "nobody checks any more")
    with pytest.raises(FunctionNotHeld) as refusal, world.database.writing() as session:
        give_status(session, "nordvik", command, actor=actor, clock=world.clock)
    assert refusal.value.function == "orders:status:change"
    assert world.everything() == before


def test_w1_a_predefined_status_cannot_be_deleted_nor_mean_something_else(world: World) -> None:
    actor = world.actor("owner")
    before = world.everything()
    with pytest.raises(Refused) as refusal, world.database.writing() as session:
        delete_status(session, "nordvik", "expired", seen=1, actor=actor, clock=world.clock)
    assert refusal.value.code == "predefined_status"
    with pytest.raises(Refused) as refusal:
        shape(world, CHECKED, "expired")
    assert refusal.value.code == "predefined_status"
    with pytest.raises(NotFound), world.database.writing() as session:
        delete_status(session, "nordvik", "nothing", seen=1, actor=actor, clock=world.clock)
    assert world.everything() == before


def test_25_an_own_status_has_a_title_in_one_language_which_stands_for_the_others(
    world: World,
) -> None:
    before = world.everything()
    for titles, field in (({"ru": " "}, "titles"), ({"en": "Odd", "ru": " "}, "titles.ru")):
        with pytest.raises(Invalid) as refusal:
            shape(world, StatusDetails(titles=titles))
        assert field in {error.field for error in refusal.value.errors}
        assert world.everything() == before
    key = shape(world, StatusDetails(titles={"bg": "Проверява се"}))
    file = running(world)[1]
    assert status_of(file, key).title.in_language("en") == "Проверява се"
    with pytest.raises(Invalid) as refusal:
        shape(world, replace(status_details(file, "paid"), titles={"en": "Paid up"}), "paid")
    assert [error.field for error in refusal.value.errors] == ["titles.ru", "titles.bg"]


def test_w1_an_own_status_in_use_is_deleted_once_its_orders_have_another(world: World) -> None:
    shape(world, CHECKED)
    order_id = place(world)
    set_by_hand(world, order_id, "being_checked")
    owner = world.actor("owner")
    before = world.everything()
    with pytest.raises(Refused) as refusal:
        change(world, without(running(world)[1], "being_checked"))
    assert refusal.value.code == "status_in_use"
    assert world.everything() == before

    stock = world.everything()["tariff"]
    with world.database.reading() as session:
        assert orders_in(session, owner, "nordvik", "being_checked") == 1
    assert give(world, GiveStatus("being_checked", "paid", "nobody checks any more")) == 1
    assert order_of(world, order_id) == ("paid", Stage.OPEN, 3, 2)
    assert world.everything()["tariff"] == stock
    with world.database.reading() as session:
        told = session.scalars(select(Event).filter_by(kind="order.status_given")).one()
        assert told.subject_id == order_id
        assert told.told == {
            "from": "being_checked",
            "to": "paid",
            "reason": "nobody checks any more",
            "version": 3,
        }
    change(world, without(running(world)[1], "being_checked"))
    assert running(world)[1] == shipped_file("hosting")


@pytest.mark.parametrize(
    ("instead", "reason", "field"),
    [
        ("paid", " ", "reason"),
        ("nothing", "x", "instead"),
        ("being_checked", "x", "instead"),
        # of another stage: what would have to happen on the way there would not
        ("cancelled", "x", "instead"),
        ("active", "x", "instead"),
    ],
)
def test_another_status_is_given_with_a_reason_and_only_one_like_it(
    world: World, instead: str, reason: str, field: str
) -> None:
    shape(world, CHECKED)
    set_by_hand(world, place(world), "being_checked")
    before = world.everything()
    with pytest.raises(Invalid) as refusal:
        give(world, GiveStatus("being_checked", instead, reason))
    assert [error.field for error in refusal.value.errors] == [field]
    assert world.everything() == before


def test_a_status_that_orders_are_in_does_not_end_them(world: World) -> None:
    key = shape(world, CHECKED)
    set_by_hand(world, place(world), key)
    before = world.everything()
    with pytest.raises(Refused) as refusal:
        shape(world, replace(CHECKED, stage=Stage.LOST, targets=[]), key)
    assert refusal.value.code == "status_in_use"
    assert world.everything() == before
    # it is no end, so nothing of them is decided by it
    shape(world, replace(CHECKED, stage=Stage.NEW), key)


def test_orders_leave_a_predefined_status_one_by_one(world: World) -> None:
    place(world)
    before = world.everything()
    with pytest.raises(Refused) as refusal:
        give(world, GiveStatus("awaiting_payment", "paid", "x"))
    assert refusal.value.code == "predefined_status"
    assert world.everything() == before


def test_all_orders_are_given_only_what_staff_may_set_from_there_with_nothing_else_to_it() -> None:
    """So whoever shapes the list alone moves no order to where no way of the owner's leads."""
    own = Status(**CHECKED_ROW)
    shop = add_status(shipped_file("webshop"), own)
    assert stand_ins(shop, own.key) == []
    assert stand_ins(shop, "processing") == []
    ways = {(own.key, to) for to in ("on_hold", "refused", "delivered", "new", "incomplete")}
    led = set_cells(shop, cells(shop) | ways)
    assert [status.key for status in stand_ins(led, own.key)] == ["on_hold"]


def test_an_order_given_a_status_its_version_does_not_know_runs_by_the_newest(
    world: World,
) -> None:
    shape(world, CHECKED)
    order_id = place(world)
    set_by_hand(world, order_id, "being_checked")
    again = {language: f"{words} 2" for language, words in CHECKED.titles.items()}
    shape(world, replace(CHECKED, titles=again, sources=["being_checked"]))
    give(world, GiveStatus("being_checked", "being_checked_2", "checked once more"))
    assert order_of(world, order_id) == ("being_checked_2", Stage.OPEN, 3, 3)
    set_by_hand(world, order_id, "paid")


def test_orders_in_a_status_that_is_gone_are_given_another_when_they_are_moved(
    world: World,
) -> None:
    shape(world, CHECKED)
    order_id = place(world)
    change(world, without(running(world)[1], "being_checked"))
    # nothing enters a status that is gone; an order can only have been left in it
    with world.database.reading() as session:
        gone = session.scalars(select(OrderStatus).filter_by(key="being_checked")).one()
    world.change(Order, {"id": order_id}, status_id=gone.id)
    owner = world.actor("owner")
    with world.database.reading() as session:
        (row,) = outdated_orders(session, owner, "nordvik")
        assert (row.status.key, row.is_known) == ("being_checked", False)
    for wrong in ({}, {"being_checked": "nothing"}):
        before = world.everything()
        with pytest.raises(Invalid), world.database.writing() as session:
            move_to_latest(session, "nordvik", wrong, actor=owner, clock=world.clock)
        assert world.everything() == before
    with world.database.writing() as session:
        instead = {"being_checked": "paid"}
        move_to_latest(session, "nordvik", instead, actor=owner, clock=world.clock)
    assert order_of(world, order_id) == ("paid", Stage.OPEN, 2, 3)


def test_every_version_is_kept(world: World) -> None:
    file = running(world)[1]
    change(world, set_cells(file, cells(file) | {("paid", "awaiting_payment")}))
    with world.database.reading() as session:
        provider = find_provider(session, world.actor("owner"), "nordvik")
        versions = session.scalars(
            select(WorkflowVersion)
            .filter_by(provider_id=provider.id)
            .order_by(WorkflowVersion.number)
        )
        assert [file_of(version) == file for version in versions] == [True, False]
