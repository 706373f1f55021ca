"""The rate is that of the tax event (E10): orders placed before a change and paid after it."""

from collections.abc import Callable
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from sqlalchemy import delete
from sqlalchemy import event as listening

from billing_panel.accounts.companies.provider_models import Provider, TaxRate
from billing_panel.catalog.models import Price
from billing_panel.kernel.values.clock import FixedClock
from billing_panel.kernel.values.money import Money
from billing_panel.ledger.double_entry import AccountKind
from invoices.document import Kind
from plugins.orders.balance.change_balance import ChangeBalance, credit_balance
from plugins.orders.deadlines.follow_changed_rates import follow_changed_rates
from plugins.orders.lifecycle.advance_order import AdvanceOrder
from plugins.orders.lifecycle.preview_step import preview_step
from plugins.orders.lifecycle.retaxing.rates_told import RatesTold, rates_told
from tests.actions.conftest import Opening
from tests.actions.test_documents import bills
from tests.actions.test_invoices import books, invoices, says
from tests.businesses import HOSTING, PROVIDER, TAX, Business
from tests.gateways import Scripted, Till

LAST_DAY, AFTER = datetime(2025, 12, 31, 12, tzinfo=UTC), datetime(2026, 1, 5, 12, tzinfo=UTC)
NEW_YEAR = date(2026, 1, 1)


def moscow(shop: Business, *, inside: bool = False, price: int = 6666) -> Business:
    """A seller with 20 % until the end of 2025 and 22 % from then on, on its last day."""
    world = shop.world
    world.change(
        Provider,
        {"key": PROVIDER},
        prices_include_tax=inside,
        timezone="Europe/Moscow",
        invoices_since=date(2025, 1, 1),
    )
    with world.database.writing() as session:
        session.add(
            TaxRate(
                provider_id=shop.provider_id, tax_class=TAX, since=NEW_YEAR, percent=Decimal(22)
            )
        )
        for row in session.query(Price).filter_by(months=1):
            row.amount = price
    world.clock.at = LAST_DAY
    return shop


@pytest.fixture
def shop(business: Opening) -> Business:
    return moscow(business("hosting"))


def later(shop: Business) -> None:
    shop.world.clock.at = AFTER


def sums(shop: Business, order_id: int) -> tuple[int, int, int]:
    """(total, tax, percent) as the order has them."""
    order = shop.order(order_id)
    (tax,) = order.taxes
    return order.total, tax.tax, int(tax.percent)


def billed(shop: Business, order_id: int) -> list[tuple[int, bool]]:
    return [(row.total, row.is_void) for row in bills(shop, order_id) if row.kind is Kind.PROFORMA]


def by_staff(shop: Business, order_id: int) -> None:
    shop.move(order_id, "pay", by="petar", payment_method="bank_transfer")


def from_balance(shop: Business, order_id: int) -> None:
    shop.move(order_id, "pay", by="petar", payment_method="balance")


def at_gateway(shop: Business, order_id: int) -> None:
    till = Till(shop, Scripted())
    till.tell(till.leave(order_id))


@pytest.mark.parametrize("pay", [by_staff, from_balance, at_gateway])
def test_placed_at_20_and_paid_at_22_per_cent(
    shop: Business, pay: Callable[[Business, int], None]
) -> None:
    order_id = shop.place(HOSTING)
    assert sums(shop, order_id) == (7999, 1333, 20)
    later(shop)
    pay(shop, order_id)
    assert sums(shop, order_id) == (8133, 1467, 22)
    order = shop.order(order_id)
    assert (order.paid, order.left, order.taxed) == (8133, 0, 1467)
    assert billed(shop, order_id) == [(7999, True), (8133, False)]
    (invoice,) = invoices(shop, order_id)
    assert [(t.percent, t.base, t.tax) for t in invoice.taxes] == [(Decimal(22), 6666, 1467)]
    assert says(shop, order_id) == books(shop, order_id) == (8133, 1467)
    assert shop.happened(order_id, "order.retaxed") == [
        {"from": 7999, "to": 8133, "tax_from": 1333, "tax_to": 1467, "day": "2026-01-05"}
    ]


def test_with_tax_inside_the_total_stays_and_the_tax_in_it_changes(business: Opening) -> None:
    shop = moscow(business("hosting"), inside=True, price=12200)
    order_id = shop.place(HOSTING)
    assert sums(shop, order_id) == (12200, 2033, 20)
    later(shop)
    by_staff(shop, order_id)
    assert sums(shop, order_id) == (12200, 2200, 22)
    assert billed(shop, order_id) == [(12200, True), (12200, False)]
    assert says(shop, order_id) == books(shop, order_id) == (12200, 2200)


def test_the_worker_tells_the_client_before_they_pay_and_once(shop: Business) -> None:
    order_id, paid = shop.place(HOSTING), shop.place(HOSTING)
    by_staff(shop, paid)
    due = bills(shop, order_id)[0].due_on
    follow(shop)
    assert sums(shop, order_id) == (7999, 1333, 20)
    shop.world.clock.at = datetime(2025, 12, 31, 21, 1, tzinfo=UTC)  # a minute into the new year
    assert follow(shop) == 1
    assert sums(shop, order_id) == (8133, 1467, 22)
    assert sums(shop, paid) == (7999, 1333, 20)
    new = bills(shop, order_id)[-1]
    assert (new.total, new.due_on) == (8133, due)
    before = shop.world.everything()
    assert follow(shop) == 0
    assert shop.world.everything() == before


