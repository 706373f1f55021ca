"""Invoices that are not there although their term is over are found, and no others."""

from datetime import UTC, date, datetime

import pytest

from billing_panel.accounts.companies.provider_models import InvoiceTime, Provider
from plugins.finance.late_invoices.find_late_invoices import LateInvoice, late_invoices
from plugins.orders.documents.issue_due_invoices import issue_due_invoices
from tests.actions.conftest import Opening
from tests.actions.test_invoices import invoicing
from tests.businesses import ROUTER, Business, wrongs

PAID_ON = date(2026, 11, 22)


def late(shop: Business) -> list[LateInvoice]:
    with shop.world.database.reading() as session:
        provider = session.get_one(Provider, shop.provider_id)
        return [*late_invoices(session, [provider], shop.world.clock.now())]


def paid(shop: Business) -> int:
    order_id = shop.place(ROUTER)
    shop.move(order_id, "pay", by="petar", payment_method="cash")
    return order_id


def by_worker(shop: Business) -> None:
    issue_due_invoices(shop.world.database, actor=shop.actor("console"), clock=shop.world.clock)


def test_an_order_paid_five_days_ago_without_an_invoice_is_late(business: Opening) -> None:
    """As where the worker was away."""
    shop = invoicing(business("hosting"), InvoiceTime.WITHIN_FIVE_DAYS)
    order_id = paid(shop)
    shop.wait(days=5)
    assert late(shop) == []
    shop.wait(days=1)
    (found,) = late(shop)
    assert (found.order_id, found.event, found.last_day) == (order_id, PAID_ON, date(2026, 11, 27))
    # any event tells the check how late it is
    shop.place(ROUTER)
    assert {one.check for one in wrongs(shop.world)} == {"orders.invoiced_in_time"}
    by_worker(shop)
    assert late(shop) == []
    assert wrongs(shop.world) == []


def test_what_the_provider_leaves_to_the_end_of_the_month_is_late_in_the_next(
    business: Opening,
) -> None:
    shop = invoicing(business("hosting"), InvoiceTime.MONTHLY, country="DE")
    paid(shop)
    shop.world.clock.at = datetime(2026, 11, 30, 20, tzinfo=UTC)
    assert late(shop) == []
    shop.world.clock.at = datetime(2026, 12, 2, 10, tzinfo=UTC)
    assert [one.last_day for one in late(shop)] == [date(2026, 12, 1)]
    by_worker(shop)


@pytest.mark.parametrize("time", [InvoiceTime.DELIVERY, InvoiceTime.ADVANCE])
def test_what_is_paid_and_not_delivered_is_not_late_where_the_delivery_counts(
    business: Opening, time: InvoiceTime
) -> None:
    shop = invoicing(business("hosting"), time)
    paid(shop)
    shop.wait(days=9)
    assert late(shop) == []


def test_what_was_paid_before_invoices_began_is_never_late(business: Opening) -> None:
    shop = invoicing(business("hosting"), since=date(2026, 12, 1))
    order_id = paid(shop)
    shop.wait(days=12)
    refund = {"reason": "some of it", "refund_to": "method", "amount": "12.00"}
    shop.move(order_id, "refund", by="boss", **refund)
    shop.wait(days=9)
    assert late(shop) == []
