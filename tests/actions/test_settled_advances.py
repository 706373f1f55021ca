"""Advance invoices and what settles them, where money goes back or the order changes between."""

from collections import Counter
from collections.abc import Mapping
from datetime import date, timedelta
from decimal import Decimal

import pytest
from sqlalchemy import select

from billing_panel.accounts.companies.provider_models import InvoiceTime, Provider, TaxRate
from billing_panel.accounts.people.client_models import Membership
from billing_panel.catalog.models import Tariff
from billing_panel.kernel.values.calendar_dates import local_date
from invoices.document import Kind
from invoices.issue_and_print import content_of
from invoices.store.models import IssuedDocument
from plugins.orders.documents.document_states import DocumentState, state_column
from plugins.orders.documents.write_credit_note import WriteCreditNote, write_credit_note
from tests.actions.conftest import Opening
from tests.actions.test_advance_invoices import advances, pay
from tests.actions.test_deferred_revenue import in_books
from tests.actions.test_documents import bills
from tests.actions.test_invoices import (
    books,
    invoices,
    invoicing,
    issued_by_worker,
    notes,
    of_kind,
    refunded,
)
from tests.businesses import HOSTING, ROUTER, Business, wrongs
from tests.gateways import Scripted, Till
from tests.world import line

Sums = Mapping[Decimal, tuple[int, int]]
HOST = line("hosting", "1 month", quantity=20)


@pytest.fixture
def two_rates(business: Opening) -> Business:
    """Prices without tax; hosting at 9 %, everything else at 20 %."""
    shop = invoicing(business("hosting"), InvoiceTime.ADVANCE, prices_include_tax=False)
    return with_low_rate(shop)


def with_low_rate(shop: Business) -> Business:
    since, percent = date(2020, 1, 1), Decimal(9)
    with shop.world.database.writing() as session:
        low = TaxRate(provider_id=shop.provider_id, tax_class="low", since=since, percent=percent)
        session.add(low)
        own = select(Tariff).filter_by(provider_id=shop.provider_id, key="hosting")
        session.scalars(own).one().tax_class = "low"
    return shop


def on_documents(shop: Business, order_id: int) -> Sums:
    """(base, tax) by rate: what the tax documents of the order come to, as registers count them."""
    found: dict[Decimal, Counter[str]] = {}
    for row in bills(shop, order_id):
        if row.kind not in {Kind.ADVANCE, Kind.INVOICE, Kind.CREDIT_NOTE}:
            continue
        document, sign = content_of(row), -1 if row.kind is Kind.CREDIT_NOTE else 1
        for one, times in [(tax, sign) for tax in document.taxes] + [
            (tax, -1) for tax in document.deducted
        ]:
            sums = found.setdefault(one.percent or Decimal(0), Counter())
            sums["base"] += times * one.base
            sums["tax"] += times * one.tax
    pairs = {percent: (sums["base"], sums["tax"]) for percent, sums in found.items()}
    return {percent: pair for percent, pair in pairs.items() if any(pair)}


@pytest.mark.parametrize("country", ["BG", "RU"])
def test_what_is_called_off_between_leaves_no_rate_on_the_documents(
    two_rates: Business, country: str
) -> None:
    shop = two_rates
    order_id = shop.place(line("router", "once", quantity=2), HOST)
    assert shop.order(order_id).total == 14400 + 10900
    shop.world.change(Provider, {"id": shop.provider_id}, country=country)
    pay(shop, order_id, "160.00")
    shop.deliver(order_id, shop.order(order_id).lines[0].id)
    shop.move(order_id, "cancel", by="buyer")
    order = shop.order(order_id)
    assert (order.paid, order.refunded) == (14400, 1600)
    assert books(shop, order_id) == (14400, 2400)
    assert on_documents(shop, order_id) == in_books(shop, order_id) == {Decimal(20): (12000, 2400)}
    (note,) = notes(shop, order_id)
    assert {tax.percent for tax in note.taxes} == {Decimal(9)}
    (invoice,) = invoices(shop, order_id)
    advance = advances(shop, order_id)[0].total - note.total
    assert invoice.total == (14400 if country == "RU" else 14400 - advance)
    assert wrongs(shop.world) == []


@pytest.fixture
def desk(business: Opening) -> Business:
    return invoicing(business("desk"), InvoiceTime.ADVANCE)


def owed(shop: Business) -> int:
    order_id = shop.place(ROUTER, HOSTING)
    shop.move(order_id, "accept")
    assert shop.order(order_id).owed == 6500
    return order_id


def test_a_dispute_that_leaves_the_sum_owed_credits_the_advance(desk: Business) -> None:
    till, order_id = Till(desk, Scripted()), owed(desk)
    payment = till.leave(order_id)
    till.tell(payment)
    assert [one.total for one in advances(desk, order_id)] == [6500]
    till.dispute(payment, "dispute_lost")
    order = desk.order(order_id)
    assert (order.paid, order.owed) == (0, 6500)
    assert [note.total for note in notes(desk, order_id)] == [6500]
    desk.deliver(order_id, by="boss")
    (invoice,) = invoices(desk, order_id)
    assert (invoice.total, invoice.payable, invoice.settles) == (6500, 6500, ())
    assert on_documents(desk, order_id) == in_books(desk, order_id)


def test_a_refund_of_what_stays_owed_credits_the_advance(desk: Business) -> None:
    order_id = owed(desk)
    pay(desk, order_id, "32.50")
    refunded(desk, order_id, "32.50")
    order = desk.order(order_id)
    assert (order.paid, [note.total for note in notes(desk, order_id)]) == (0, [3250])
    desk.deliver(order_id, by="boss")
    (invoice,) = invoices(desk, order_id)
    assert (invoice.total, invoice.payable, desk.order(order_id).owed) == (6500, 6500, 6500)
    assert on_documents(desk, order_id) == in_books(desk, order_id)


