"""One invoice for several orders: at will or once a month, and what becomes of it after."""

from datetime import date
from decimal import Decimal

import pytest
from sqlalchemy import text as sql

from billing_panel.accounts.companies.e_invoicing_modes import EInvoicing
from billing_panel.accounts.companies.provider_models import InvoiceTime, Provider
from billing_panel.accounts.people.client_models import Client, Membership
from billing_panel.kernel.language.errors import FunctionNotHeld, NotFound
from invoices.document import Kind
from invoices.einvoice.cii_invoice import cii_of
from invoices.einvoice.invoice_of_document import invoice_of as e_invoice_of
from invoices.einvoice.ubl_invoice import ubl_of
from invoices.issue_and_print import content_of
from invoices.store.models import IssuedDocument
from plugins.orders.documents.invoice_together import InvoiceTogether, invoice_together
from plugins.orders.documents.issue_due_invoices import waiting_orders
from plugins.orders.documents.write_credit_note import (
    LineToCredit,
    WriteCreditNote,
    write_credit_note,
)
from plugins.orders.store.models import Order
from tests.actions.conftest import Opening
from tests.actions.test_documents import printed
from tests.actions.test_invoices import (
    books,
    invoicing,
    issued_by_worker,
    notes,
    of_kind,
    paid,
    refunded,
    says,
)
from tests.businesses import ANTENNA, HOSTING, ROUTER, Business
from tests.property.published_rules import CII_RULES, UBL_RULES, by_schematron


def together(shop: Business, *orders: int, by: str = "boss") -> IssuedDocument:
    issued: IssuedDocument = shop.act(invoice_together, InvoiceTogether(orders), by)
    return issued


def part(shop: Business, order_id: int) -> tuple[int, int]:
    """(total, tax) that the collective invoice says of the order, less its credit notes."""
    (row,) = of_kind(shop, order_id, Kind.INVOICE)
    number = shop.order(order_id).number
    (own,) = [one for one in content_of(row).parts if one.order_number == number]
    back = notes(shop, order_id)
    return own.total - sum(n.total for n in back), own.tax - sum(n.tax for n in back)


def test_several_orders_have_one_invoice_that_adds_up_per_rate(business: Opening) -> None:
    shop = invoicing(business("procurement"), InvoiceTime.WITHIN_FIVE_DAYS)
    first, second, third = (
        paid(shop, *lines) for lines in ((ROUTER, HOSTING), (HOSTING,), (ANTENNA,))
    )
    issued = together(shop, first, second)
    for order_id in (first, second):
        order = shop.order(order_id)
        assert [row.id for row in of_kind(shop, order_id, Kind.INVOICE)] == [issued.id]
        assert (order.to_print and order.to_print.id) == issued.id
        assert part(shop, order_id) == books(shop, order_id)
    invoice = content_of(issued)
    assert (invoice.total, invoice.tax, invoice.prepaid) == (7000, 1083 + 83, 7000)
    assert [(tax.percent, tax.base, tax.tax) for tax in invoice.taxes] == [
        (Decimal(20), 7000 - 1166, 1166)
    ]
    numbers = [shop.order(one).number for one in (first, second)]
    assert invoice.order_number == ", ".join(numbers)
    assert [line.detail.startswith(f"Order No. {numbers[0]} of ") for line in invoice.lines] == [
        True,
        True,
        False,
    ]
    # who is left out is invoiced by itself
    shop.wait(days=4)
    assert issued_by_worker(shop) == 1
    assert [row.id for row in of_kind(shop, first, Kind.INVOICE)] == [issued.id]
    assert says(shop, third) == books(shop, third)


