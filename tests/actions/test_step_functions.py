"""Nobody reaches by a step what another function guards (issue 11: items 1 and A2)."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import product
from typing import Any

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from billing_panel.accounts.people.client_roles import ROLE_FUNCTIONS, ClientRole
from billing_panel.catalog.rules.eligibility_facts import Tender
from billing_panel.kernel.database.rows_written_at_commit import undone
from billing_panel.kernel.language.errors import DomainError, FunctionNotHeld
from billing_panel.kernel.tables.event_log import Event
from billing_panel.kernel.values.actor import Actor, ActorKind
from billing_panel.ledger.models import LedgerEntry
from plugins.orders.lifecycle.advance_order import AdvanceOrder, advance_order
from plugins.orders.lifecycle.available_steps import offers_for
from plugins.orders.payments.give_up_payment import giving_up
from plugins.orders.payments.pay_order import PayOrder, pay_order
from plugins.orders.settlement.allowed_payment_methods import payable_by
from plugins.orders.settlement.ledger.order_postings import HELD_IN
from plugins.orders.store.find_orders import find_order
from plugins.orders.store.models import Order
from plugins.orders.store.versions.workflow_store import latest_version, workflow_of
from plugins.orders.workflow.order_facts import BY_HAND, Trigger
from plugins.orders.workflow.workflow import Step
from tests.actions.conftest import Opening
from tests.businesses import BALANCE, HOSTING, ROUTER, Business
from tests.http.engines import ON_SQLITE
from tests.workflows import PARCEL, SHIPPED
from tests.world import line

pytestmark = ON_SQLITE

READ, STATUS = "orders:order:read", "orders:status:change"
RECORD, PAY = "orders:payment:record", "orders:order:pay"
REFUND, CREDIT = "payments:payment:refund", "balance:balance:credit"
DELIVER, COMPLETE, ACCEPT = "orders:line:deliver", "orders:order:complete", "orders:order:accept"
CANCEL, VOID = "orders:order:cancel", "orders:order:void"
GUARDED = (STATUS, RECORD, PAY, REFUND, CREDIT, DELIVER, COMPLETE, ACCEPT, CANCEL, VOID)
REASON = {"reason": "because"}


def holding(business: Business, *functions: str) -> Actor:
    """Somebody of the staff who holds these and sees orders."""
    return replace(business.actor("maria"), functions=frozenset({READ, *functions}))


def act(business: Business, actor: Actor, order_id: int, action: str, **fields: str) -> Any:
    command = AdvanceOrder(order_id, action, fields=fields)
    with business.world.database.writing() as session:
        return advance_order(session, command, actor=actor, clock=business.world.clock)


def lacks(business: Business, actor: Actor, order_id: int, action: str, **fields: str) -> str:
    """The function that the refusal names; nothing has changed."""
    before = business.world.everything()
    with pytest.raises(FunctionNotHeld) as caught:
        act(business, actor, order_id, action, **fields)
    assert business.world.everything() == before
    return caught.value.function


@pytest.mark.parametrize("workflow", SHIPPED)
def test_item1_a_balance_is_spent_by_whoever_holds_its_function(
    business: Opening, workflow: str
) -> None:
    shop = business(workflow)
    order_id = payable(shop)
    recorder = holding(shop, STATUS, RECORD, CREDIT, REFUND)
    assert lacks(shop, recorder, order_id, "pay", payment_method="balance") == PAY
    assert lacks(shop, recorder, order_id, "pay", payment_method="balance", amount="1") == PAY
    payer = holding(shop, STATUS, PAY)
    assert lacks(shop, payer, order_id, "pay", payment_method="cash") == RECORD
    act(shop, payer, order_id, "pay", payment_method="balance", amount="1")
    act(shop, recorder, order_id, "pay", payment_method="cash")
    assert shop.order(order_id).is_paid
    assert shop.stands().balance == BALANCE - 100


def test_item1_the_form_offers_methods_by_the_functions_held(business: Opening) -> None:
    shop = business("hosting")
    order_id = shop.place(line("router", "once", pay_with=Tender.POINTS), HOSTING)

    def offered(*functions: str) -> set[str]:
        actor = holding(shop, *functions)
        with shop.world.database.reading() as session:
            order = find_order(session, actor, order_id)
            now = shop.world.clock.now()
            return {m.key for m in payable_by(session, order, actor, now)}

    assert offered(PAY) == {"balance", "points"}
    assert offered(RECORD) == {"bank_transfer", "cash", "card_at_desk", "cash_on_delivery"}
    assert offered(STATUS) == set()
    assert offered(RECORD, PAY) == offered(RECORD) | offered(PAY)


def test_item1_all_that_is_left_takes_no_points_unasked(business: Opening) -> None:
    """*Paid* without an amount pays points too, out of what the client has."""
    shop = business("hosting")
    order_id = shop.place(line("router", "once", pay_with=Tender.POINTS), HOSTING)
    recorder = holding(shop, RECORD)
    assert lacks(shop, recorder, order_id, "pay", payment_method="cash") == PAY
    act(shop, recorder, order_id, "pay", payment_method="cash", amount="5.00")
    assert shop.order(order_id).left_points == 300


def test_a2_status_change_covers_no_money(business: Opening) -> None:
    shop = business("desk")
    order_id = payable(shop)
    clerk = holding(shop, STATUS)
    command = PayOrder(order_id, "cash", "99999999.00")
    before = shop.world.everything()
    with shop.world.database.writing() as session, pytest.raises(FunctionNotHeld):
        pay_order(session, command, actor=clerk, clock=shop.world.clock)
    assert shop.world.everything() == before


def test_a2_what_is_recorded_above_what_is_left_is_a_credit(business: Opening) -> None:
    shop = business("desk")
    order_id = payable(shop)
    for functions in ((RECORD,), (RECORD, PAY, STATUS)):
        actor = holding(shop, *functions)
        said = shop.refusal(
            lambda who=actor: act(
                shop, who, order_id, "pay", payment_method="cash", amount="100.00"
            )
        )
        assert said == {"more_than_left", "fields.amount"}
    crediting = holding(shop, RECORD, CREDIT)
    slip = {"payment_method": "cash", "amount": "99999999.00"}
    assert shop.refusal(lambda: act(shop, crediting, order_id, "pay", **slip)) == {
        "amount_too_large"
    }
    act(shop, crediting, order_id, "pay", payment_method="cash", amount="100.00")
    assert shop.stands().balance == BALANCE + 4_000


@pytest.mark.parametrize(
    ("workflow", "action"), [("desk", "void"), ("procurement", "cancel"), ("marketplace", "cancel")]
)
def test_a2_calling_a_paid_order_off_gives_money_back(
    business: Opening, workflow: str, action: str
) -> None:
    shop = business(workflow)
    order_id = payable(shop)
    caller = holding(shop, STATUS, CANCEL, VOID)
    assert offer(shop, caller, order_id, action) == []
    act(shop, holding(shop, RECORD), order_id, "pay", payment_method="cash", amount="1.00")
    assert offer(shop, caller, order_id, action) == ["effect_not_held"]
    assert lacks(shop, caller, order_id, action) == REFUND
    act(shop, holding(shop, STATUS, REFUND), order_id, action)
    assert shop.stands().balance == BALANCE + 100


def test_a2_the_client_calls_their_own_order_off(business: Opening) -> None:
    shop = business("marketplace")
    order_id = payable(shop)
    act(shop, holding(shop, RECORD), order_id, "pay", payment_method="cash", amount="1.00")
    shop.move(order_id, "cancel", by="buyer")
    assert (shop.status(order_id), shop.stands().balance) == ("cancelled", BALANCE + 100)


def test_a2_d12_complete_before_accept_asks_for_all_of_it_and_is_one_press(
    business: Opening,
) -> None:
    desk = business("desk")
    order_id = desk.place(ROUTER, HOSTING)
    assert lacks(desk, holding(desk, COMPLETE), order_id, "complete") == STATUS
    assert lacks(desk, holding(desk, COMPLETE, ACCEPT), order_id, "complete") == DELIVER
    act(desk, holding(desk, COMPLETE, ACCEPT, DELIVER), order_id, "complete")
    assert (desk.status(order_id), desk.stands().debt) == ("completed", 6_500)
    other = desk.place(HOSTING)
    act(desk, holding(desk, STATUS), other, "complete")
    assert desk.status(other) == "completed"


def test_a2_rows_of_before_mean_both_ways_of_taking_money(business: Opening) -> None:
    """Versions stored before the function was two go on meaning what they meant."""
    shop = business("marketplace")
    with shop.world.database.writing() as session:
        version = latest_version(session, shop.provider_id)
        assert version is not None
        rows = [dict(row) for row in version.content["transition"]]
        for row in rows:
            if "take_payment" in row["effects"]:
                row["by"] = ["client", "staff", "staff:orders:order:pay"]
        version.content = {**version.content, "transition": rows}
    order_id = payable(shop)
    act(shop, holding(shop, RECORD), order_id, "pay", payment_method="cash", amount="1.00")
    act(shop, holding(shop, PAY), order_id, "pay", payment_method="balance")
    # M7: it went on by itself
    assert shop.status(order_id) == "preparing_for_dispatch"


def test_a2_placing_an_order_reaches_no_balance(business: Opening) -> None:
    """A workflow of one's own may take the payment when an order is placed."""
    shop = business("hosting")
    with shop.world.database.writing() as session:
        version = latest_version(session, shop.provider_id)
        assert version is not None
        entry = [{**row, "effects": ["take_payment"]} for row in version.content["entry"]]
        version.content = {**version.content, "entry": entry}
    # maria may place orders, not pay them
    assert shop.refusal(lambda: shop.place(HOSTING, method="balance")) == {"function_not_held"}
    shop.place(HOSTING, by="owner", method="balance")
    assert shop.stands().balance == BALANCE - 500