@pytest.fixture
def shop(business: Opening) -> Business:
    return invoicing(business("procurement"), InvoiceTime.ADVANCE)


def test_the_worker_leaves_an_advance_as_it_was_credited_by_hand(shop: Business) -> None:
    order_id = shop.place(ROUTER, HOSTING)
    pay(shop, order_id, "20.00")
    (row,) = of_kind(shop, order_id, Kind.ADVANCE)
    shop.act(write_credit_note, WriteCreditNote(row.id, "wrong price"), "boss")
    assert (issued_by_worker(shop), issued_by_worker(shop)) == (0, 0)
    assert len(advances(shop, order_id)) == 1
    # what comes then has its own, and what is given back for the note has no second one
    pay(shop, order_id, "5.00")
    assert [one.total for one in advances(shop, order_id)] == [2000, 500]
    refunded(shop, order_id, "20.00")
    assert (len(notes(shop, order_id)), issued_by_worker(shop)) == (1, 0)
    assert on_documents(shop, order_id) == in_books(shop, order_id)
    pay(shop, order_id)
    assert on_documents(shop, order_id) == in_books(shop, order_id)
    shop.deliver(order_id, by="boss")
    assert on_documents(shop, order_id) == in_books(shop, order_id)


def test_money_from_before_invoices_began_has_no_advance_invoice(shop: Business) -> None:
    order_id = shop.place(ROUTER, HOSTING)
    today = local_date(shop.world.clock.now(), "Europe/Sofia")
    invoicing(shop, InvoiceTime.ADVANCE, since=today)
    pay(shop, order_id, "5.00", received_on=(today - timedelta(days=3)).isoformat())
    assert (advances(shop, order_id), issued_by_worker(shop)) == ([], 0)
    pay(shop, order_id, "20.00")
    assert [one.total for one in advances(shop, order_id)] == [2000]
    pay(shop, order_id)
    shop.deliver(order_id, by="boss")
    (invoice,) = invoices(shop, order_id)
    assert invoice.total == 500
    assert on_documents(shop, order_id) == in_books(shop, order_id)


def test_an_advance_says_when_its_money_came_and_its_invoice_when_it_was_supplied(
    shop: Business,
) -> None:
    order_id = shop.place(ROUTER, HOSTING)
    today = local_date(shop.world.clock.now(), "Europe/Sofia")
    came = today - timedelta(days=3)
    pay(shop, order_id, received_on=came.isoformat())
    assert [(one.issued_on, one.paid_on) for one in advances(shop, order_id)] == [(today, came)]
    shop.wait(days=20)
    shop.deliver(order_id, by="boss")
    (invoice,) = invoices(shop, order_id)
    # of the day of issue, which is that of the delivery
    assert (invoice.issued_on, invoice.supplied_on) == (today + timedelta(days=20), None)
    states = states_of(shop, order_id)
    assert states[Kind.INVOICE] == {DocumentState.PAID}


def states_of(shop: Business, order_id: int) -> Mapping[Kind, set[DocumentState]]:
    found: dict[Kind, set[DocumentState]] = {}
    ids = [row.id for row in bills(shop, order_id)]
    with shop.world.database.reading() as session:
        wanted = select(IssuedDocument.kind, state_column()).where(IssuedDocument.id.in_(ids))
        for kind, state in session.execute(wanted):
            found.setdefault(kind, set()).add(DocumentState(state))
    return found


def test_an_order_with_an_advance_is_settled_alone_where_the_client_is_invoiced_monthly(
    shop: Business,
) -> None:
    order_id = shop.place(ROUTER, HOSTING)
    missed = shop.place(ROUTER)
    for one in (order_id, missed):
        pay(shop, one, "20.00")
    agreed = {"client_id": shop.client_id, "provider_id": shop.provider_id}
    shop.world.change(Membership, agreed, invoice_time=InvoiceTime.MONTHLY)
    pay(shop, order_id)
    assert (issued_by_worker(shop), invoices(shop, order_id)) == (0, [])
    shop.deliver(order_id, by="boss")
    (invoice,) = invoices(shop, order_id)
    assert (invoice.total, len(invoice.settles)) == (4500, 1)
    assert on_documents(shop, order_id) == in_books(shop, order_id)
    # delivered before, and left to the worker
    shop.world.change(Membership, agreed, invoice_time=InvoiceTime.WITHIN_FIVE_DAYS)
    shop.deliver(missed, by="boss")
    assert invoices(shop, missed) == []
    shop.world.change(Membership, agreed, invoice_time=InvoiceTime.MONTHLY)
    assert (issued_by_worker(shop), issued_by_worker(shop)) == (1, 0)
    assert [one.total for one in invoices(shop, missed)] == [4000]


def test_what_was_given_back_as_goodwill_is_invoiced_monthly_and_credited(
    business: Opening,
) -> None:
    shop = invoicing(business("procurement"), InvoiceTime.MONTHLY, country="DE")
    first, second = shop.place(ROUTER), shop.place(HOSTING)
    for order_id in (first, second):
        pay(shop, order_id)
        shop.deliver(order_id, by="boss")
    refunded(shop, first, "20.00")
    shop.wait(days=8)
    assert (issued_by_worker(shop), issued_by_worker(shop)) == (1, 0)
    (row,) = of_kind(shop, first, Kind.INVOICE)
    assert [one.id for one in of_kind(shop, second, Kind.INVOICE)] == [row.id]
    assert row.total == 6500
    (note,) = notes(shop, first)
    assert (note.total, note.tax, note.order_number) == (2000, 333, shop.order(first).number)
    assert notes(shop, second) == []
    assert shop.order(first).uninvoiced_since is None
