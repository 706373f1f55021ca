"""R1: what happens by the clock, recovery codes and first prints: two at once, on PostgreSQL.

Dates that are watched, points that expire, and whatever people do at that moment. The second begins
before the first has committed (``tests.overtaking``), and comes to what it would have come to
afterwards. On SQLite one writes at a time.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import partial
from itertools import count
from typing import Any

import pytest
from sqlalchemy import delete, func, select

from billing_panel.accounts.companies.provider_models import Provider
from billing_panel.accounts.signing_in import second_factor
from billing_panel.accounts.signing_in.second_factor import (
    RECOVERY_CODES,
    RecoveryCode,
    SecondFactor,
)
from billing_panel.catalog.rules.eligibility_facts import Tender
from billing_panel.kernel.database.database import Database
from invoices.document import Document, Marking, Pictures
from invoices.issue_and_print import print_document
from plugins.orders.balance.change_balance import ChangeBalance, credit_balance, debit_balance
from plugins.orders.balance.expire_points import expire_points
from plugins.orders.deadlines.fire_deadlines import Fired
from plugins.orders.deadlines.fire_passed_dates import watch_dates
from plugins.orders.payments.pay_order import PayOrder, pay_order
from tests.actions.conftest import Opening
from tests.actions.test_pair_races import doing, raced
from tests.businesses import HIS_POINTS, HOSTING, PROVIDER, SERVER, Business
from tests.overtaking import Act, overtaking
from tests.world import World, line

pytestmark = pytest.mark.parametrize("engine", ["postgresql"])

LAST = 30
TERMS = 14


@pytest.fixture
def hosting(business: Opening) -> Business:
    return business("hosting")


def by_clock(action: Any, hosting: Business) -> Act:
    """A worker that looks up what is due; it tells how much it did."""
    system, clock = hosting.actor("console"), hosting.world.clock
    return lambda database: action(database, actor=system, clock=clock)


def points(action: Any, number: int, hosting: Business) -> Act:
    command = ChangeBalance(hosting.client_id, str(number), "agreed", PROVIDER, in_points=True)
    return doing(hosting, action, command)


# --- points that expire -------------------------------------------------------------------------


def test_r1_points_expire_once_and_none_that_are_spent_or_given_meanwhile(
    hosting: Business,
) -> None:
    hosting.world.change(Provider, {"key": PROVIDER}, points_last_days=LAST)
    expire = by_clock(expire_points, hosting)
    router = line("router", "once", pay_with=Tender.POINTS)
    pay = doing(hosting, pay_order, PayOrder(hosting.place(router), "points"))
    hosting.wait(days=LAST)
    # 300 points of the price are spent first, and then no longer there to expire
    assert raced(hosting, pay, expire) == ("done", HIS_POINTS - 300)
    assert hosting.stands().points == 0
    points(credit_balance, 500, hosting)(hosting.world.database)
    hosting.wait(days=LAST)
    assert raced(hosting, expire, expire) == (500, 0)
    points(credit_balance, 500, hosting)(hosting.world.database)
    hosting.wait(days=LAST)
    # what is given now is not old
    assert raced(hosting, points(credit_balance, 70, hosting), expire) == ("done", 500)
    assert hosting.stands().points == 70
    hosting.wait(days=LAST)
    assert raced(hosting, expire, points(debit_balance, 70, hosting)) == (70, "insufficient_funds")
    points(credit_balance, 70, hosting)(hosting.world.database)
    hosting.wait(days=LAST)
    assert raced(hosting, points(debit_balance, 50, hosting), expire) == ("done", 20)
    assert hosting.stands().points == 0


# --- dates that are watched ---------------------------------------------------------------------


def on_credit(hosting: Business) -> int:
    """Delivered and not paid; its bill was to be paid in two weeks."""
    order_id = hosting.place(SERVER)
    hosting.deliver(order_id)
    return order_id


def test_r1_a_bill_that_falls_due_is_told_once_and_not_where_it_is_paid_meanwhile(
    hosting: Business,
) -> None:
    watch = by_clock(watch_dates, hosting)
    orders = [on_credit(hosting) for _ in range(4)]
    hosting.wait(days=TERMS + 1)
    pay = [doing(hosting, pay_order, PayOrder(order_id, "cash")) for order_id in orders]

    def told(answer: object) -> int:
        return answer.moved  # type: ignore[attr-defined, no-any-return]

    # paid first: the other three are suspended, and this one is not
    paid, fired = raced(hosting, pay[0], watch)
    assert (paid, told(fired)) == ("done", 3)
    assert hosting.status(orders[0]) == "active"
    assert [hosting.status(one) for one in orders[1:]] == ["suspended"] * 3
    # paid while they are found again, they go on
    late = on_credit(hosting)
    hosting.wait(days=TERMS + 1)
    fired, again = raced(hosting, watch, watch)
    # the terms of others are over by now
    assert told(fired) >= 1
    assert told(again) == 0
    assert hosting.path(late).count(("payment_overdue", "suspended")) == 1
    newest = on_credit(hosting)
    hosting.wait(days=TERMS + 1)
    fired, paid = raced(hosting, watch, doing(hosting, pay_order, PayOrder(newest, "cash")))
    assert (told(fired) >= 1, paid) == (True, "done")
    # suspended, paid, and active again by itself
    assert hosting.status(newest) == "active"
    assert hosting.services(newest) == ["active"]


def test_r1_a_term_that_ends_is_told_once(hosting: Business) -> None:
    watch = by_clock(watch_dates, hosting)
    order_id = hosting.place(HOSTING)
    hosting.move(order_id, "pay", by="petar", payment_method="cash")
    hosting.move(order_id, "deliver")
    hosting.wait(days=32)
    seen = hosting.order(order_id).version
    _fired, again = raced(hosting, watch, watch)
    assert again == Fired()
    assert [action for action, _to in hosting.path(order_id)].count("term_ended") == 1
    assert hosting.order(order_id).version > seen


# --- recovery codes -----------------------------------------------------------------------------


def with_factor(world: World) -> int:
    user_id = world.actor("maria").user_id
    assert user_id is not None
    at = world.clock.now()
    with world.database.writing() as session:
        session.add(
            SecondFactor(
                user_id=user_id, sealed_secret="-", last_step=0, begun_at=at, confirmed_at=at
            )
        )
    return user_id


def codes_of(world: World) -> int:
    with world.database.reading() as session:
        return session.scalar(select(func.count()).select_from(RecoveryCode)) or 0


def making(user_id: int, database: Database) -> object:
    with database.writing() as session:
        second_factor.new_recovery_codes(session, user_id)
    return "done"


def removing(user_id: int, database: Database) -> object:
    with database.writing() as session:
        return second_factor.remove(session, user_id)


def making_naively(user_id: int, database: Database) -> object:
    with database.writing() as session:
        session.execute(delete(RecoveryCode).filter_by(user_id=user_id))
        session.add_all(
            RecoveryCode(user_id=user_id, code=f"{next(NUMBERS)}") for _ in range(RECOVERY_CODES)
        )
    return "done"


NUMBERS = count(1)


def test_r1_recovery_codes_made_twice_at_once_are_ten(world: World) -> None:
    user_id = with_factor(world)
    make, remove = partial(making, user_id), partial(removing, user_id)
    assert overtaking(world.database, make, make) == ("done", "done")
    assert codes_of(world) == RECOVERY_CODES
    assert overtaking(world.database, make, remove) == ("done", True)
    assert codes_of(world) == 0
    with_factor(world)
    assert overtaking(world.database, remove, make) == (True, "no_second_factor")
    assert codes_of(world) == 0
    # control: without the lock those of both are good
    naive = partial(making_naively, with_factor(world))
    assert overtaking(world.database, naive, naive) == ("done", "done")
    assert codes_of(world) == 2 * RECOVERY_CODES


# --- the first print ----------------------------------------------------------------------------


@dataclass
class Drawing:
    """Draws the same document differently each time, as a printer with a clock would."""

    drawn: count = field(default_factory=lambda: count(1))  # type: ignore[type-arg]

    def pdf(
        self,
        document: Document,
        pictures: Pictures = Pictures(),  # noqa: ARG002, B008 (it is frozen)
        marking: Marking | None = None,  # noqa: ARG002
    ) -> bytes:
        return f"{document.number}, drawing {next(self.drawn)}".encode()

    def statement(self, values: Mapping[str, object]) -> bytes:
        raise NotImplementedError


def test_r1_of_two_first_prints_at_once_both_are_what_is_kept(hosting: Business) -> None:
    order_id = hosting.place(HOSTING)
    (document,) = hosting.order(order_id).documents
    boss, clock, drawing = hosting.actor("boss"), hosting.world.clock, Drawing()

    def printing(database: Database) -> object:
        return print_document(database, drawing, document.id, actor=boss, clock=clock).pdf

    one, other = raced(hosting, printing, printing)
    assert one == other == printing(hosting.world.database)
    assert next(drawing.drawn) == 3, "both have drawn it"