def test_a2_who_gives_payments_up(business: Opening) -> None:
    shop = business("hosting")
    assert giving_up(shop.actor("maria")) == RECORD
    assert giving_up(shop.actor("buyer")) == PAY


# --- the walk: every step, every field of it, whoever asks ---


@pytest.mark.slow
@pytest.mark.parametrize("workflow", SHIPPED)
def test_a2_walk_every_step_and_field_by_everybody(business: Opening, workflow: str) -> None:
    """What happened is read from the rows, not from what the rules say would happen."""
    shop = business(workflow)
    orders = [*scenes(shop)]
    commands = [command for order_id in orders for command in attempts(shop, order_id)]
    people = [*everybody(shop)]
    holds_all = replace(shop.actor("maria"), functions=shop.world.panel.known)
    tried: Counter[str] = Counter()
    with shop.world.database.writing() as session:
        for command in commands:
            # what cannot be done by who holds all functions cannot be done with fewer
            nobody = attempt(session, shop, holds_all, command) == "impossible"
            tried.update(
                attempt(session, shop, actor, command)
                for actor in people
                if not (nobody and actor.kind is ActorKind.STAFF)
            )
        session.rollback()
    assert tried["allowed"] > 20
    assert tried["refused"] > 20


def payable(shop: Business) -> int:
    """An order that can be paid, and called off, and is neither."""
    order_id = shop.place()
    if "accept" in actions_of(shop, order_id):
        shop.move(order_id, "accept")
    return order_id