def follow(shop: Business) -> int:
    fired = follow_changed_rates(
        shop.world.database, actor=shop.actor("console"), clock=shop.world.clock
    )
    assert (fired.refused, fired.broke_off) == (0, 0)
    return fired.moved


def test_the_page_says_it_ahead_and_afterwards_and_so_does_the_preview(shop: Business) -> None:
    order_id = shop.place(HOSTING)
    assert told(shop, order_id) is None
    later(shop)
    ahead = told(shop, order_id)
    assert ahead is not None
    assert (ahead.total_before.minor, ahead.total.minor, ahead.ahead) == (7999, 8133, True)
    paying = AdvanceOrder(order_id, "pay", fields={"payment_method": "bank_transfer"})
    seen = shop.act(preview_step, paying, by="petar").consequences
    assert seen.retaxed == (Money(7999, "EUR"), Money(8133, "EUR"))
    # the new bill, and the invoice of the payment
    assert [one.sum.minor for one in seen.issued] == [8133, 8133]
    assert sums(shop, order_id) == (7999, 1333, 20)
    by_staff(shop, order_id)
    after = told(shop, order_id)
    assert after is not None
    assert (after.total_before, after.total, after.ahead) == (
        ahead.total_before,
        ahead.total,
        False,
    )


def told(shop: Business, order_id: int) -> RatesTold | None:
    with shop.world.database.reading() as session:
        order = shop.order(order_id)
        session.add(order)
        said = rates_told(session, order, shop.world.clock.now())
    assert said is None or isinstance(said, RatesTold)
    return said


def test_a_debt_follows_too_and_what_covers_it_pays_the_new_sum(business: Opening) -> None:
    shop = moscow(business("desk"))
    shop.world.change(Provider, {"key": PROVIDER}, credit_covers_debt=True)
    order_id = shop.place(HOSTING)
    shop.move(order_id, "accept", by="boss")
    assert (shop.order(order_id).owed, shop.stands().debt) == (7999, 7999)
    later(shop)
    credit = ChangeBalance(shop.client_id, "10.00", "transfer", PROVIDER, method="cash")
    shop.act(credit_balance, credit, by="boss")
    order = shop.order(order_id)
    assert order.total == 8133
    assert order.paid + order.owed == 8133
    assert shop.stands().debt == order.owed
    assert -shop.received(AccountKind.TAX) == 1467


def test_bills_of_all_debts_come_before_the_books(business: Opening) -> None:
    shop = moscow(business("desk"))
    shop.world.change(Provider, {"key": PROVIDER}, credit_covers_debt=True)
    for _ in range(2):
        shop.move(shop.place(HOSTING), "accept", by="boss")
    later(shop)
    written: list[str] = []

    def keep(_one: object, _two: object, said: str, values: object, *_more: object) -> None:
        if said.startswith("INSERT INTO ledger_entry"):
            written.append("entry")
        elif said.startswith("UPDATE series_counter") and "proforma" in str(values):
            written.append("bill")

    engine = shop.world.database.engine
    listening.listen(engine, "before_cursor_execute", keep)
    try:
        credit = ChangeBalance(shop.client_id, "200.00", "transfer", PROVIDER, method="cash")
        shop.act(credit_balance, credit, by="boss")
    finally:
        listening.remove(engine, "before_cursor_execute", keep)
    bills_written = written.count("bill")
    assert bills_written >= 2
    assert written[bills_written] == "entry"
    assert shop.stands().debt == 0


def test_the_delivery_after_the_change_fixes_the_new_rate(business: Opening) -> None:
    shop = moscow(business("desk"))
    order_id = shop.place(HOSTING)
    shop.move(order_id, "accept", by="boss")
    later(shop)
    shop.deliver(order_id)
    order = shop.order(order_id)
    assert (sums(shop, order_id), order.owed, order.taxed) == ((8133, 1467, 22), 8133, 1467)
    shop.move(order_id, "pay", by="petar", payment_method="cash")
    assert shop.stands().debt == 0


def test_what_is_delivered_before_the_change_keeps_its_rate(business: Opening) -> None:
    shop = moscow(business("desk"))
    order_id = shop.place(HOSTING)
    shop.move(order_id, "accept", by="boss")
    shop.deliver(order_id)
    later(shop)
    assert follow(shop) == 0
    shop.move(order_id, "pay", by="petar", payment_method="cash")
    assert sums(shop, order_id) == (7999, 1333, 20)


def test_a_rate_that_is_missing_is_an_error_and_never_nothing(shop: Business) -> None:
    order_id = shop.place(HOSTING)
    later(shop)
    with shop.world.database.writing() as session:
        session.execute(delete(TaxRate).filter_by(provider_id=shop.provider_id))
    said = shop.refused(order_id, "pay", by="petar", payment_method="bank_transfer")
    assert "no_tax_rate" in said
    fired = follow_changed_rates(
        shop.world.database, actor=shop.actor("console"), clock=FixedClock(AFTER)
    )
    assert fired.moved == 0
    assert sums(shop, order_id) == (7999, 1333, 20)


def test_money_that_has_come_is_taken_and_staff_are_told(shop: Business) -> None:
    till, order_id = Till(shop, Scripted()), shop.place(HOSTING)
    payment = till.leave(order_id)
    later(shop)
    with shop.world.database.writing() as session:
        session.execute(delete(TaxRate).filter_by(provider_id=shop.provider_id))
    till.tell(payment)
    assert (shop.order(order_id).paid, sums(shop, order_id)) == (7999, (7999, 1333, 20))
    assert shop.happened(order_id, "order.rate_missing") == [{"code": "no_tax_rate"}]