def test_h7_a_bank_transfer_prints_its_bill_before_and_the_collective_invoice_after(
    business: Opening,
) -> None:
    shop = invoicing(business("procurement"), InvoiceTime.WITHIN_FIVE_DAYS)
    orders = [shop.place(HOSTING), shop.place(ROUTER)]
    for order_id in orders:
        bill = shop.order(order_id).to_print
        assert bill is not None
        assert bill.kind is Kind.PROFORMA
        shop.move(order_id, "pay", by="petar", payment_method="bank_transfer")
    issued = together(shop, *orders)
    assert {(shop.order(one).to_print or issued).id for one in orders} == {issued.id}
    page = printed(shop, issued.id)
    assert page["headline"]["label"] == "Paid in full"


def test_refunds_and_corrections_are_of_the_order_alone(business: Opening) -> None:
    shop = invoicing(business("procurement"), InvoiceTime.WITHIN_FIVE_DAYS)
    first, second = paid(shop, ROUTER, HOSTING), paid(shop, ANTENNA)
    issued = together(shop, first, second)
    for amount in ("0.01", "17.77", ""):
        refunded(shop, first, amount)
        assert part(shop, first) == books(shop, first)
    assert part(shop, first) == (0, 0)
    assert {note.corrects and note.corrects.number for note in notes(shop, first)} == {
        issued.number
    }
    assert {note.order_number for note in notes(shop, first)} == {shop.order(first).number}
    assert (notes(shop, second), part(shop, second)) == ([], books(shop, second))


def test_a_credit_note_by_hand_says_of_which_order_it_is(business: Opening) -> None:
    shop = invoicing(business("procurement"), InvoiceTime.WITHIN_FIVE_DAYS)
    first, second = paid(shop, ROUTER, HOSTING), paid(shop, ANTENNA)
    issued = together(shop, first, second)
    lines = content_of(issued).lines

    def corrected(*places: int, of: int | None = None) -> IssuedDocument:
        wanted = tuple(LineToCredit(place) for place in places)
        command = WriteCreditNote(issued.id, "wrong", wanted, order_id=of)
        note: IssuedDocument = shop.act(write_credit_note, command, "boss")
        return note

    assert "order" in shop.refusal(corrected)
    of_both = (1, len(lines))
    assert "order" in shop.refusal(lambda: corrected(*of_both))
    assert "lines.0.line" in shop.refusal(lambda: corrected(len(lines), of=first))
    assert corrected(2).total == 500
    assert corrected(of=second).total == shop.order(second).total
    assert [note.total for note in notes(shop, first)] == [500]
    other = paid(shop, HOSTING)
    with pytest.raises(NotFound):
        corrected(1, of=other)


def test_what_does_not_fit_together_is_named_order_by_order(business: Opening) -> None:
    shop = invoicing(business("procurement"), InvoiceTime.WITHIN_FIVE_DAYS)
    good, unpaid = paid(shop, HOSTING), shop.place(HOSTING)
    assert "not_together" in shop.refusal(lambda: together(shop, good, unpaid))
    assert "orders" in shop.refusal(lambda: together(shop, good, good))
    other = paid(shop, HOSTING)
    together(shop, good, other)
    again = paid(shop, HOSTING)
    assert "not_together" in shop.refusal(lambda: together(shop, again, good))
    shop.wait(days=20)
    later = paid(shop, HOSTING)
    assert "not_together" in shop.refusal(lambda: together(shop, again, later))
    with pytest.raises(NotFound):
        together(shop, again, 999_999)
    with pytest.raises(FunctionNotHeld):
        together(shop, again, later, by="georgi")
    issued_by_worker(shop)


def monthly(shop: Business, country: str) -> Business:
    shop = invoicing(shop, InvoiceTime.PAYMENT, country=country)
    shop.world.change(Membership, {"client_id": client(shop)}, invoice_time=InvoiceTime.MONTHLY)
    return shop


def client(shop: Business) -> int:
    return shop.world.client_id("buyer")


