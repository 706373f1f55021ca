"""Advance invoices for what is paid before the delivery, and the invoice that settles them."""

from collections import Counter
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from billing_panel.accounts.companies.e_invoicing_modes import EInvoicing
from billing_panel.accounts.companies.provider_models import InvoiceTime, Provider
from billing_panel.kernel.values.calendar_dates import local_date
from invoices.document import Document, Kind
from invoices.einvoice.cii_invoice import cii_of
from invoices.einvoice.invoice_of_document import invoice_of as e_invoice_of
from invoices.einvoice.ubl_invoice import ubl_of
from invoices.issue_and_print import content_of
from plugins.finance.registers.register import ask
from plugins.finance.registers.vat_register import unequal_orders, vat_totals
from plugins.orders.balance.statement import Days
from tests.actions.conftest import Opening
from tests.actions.test_documents import printed
from tests.actions.test_invoices import (
    books,
    invoices,
    invoicing,
    issued_by_worker,
    notes,
    of_kind,
    refunded,
)
from tests.businesses import ANTENNA, HOSTING, ROUTER, Business
from tests.property.published_rules import CII_RULES, UBL_RULES, by_schematron


def shop_of(business: Opening, **more: Any) -> Business:
    return invoicing(business("procurement"), InvoiceTime.ADVANCE, **more)


def in_country(shop: Business, country: str) -> None:
    """Of the seller: it decides how advances are deducted; what was placed before is taxed so."""
    shop.world.change(Provider, {"id": shop.provider_id}, country=country)


def advances(shop: Business, order_id: int) -> list[Document]:
    return [content_of(row) for row in of_kind(shop, order_id, Kind.ADVANCE)]


def pay(shop: Business, order_id: int, amount: str = "", **more: str) -> None:
    more |= {"amount": amount} if amount else {}
    shop.move(order_id, "pay", by="petar", payment_method="cash", **more)


def says(shop: Business, order_id: int) -> tuple[int, int]:
    """(total, tax) of all tax documents of the order, per rate as the registers add them up."""
    made = [*advances(shop, order_id), *invoices(shop, order_id)]
    back = notes(shop, order_id)
    apart = [tax for one in made for tax in one.deducted]
    total = sum(one.total for one in made) - sum(one.total for one in back)
    tax = sum(one.tax for one in made) - sum(one.tax for one in back)
    return (
        total - sum(one.base + one.tax for one in apart),
        tax - sum(one.tax for one in apart),
    )


def test_each_payment_before_the_delivery_has_an_advance_invoice(business: Opening) -> None:
    shop = shop_of(business)
    order_id = shop.place(ROUTER, HOSTING)
    for amount, said in (("20.00", 2000), ("0.01", 2001), ("", 6500)):
        pay(shop, order_id, amount)
        assert says(shop, order_id) == books(shop, order_id)
        assert says(shop, order_id)[0] == said
    assert (len(advances(shop, order_id)), invoices(shop, order_id)) == (3, [])
    first, *_, last = advances(shop, order_id)
    assert (first.prepaid, first.payable, first.settles) == (2000, 0, ())
    assert shop.order(order_id).to_print is not None
    page = printed(shop, of_kind(shop, order_id, Kind.ADVANCE)[0].id)
    assert page["headline"]["label"] == "Paid in full"
    # all of one line together is the line
    of_lines: Counter[str] = Counter()
    for one in (first, advances(shop, order_id)[1], last):
        of_lines.update({line.key: line.amount for line in one.lines})
    assert sorted(of_lines.values()) == [500, 6000]


@pytest.mark.parametrize("engine", ["sqlite"])
def test_the_invoice_at_delivery_deducts_the_advances_and_their_tax(business: Opening) -> None:
    shop = shop_of(business)
    order_id = shop.place(ROUTER, HOSTING)
    pay(shop, order_id, "20.00")
    pay(shop, order_id)
    shop.wait(days=2)
    shop.deliver(order_id)
    numbers = [row.number for row in of_kind(shop, order_id, Kind.ADVANCE)]
    (invoice,) = invoices(shop, order_id)
    assert [one.number for one in invoice.settles] == numbers
    assert (invoice.total, invoice.tax, invoice.payable) == (0, 0, 0)
    assert [line.amount for line in invoice.lines] == [6000, 500, -2000, -4500]
    assert [(tax.percent, tax.base, tax.tax) for tax in invoice.taxes] == [(Decimal(20), 0, 0)]
    assert says(shop, order_id) == books(shop, order_id) == (6500, 1083)
    assert (shop.order(order_id).to_print or object) is not object
    assert issued_by_worker(shop) == 0


