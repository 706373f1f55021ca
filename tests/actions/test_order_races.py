"""R1: whatever two people do with one order at once comes to what it comes to one after the other.

Each action is raced with itself and with each other that its scene has, on both databases. The
second has read all of the order, as a page or the API does, before the first commits. Two orders
alike tell: with one the two are raced, with its twin they are done in turn. ``billing-panel check``
is clean after each (``business``).

The control refunds the way it is written without thinking, in the same race, and goes wrong.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from functools import partial
from itertools import combinations_with_replacement, pairwise
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from billing_panel.accounts.people.client_models import ClientKind
from billing_panel.administration.clients.change_client import create_client
from billing_panel.administration.clients.client_details import ClientDetails
from billing_panel.catalog.models import Tariff
from billing_panel.kernel.database.database import Database
from billing_panel.kernel.values.actor import Actor
from billing_panel.kernel.values.clock import FixedClock
from billing_panel.ledger.client_standing import standing
from billing_panel.ledger.double_entry import Unbalanced
from plugins.orders.balance.change_balance import ChangeBalance, credit_balance
from plugins.orders.checkout.place_order import PlaceOrder, place_order
from plugins.orders.deadlines.change_deadline import ChangeDeadline, change_deadline
from plugins.orders.deadlines.fire_deadlines import fire_deadline
from plugins.orders.lifecycle.advance_order import AdvanceOrder, advance_order
from plugins.orders.lifecycle.deliver_lines import DeliverLines, deliver_lines
from plugins.orders.lifecycle.raise_price import RaisePrice, raise_price
from plugins.orders.lifecycle.set_line_status import SetLineStatus, set_line_status
from plugins.orders.payments.begin_payment import BeginPayment, begin_payment
from plugins.orders.payments.give_up_payment import GiveUpPayment, give_up_payment
from plugins.orders.payments.handle_gateway_message import HandleMessage, handle_message
from plugins.orders.payments.pay_order import PayOrder, pay_order
from plugins.orders.payments.refund_payment import RefundPayment, refund_payment
from plugins.orders.payments.send_refunds import send_refunds
from plugins.orders.settlement.ledger.refund_ledger import RefundToMake, give_back
from plugins.orders.store.models import Order
from plugins.orders.store.payment import Payment, Refund, RefundTo
from tests.actions.conftest import Opening
from tests.businesses import HOSTING, PROVIDER, ROUTER, Business, opened, wrongs
from tests.gateways import SANDBOX, Scripted, Till
from tests.overtaking import overtaking, told
from tests.world import World

pytestmark = pytest.mark.every_case

LATE = timedelta(days=31)
REFUNDED = 5_000


@dataclass(frozen=True)
class Made:
    """An order of a client of its own, and what the acts of its scene name."""

    business: Business
    boss: Actor
    client_id: int
    login: str
    order_id: int
    line_ids: Sequence[int]
    payment: Payment | None = None
    refund: Refund | None = None

    @property
    def clock(self) -> FixedClock:
        return self.business.world.clock

    @property
    def payment_id(self) -> int:
        assert self.payment is not None
        return self.payment.id


Doing = Callable[[Made, Database], object]


def doing(action: Any, command: Callable[[Made], object]) -> Doing:
    def act(made: Made, database: Database) -> object:
        with database.writing() as session:
            seen = look_at(session, made.order_id)
            action(session, command(made), actor=made.boss, clock=made.clock)
            assert seen
        return "done"

    return act


def look_at(session: Session, order_id: int) -> Sequence[object]:
    """All of the order, read as a page does before it acts; whoever holds it keeps it as it was."""
    order = session.get_one(Order, order_id)
    own = [order.deadline, order.workflow, order.status, order.client, order.provider]
    several = (order.lines, order.payments, order.documents, order.taxes, order.client.memberships)
    of_payments = [one for row in order.payments for one in (*row.refunds, *row.disputes)]
    return [order, *own, *of_payments, *(row for rows in several for row in rows)]


def moving(action: str, **fields: str) -> Doing:
    return doing(advance_order, lambda made: AdvanceOrder(made.order_id, action, fields=fields))


def paying(method: str, amount: str = "") -> Doing:
    return doing(pay_order, lambda made: PayOrder(made.order_id, method, amount))


def refunding(amount: str, to: str) -> Doing:
    return doing(refund_payment, lambda made: RefundPayment(made.payment_id, "broke", to, amount))


def delivering(*places: int) -> Doing:
    return doing(
        deliver_lines,
        lambda made: DeliverLines(made.order_id, tuple(made.line_ids[p] for p in places) or None),
    )


def raising(price: str) -> Doing:
    return doing(
        raise_price, lambda made: RaisePrice(made.order_id, made.line_ids[0], price, "dearer")
    )


def putting_off(days: int | None) -> Doing:
    def command(made: Made) -> ChangeDeadline:
        due = None if days is None else made.clock.now() + timedelta(days=days)
        return ChangeDeadline(made.order_id, due, "asked for it")

    return doing(change_deadline, command)


def firing(made: Made, database: Database) -> object:
    """Its deadline, when it is long over."""
    with database.writing() as session:
        seen = look_at(session, made.order_id)
        fire_deadline(session, made.order_id, made.clock.now() + LATE, actor=made.boss)
        assert seen
    return "done"


def telling(outcome: str) -> Doing:
    """A message of the payment system, never the same."""

    def command(made: Made) -> HandleMessage:
        assert made.payment is not None
        message = Till(made.business, Scripted()).message(made.payment, outcome)
        if "dispute" in outcome:
            message = replace(message, dispute=f"dispute_{made.payment_id}")
        if outcome == "refund_failed":
            assert made.refund is not None
            sum_ = replace(message.money, minor=made.refund.amount)
            message = replace(message, reference="", key=made.refund.key, money=sum_)
        return HandleMessage(SANDBOX, message, repr(message).encode())

    return doing(handle_message, command)


def leaving(made: Made, database: Database) -> object:
    """The client goes to the payment system."""
    begin_payment(
        database,
        {SANDBOX: Scripted()},
        BeginPayment(made.order_id, "http://localhost/{id}"),
        actor=made.business.world.actor(made.login),
        clock=made.clock,
    )
    return "done"


def sending(made: Made, database: Database) -> object:
    """What is to be given back by the payment system is asked of it."""
    send_refunds(database, {SANDBOX: Scripted()}, actor=made.boss, clock=made.clock)
    return "done"


UNPAID: Mapping[str, Doing] = {
    "pay": paying("cash"),
    "pay 20 from the balance": paying("balance", "20"),
    "cancel": moving("cancel"),
    "deliver": delivering(),
    "raise": raising("70.00"),
    "put off": putting_off(40),
    "deadline": firing,
}
PAID: Mapping[str, Doing] = {
    "refund all": refunding("", "balance"),
    "refund 40": refunding("40", "method"),
    "refund by the newest": moving("refund", reason="broke", refund_to="method"),
    "cancel": moving("cancel", reason="broke"),
    "deliver one": delivering(1),
    "raise": raising("70.00"),
}
LEFT: Mapping[str, Doing] = {
    "succeeded": telling("succeeded"),
    "failed": telling("failed"),
    "give up": doing(give_up_payment, lambda made: GiveUpPayment(made.payment_id, "asked")),
    "pay": paying("cash"),
    "raise": raising("70.00"),
    # comes last: others may act between its two transactions
    "leave again": leaving,
}
DISPUTED: Mapping[str, Doing] = {
    # comes first: what it does not find yet it sends the next time
    "send": sending,
    "refund 20": refunding("20", "method"),
    "refund all": refunding("", "balance"),
    "lost": telling("dispute_lost"),
    "won": telling("dispute_won"),
    "refund failed": telling("refund_failed"),
    "set a line": doing(
        set_line_status, lambda made: SetLineStatus(made.order_id, made.line_ids[0], "ready")
    ),
}


@dataclass(frozen=True)
class Scene:
    """Orders alike, of clients alike: each of ``acts`` may be done with one."""

    workflow: str
    acts: Mapping[str, Doing]
    method: str = "bank_transfer"
    makes_ready: Sequence[Doing] = ()

    def make(self, business: Business, number: int, actor: Actor) -> Made:
        """``actor`` enters the client, with money, and places the order."""
        world, login = business.world, f"client-{number}"
        how: dict[str, Any] = {"actor": actor, "clock": world.clock}
        details = ClientDetails(login, login.title(), ClientKind.COMPANY, "BG", city="Sofia")
        with world.database.writing() as session:
            client = create_client(session, details, provider=PROVIDER, **how)
            credit_balance(session, ChangeBalance(client.id, "500", "to begin", PROVIDER), **how)
            command = PlaceOrder(client.id, PROVIDER, self.method, (ROUTER, HOSTING))
            (order,) = place_order(session, command, **how)
            lines = [line.id for line in order.lines]
            made = Made(business, actor, client.id, login, order.id, lines)
        for act in self.makes_ready:
            act(made, world.database)
            made = replace(made, payment=newest(world.database, made.order_id))
        if made.payment is not None and made.payment.refunds:
            made = replace(made, refund=made.payment.refunds[-1])
        return made


def newest(database: Database, order_id: int) -> Payment | None:
    with database.reading() as session:
        return next(reversed(session.get_one(Order, order_id).payments), None)


SCENES = {
    "unpaid": Scene("hosting", UNPAID),
    "paid": Scene("hosting", PAID, makes_ready=[paying("cash")]),
    "left": Scene("webshop", LEFT, "card_gateway", [leaving]),
    "disputed": Scene(
        "webshop",
        DISPUTED,
        "card_gateway",
        [leaving, telling("succeeded"), refunding("10", "method"), telling("disputed")],
    ),
}


def standing_of(made: Made) -> Mapping[str, object]:
    """What became of the order, its payments, and its client's money."""
    with made.business.world.database.reading() as session:
        order = session.get_one(Order, made.order_id)
        sums = ("version", "total", "paid", "owed", "refunded", "surplus", "taxed", "earned")
        return {
            **{name: getattr(order, name) for name in sums},
            "status": order.status.key,
            "holds": [*order.held.values()],
            "due": order.deadline and order.deadline.due_at,
            "lines": [(row.unit_price, row.status, row.delivered_at) for row in order.lines],
            "payments": [(row.state, row.amount, row.refunded) for row in order.payments],
            "refunds": [
                (one.amount, one.to, one.sent_at, one.failed_at)
                for row in order.payments
                for one in row.refunds
            ],
            "disputes": [one.state for row in order.payments for one in row.disputes],
            "documents": [document.is_void for document in order.documents],
            "money": standing(session, made.client_id, order.provider_id),
        }