def test_who_agreed_on_it_has_one_invoice_a_month_by_the_worker(business: Opening) -> None:
    """The clock stands at 22 November: the month ends eight days later."""
    shop = monthly(business("procurement"), "DE")
    first, second = paid(shop, ROUTER), paid(shop, HOSTING)
    shop.wait(days=7)
    assert issued_by_worker(shop) == 0
    assert of_kind(shop, first, Kind.INVOICE) == []
    shop.wait(days=1)
    assert (issued_by_worker(shop), issued_by_worker(shop)) == (1, 0)
    (row,) = of_kind(shop, first, Kind.INVOICE)
    assert [one.id for one in of_kind(shop, second, Kind.INVOICE)] == [row.id]
    assert row.issued_on == date(2026, 11, 30)
    # what is paid on the last day after it has another, and December its own
    late = paid(shop, HOSTING)
    assert issued_by_worker(shop) == 1
    shop.wait(days=1)
    december = paid(shop, HOSTING)
    assert issued_by_worker(shop) == 0
    assert len(of_kind(shop, late, Kind.INVOICE)) == 1
    assert of_kind(shop, december, Kind.INVOICE) == []


def test_where_the_law_gives_five_days_it_does_not_wait_for_the_month(business: Opening) -> None:
    shop = monthly(business("procurement"), "BG")
    first = paid(shop, ROUTER)
    shop.wait(days=3)
    second = paid(shop, HOSTING)
    assert issued_by_worker(shop) == 0
    shop.wait(days=1)
    assert issued_by_worker(shop) == 1
    (row,) = of_kind(shop, first, Kind.INVOICE)
    assert [one.id for one in of_kind(shop, second, Kind.INVOICE)] == [row.id]


@pytest.mark.parametrize("engine", ["sqlite"])
def test_a_collective_e_invoice_holds_by_the_published_rules(business: Opening) -> None:
    shop = invoicing(
        business("procurement"), InvoiceTime.WITHIN_FIVE_DAYS, e_invoicing=EInvoicing.FACTUR_X
    )
    shop.world.change(Client, {"id": client(shop)}, country="BG")
    issued = together(shop, paid(shop, ROUTER, HOSTING), paid(shop, ANTENNA), paid(shop, HOSTING))
    invoice = e_invoice_of(content_of(issued))
    of_ubl = by_schematron(ubl_of(invoice), UBL_RULES)
    of_cii = by_schematron(cii_of(invoice), CII_RULES)
    assert (of_ubl.broken, [said for said in of_cii.broken if "R008" not in said]) == ((), [])
    assert min(of_ubl.fired, of_cii.fired) > 40


@pytest.mark.parametrize("engine", ["sqlite"])
def test_the_mark_of_what_waits_is_gone_with_the_invoice(business: Opening) -> None:
    shop = invoicing(business("procurement"), InvoiceTime.WITHIN_FIVE_DAYS)
    first, second, unpaid = paid(shop, HOSTING), paid(shop, HOSTING), shop.place(HOSTING)
    assert [shop.order(one).uninvoiced_since is None for one in (first, unpaid)] == [False, True]
    together(shop, first, second)
    assert shop.order(first).uninvoiced_since is None
    shop.world.change(Provider, {"id": shop.provider_id}, invoices_since=None)
    without = paid(shop, HOSTING)
    assert shop.order(without).uninvoiced_since is not None


@pytest.mark.parametrize("engine", ["sqlite"])
def test_the_worker_reads_no_orders_but_those_that_wait(business: Opening) -> None:
    """However many orders a provider has: by the index of what waits, and not the table."""
    shop = invoicing(business("procurement"))
    with shop.world.database.reading() as session:
        provider = session.get_one(Provider, shop.provider_id)
        statement = waiting_orders(provider).order_by(Order.id).limit(500)
        dialect = session.get_bind().dialect
        plain = statement.compile(dialect=dialect, compile_kwargs={"literal_binds": True})
        plan = [row.detail for row in session.execute(sql(f"EXPLAIN QUERY PLAN {plain}"))]
    assert any("orders USING INDEX ix_orders_uninvoiced" in step for step in plan), plan
    assert not any(step.startswith("SCAN orders") for step in plan), plan