def actions_of(shop: Business, order_id: int) -> set[str]:
    return {trigger.action for trigger in steps_of(shop, order_id)}


def steps_of(shop: Business, order_id: int) -> Mapping[Trigger, Sequence[Step]]:
    with shop.world.database.reading() as session:
        order = session.get_one(Order, order_id)
        return workflow_of(order).steps_from(order.status.key)


def scenes(shop: Business) -> Iterator[int]:
    """As it was placed; unpaid; paid in part, points left; paid whole; delivered."""
    yield shop.place(line("router", "once", pay_with=Tender.POINTS), HOSTING)
    yield payable(shop)
    for amount in ("1.00", ""):
        order_id = payable(shop)
        fields = {"payment_method": "cash", "amount": amount}
        shop.move(order_id, "pay", by="boss", **{k: v for k, v in fields.items() if v})
        yield order_id
    order_id = payable(shop)
    if {"complete", "send"} & actions_of(shop, order_id):
        action = "complete" if "complete" in actions_of(shop, order_id) else "send"
        shop.move(order_id, action, by="boss")
    yield order_id


def everybody(shop: Business) -> Iterator[Actor]:
    """Staff with all but one function, with one and *change status*; each role of the client."""
    whole = shop.world.panel.known
    for function in GUARDED:
        yield replace(shop.actor("maria"), functions=whole - {function})
        yield holding(shop, STATUS, function)
    for login in ("maria", "petar", "georgi"):
        yield shop.actor(login)
    for role in ClientRole:
        yield replace(shop.actor("buyer"), functions=ROLE_FUNCTIONS[role])