@pytest.mark.parametrize("engine", ["sqlite"])
def test_in_russia_the_invoice_says_the_whole_and_the_advance_is_deducted_apart(
    business: Opening,
) -> None:
    shop = shop_of(business)
    order_id = shop.place(ROUTER, HOSTING)
    in_country(shop, "RU")
    pay(shop, order_id, "20.00")
    pay(shop, order_id)
    shop.deliver(order_id)
    (invoice,) = invoices(shop, order_id)
    assert (invoice.total, invoice.tax, len(invoice.lines)) == (6500, 1083, 2)
    assert [(tax.base + tax.tax, tax.tax) for tax in invoice.deducted] == [(6500, 1083)]
    assert says(shop, order_id) == books(shop, order_id) == (6500, 1083)
    refunded(shop, order_id, "10.00")
    assert says(shop, order_id) == books(shop, order_id)


@pytest.mark.parametrize("engine", ["sqlite"])
@pytest.mark.parametrize("country", ["BG", "RU"])
def test_registers_agree_with_the_books(business: Opening, country: str) -> None:
    shop = shop_of(business)
    order_id, other, owed = shop.place(ROUTER, HOSTING), shop.place(ANTENNA), shop.place(ROUTER)
    in_country(shop, country)
    pay(shop, order_id, "33.33")
    pay(shop, order_id)
    pay(shop, other, "7.00")
    pay(shop, owed, "20.00")
    shop.deliver(order_id)
    shop.deliver(owed)
    assert shop.order(owed).owed == 4000
    today = local_date(shop.world.clock.now(), "Europe/Sofia")
    with shop.world.database.reading() as session:
        days, now = Days(date(2026, 1, 1), today), shop.world.clock.now()
        asked = ask(session, shop.actor("boss"), "shop", days, now=now)
        sums = {total.what: total.sum.minor for total in vat_totals(session, asked)}
        assert sums["documents"] == sums["books"] > 0
        assert unequal_orders(session, asked) == []


@pytest.mark.parametrize("engine", ["sqlite"])
@pytest.mark.parametrize("country", ["BG", "RU"])
def test_refunds_credit_the_advances_before_and_after_the_invoice(
    business: Opening, country: str
) -> None:
    shop = shop_of(business)
    before, after = shop.place(ROUTER, HOSTING, ANTENNA), shop.place(ROUTER, HOSTING)
    in_country(shop, country)
    pay(shop, before, "50.00")
    pay(shop, before, "11.11")
    for amount in ("0.01", "20.00", ""):
        refunded(shop, before, amount)
        assert says(shop, before) == books(shop, before)
    assert {note.corrects and note.corrects.number for note in notes(shop, before)} == {
        row.number for row in of_kind(shop, before, Kind.ADVANCE)
    }
    pay(shop, after, "50.00")
    shop.deliver(after)
    assert says(shop, after) == books(shop, after) == (6500, 1083)
    pay(shop, after)
    for amount in ("9.99", "30.00", ""):
        refunded(shop, after, amount)
        assert says(shop, after) == books(shop, after)
    assert says(shop, after) == (0, 0)


@pytest.mark.parametrize("engine", ["sqlite"])
def test_of_what_is_called_off_the_invoice_is_for_what_the_client_has(business: Opening) -> None:
    shop = invoicing(business("hosting"), InvoiceTime.ADVANCE)
    order_id = shop.place(ROUTER, HOSTING)
    pay(shop, order_id, "20.00")
    shop.deliver(order_id, shop.order(order_id).lines[1].id)
    assert invoices(shop, order_id) == []
    shop.move(order_id, "cancel", by="buyer")
    assert says(shop, order_id) == books(shop, order_id) == (500, 83)


@pytest.mark.parametrize("engine", ["sqlite"])
def test_advance_and_settling_e_invoices_hold_by_the_published_rules(business: Opening) -> None:
    shop = shop_of(business, e_invoicing=EInvoicing.FACTUR_X)
    order_id = shop.place(ROUTER, HOSTING)
    pay(shop, order_id, "20.00")
    shop.deliver(order_id)
    for document in (*advances(shop, order_id), *invoices(shop, order_id)):
        invoice = e_invoice_of(document)
        of_ubl = by_schematron(ubl_of(invoice), UBL_RULES)
        of_cii = by_schematron(cii_of(invoice), CII_RULES)
        assert (of_ubl.broken, [one for one in of_cii.broken if "R008" not in one]) == ((), [])
        assert min(of_ubl.fired, of_cii.fired) > 40