def pairs(acts: Mapping[str, Doing], engine: str) -> Iterator[tuple[str, str]]:
    """On SQLite, where only one writes, each with the next shows what there is."""
    if engine == "sqlite":
        return pairwise(acts)
    return combinations_with_replacement(acts, 2)


@pytest.mark.parametrize("scene", SCENES.values(), ids=SCENES)
def test_r1_at_once_comes_to_what_it_comes_to_one_after_the_other(
    business: Opening, scene: Scene, engine: str
) -> None:
    here = business(scene.workflow)
    here.world.change(Tariff, {"key": "router"}, stock=1_000)
    database, boss = here.world.database, here.actor("boss")
    otherwise = {}
    for number, (one, other) in enumerate(pairs(scene.acts, engine)):
        first, second = scene.acts[one], scene.acts[other]
        raced = scene.make(here, 2 * number, boss)
        told_at_once = overtaking(database, partial(first, raced), partial(second, raced))
        at_once = {**standing_of(raced), "told": told_at_once}
        # what is still to be sent of it is not in the way of the others
        sending(raced, database)
        twin = scene.make(here, 2 * number + 1, boss)
        told_in_turn = told(partial(first, twin), database), told(partial(second, twin), database)
        in_turn = {**standing_of(twin), "told": told_in_turn}
        sending(twin, database)
        if at_once != in_turn:
            differ = [name for name in in_turn if at_once[name] != in_turn[name]]
            otherwise[one, other] = {name: (at_once[name], in_turn[name]) for name in differ}
    assert otherwise == {}


def refunding_naively(made: Made, database: Database) -> object:
    """The payment is read before the order is locked, and given back after."""
    with database.writing() as session:
        payment = session.get_one(Payment, made.payment_id)
        order = session.get_one(Order, made.order_id)
        session.execute(select(Order.id).filter_by(id=order.id).with_for_update())
        if payment.refundable < REFUNDED:
            return "nothing_to_refund"
        wanted = RefundToMake(order.money(REFUNDED), RefundTo.METHOD)
        give_back(session, order, payment, wanted, actor=made.boss, at=made.clock.now())
    return "done"


@pytest.mark.parametrize("engine", ["postgresql"])
def test_r1_control_who_reads_a_payment_before_the_lock_would_give_it_back_twice(
    world: World,
) -> None:
    """They go on where they should refuse: then the books no longer add up, and stop them."""
    here = opened(world, "hosting")
    made = SCENES["paid"].make(here, 0, here.actor("boss"))
    refund = partial(refunding_naively, made)
    with pytest.raises(Unbalanced):
        overtaking(world.database, refund, refund)
    with world.database.reading() as session:
        assert sum(session.scalars(select(Refund.amount))) == REFUNDED
    assert wrongs(world) == []