def attempts(shop: Business, order_id: int) -> Iterator[AdvanceOrder]:
    """Each trigger from where the order is, with every value of the fields that say how much.

    Of statuses set by hand one of those that do the same.
    """
    seen = set()
    for trigger, steps in steps_of(shop, order_id).items():
        likeness = (trigger.action, tuple(step.effects for step in steps))
        if likeness in seen:
            continue
        seen.add(likeness)
        asked = {field.name for step in steps for field in step.fields}
        values: dict[str, tuple[str, ...]] = {
            "payment_method": ("", "cash", "balance", "points"),
            "amount": ("", "99"),
            "refund_to": ("balance", "method"),
        }
        plain = {k: v for k, v in {**PARCEL, **REASON, "rating": "5"}.items() if k in asked}
        told = [name for name in values if name in asked]
        to = trigger.to if trigger.action == BY_HAND else None
        for chosen in product(*(values[name] for name in told)):
            fields = {**plain, **dict(zip(told, chosen, strict=True))}
            yield AdvanceOrder(order_id, trigger.action, to, fields)


def attempt(session: Session, shop: Business, actor: Actor, command: AdvanceOrder) -> str:
    """Tries it, looks at what has moved, and undoes it."""
    before = stands(session, command.order_id)
    with undone(session):
        try:
            order = advance_order(session, command, actor=actor, clock=shop.world.clock)
        except FunctionNotHeld:
            # nothing was begun either, that would have to be undone
            assert stands(session, command.order_id) == before
            return "refused"
        except DomainError:
            return "impossible"
        for kind, functions in moved(order, before, actor).items():
            assert not actor.functions.isdisjoint(functions), (kind, command, actor.functions)
        return "allowed"


def stands(session: Session, order_id: int) -> Mapping[str, Any]:
    order = session.get_one(Order, order_id)
    return {
        "version": order.version,
        "entries": session.scalar(select(func.count()).select_from(LedgerEntry)),
        "events": session.scalar(select(func.count()).select_from(Event)),
        "payments": {payment.id for payment in order.payments},
        "refunded": sum(payment.refunded for payment in order.payments),
        "delivered": sum(one.delivered_at is not None for one in order.lines),
        "owed": order.owed,
    }


def moved(order: Order, before: Mapping[str, Any], actor: Actor) -> Mapping[str, tuple[str, ...]]:
    """Kinds of what has happened → functions of which one guards it."""
    new = [payment for payment in order.payments if payment.id not in before["payments"]]
    held = [payment for payment in new if payment.method in HELD_IN]
    of_money = {
        "spent": (held, (PAY,)),
        "recorded": (len(new) > len(held), (RECORD,)),
        "credited": (sum(payment.surplus for payment in new), (CREDIT,)),
    }
    back = sum(payment.refunded for payment in order.payments) > before["refunded"]
    delivered = sum(one.delivered_at is not None for one in order.lines) > before["delivered"]
    of_staff = {
        "given back": (back, (REFUND,)),
        "delivered": (delivered, (DELIVER, STATUS)),
        "owed": (order.owed > before["owed"], (ACCEPT, DELIVER, STATUS)),
        "lifted": (order.owed < before["owed"] and not new, (CANCEL, VOID, STATUS)),
    }
    told = of_money if actor.kind is ActorKind.CLIENT else {**of_money, **of_staff}
    return {kind: functions for kind, (has, functions) in told.items() if has}


def offer(shop: Business, actor: Actor, order_id: int, action: str) -> list[str]:
    """Codes of the reasons why not, as the page tells them."""
    with shop.world.database.reading() as session:
        order = find_order(session, actor, order_id)
        offers = offers_for(session, order, actor, shop.world.clock.now())
        (found,) = [one for one in offers if one.step.action == action]
        return [reason.code for reason in found.reasons]
