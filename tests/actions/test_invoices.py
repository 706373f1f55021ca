"""Invoices and credit notes: when they are issued, what they say; they follow the books."""

from contextlib import suppress
from datetime import date, timedelta

import pytest
from sqlalchemy import text as sql
from sqlalchemy.exc import IntegrityError

from billing_panel.accounts.companies.provider_models import InvoiceTime, Provider
from billing_panel.catalog.rules.wanted_line import WantedLine
from billing_panel.core.panel_checks import look_up
from invoices.document import Document, Kind
from invoices.document_checks import INVOICES_CHECKS
from invoices.issue_and_print import content_of
from invoices.store.models import IssuedDocument
from plugins.orders.documents.issue_due_invoices import issue_due_invoices
from plugins.orders.documents.write_credit_note import (
    LineToCredit,
    WriteCreditNote,
    write_credit_note,
)
from plugins.orders.lifecycle.raise_price import RaisePrice, raise_price
from tests.actions.conftest import Opening
from tests.actions.test_documents import bills, printed
from tests.businesses import ANTENNA, CLIENT, HOSTING, ROUTER, Business
from tests.gateways import Scripted, Till

pytestmark = pytest.mark.parametrize("engine", ["sqlite"])
START = date(2026, 1, 1)


def invoicing(
    shop: Business,
    time: InvoiceTime = InvoiceTime.PAYMENT,
    since: date | None = START,
    **more: object,
) -> Business:
    with shop.world.database.writing() as session:
        provider = session.get_one(Provider, shop.provider_id)
        provider.invoices_since, provider.invoice_time = since, time
        for name, value in more.items():
            setattr(provider, name, value)
    return shop


def of_kind(shop: Business, order_id: int, kind: Kind) -> list[IssuedDocument]:
    return [row for row in bills(shop, order_id) if row.kind is kind]


def invoices(shop: Business, order_id: int) -> list[Document]:
    return [content_of(row) for row in of_kind(shop, order_id, Kind.INVOICE)]


def notes(shop: Business, order_id: int) -> list[Document]:
    return [content_of(row) for row in of_kind(shop, order_id, Kind.CREDIT_NOTE)]


def says(shop: Business, order_id: int) -> tuple[int, int]:
    """(total, tax) of its invoices less its credit notes."""
    made, back = invoices(shop, order_id), notes(shop, order_id)
    return (
        sum(one.total for one in made) - sum(one.total for one in back),
        sum(one.tax for one in made) - sum(one.tax for one in back),
    )


def books(shop: Business, order_id: int) -> tuple[int, int]:
    """(earned, of it tax) as the ledger has it."""
    order = shop.order(order_id)
    return order.paid + order.owed, order.taxed


def paid(shop: Business, *lines: WantedLine, method: str = "cash") -> int:
    order_id = shop.place(*lines)
    shop.move(order_id, "pay", by="petar", payment_method=method)
    return order_id


def test_a_paid_order_has_one_invoice_and_its_number_is_of_the_fiscal_series(
    business: Opening,
) -> None:
    shop = invoicing(business("procurement"))
    order_id = paid(shop, HOSTING)
    (row,) = of_kind(shop, order_id, Kind.INVOICE)
    assert (row.number, row.series, row.year, row.n) == ("0000000001", "fiscal", 0, 1)
    (invoice,) = invoices(shop, order_id)
    assert (invoice.total, invoice.prepaid, invoice.payable) == (500, 500, 0)
    assert says(shop, order_id) == books(shop, order_id) == (500, 83)


def test_who_was_there_before_the_upgrade_issues_none_until_they_say_from_when(
    business: Opening,
) -> None:
    shop = business("procurement")
    before = paid(shop, HOSTING)
    assert invoices(shop, before) == []
    today = shop.world.clock.at.date()
    invoicing(shop, since=today + timedelta(days=1))
    assert invoices(shop, paid(shop, HOSTING)) == []
    shop.wait(days=1)
    assert len(invoices(shop, paid(shop, HOSTING))) == 1
    # what was paid before stays without
    shop.move(before, "refund", by="petar", reason="goodwill")
    assert bills(shop, before)[-1].kind is Kind.PROFORMA


def refunded(shop: Business, order_id: int, amount: str = "") -> None:
    more = {"amount": amount} if amount else {}
    shop.move(order_id, "refund", by="petar", reason="goodwill", **more)


def test_any_partial_refunds_add_up_to_the_invoice_line_by_line(business: Opening) -> None:
    shop = invoicing(business("procurement"))
    order_id = paid(shop, ROUTER, HOSTING, ANTENNA)
    (invoice,) = invoices(shop, order_id)
    for amount in ("0.01", "33.33", "0.02", "17.77", ""):
        refunded(shop, order_id, amount)
        assert says(shop, order_id) == books(shop, order_id)
    given = notes(shop, order_id)
    assert [one.total for one in given[:4]] == [1, 3333, 2, 1777]
    assert says(shop, order_id) == (0, 0)
    for line in invoice.lines:
        of_line = [one.amount for note in given for one in note.lines if one.key == line.key]
        assert sum(of_line) == line.amount
        assert min(of_line) > 0
    first = given[0].corrects
    assert first is not None
    assert (first.number, first.issued_on) == (invoice.number, invoice.issued_on)
    # credit notes are numbered with invoices
    numbers = [row.n for row in bills(shop, order_id) if row.series == "fiscal"]
    assert numbers == [1, 2, 3, 4, 5, 6]


def test_what_is_paid_once_more_is_invoiced_once_more(business: Opening) -> None:
    shop = invoicing(business("procurement"))
    order_id = paid(shop, ROUTER, HOSTING)
    refunded(shop, order_id, "20.00")
    shop.move(order_id, "pay", by="petar", payment_method="cash")
    assert [one.total for one in invoices(shop, order_id)] == [6500, 2000]
    assert says(shop, order_id) == books(shop, order_id)
    refunded(shop, order_id)
    assert says(shop, order_id) == books(shop, order_id) == (0, 0)


def test_an_order_is_invoiced_at_delivery_where_the_provider_says_so(business: Opening) -> None:
    shop = invoicing(business("procurement"), InvoiceTime.DELIVERY)
    order_id = paid(shop, HOSTING)
    assert invoices(shop, order_id) == []
    shop.wait(days=2)
    shop.deliver(order_id)
    (invoice,) = invoices(shop, order_id)
    (period,) = [line.period for line in invoice.lines]
    today = shop.world.clock.at.date()
    assert period is not None
    assert period.begins == today
    # the tax event is the payment before it
    assert (invoice.issued_on, invoice.supplied_on) == (today, today - timedelta(days=2))


def issued_by_worker(shop: Business) -> int:
    system, world = shop.actor("console"), shop.world
    return issue_due_invoices(world.database, actor=system, clock=world.clock).moved


def test_the_worker_invoices_on_the_fourth_day(business: Opening) -> None:
    shop = invoicing(business("procurement"), InvoiceTime.WITHIN_FIVE_DAYS)
    order_id = paid(shop, ROUTER, HOSTING)
    refunded(shop, order_id, "5.00")
    shop.move(order_id, "pay", by="petar", payment_method="cash")

    shop.wait(days=3)
    assert (issued_by_worker(shop), invoices(shop, order_id)) == (0, [])
    shop.wait(days=1)
    assert (issued_by_worker(shop), issued_by_worker(shop)) == (1, 0)
    assert says(shop, order_id) == books(shop, order_id) == (6500, 1083)


def test_what_was_left_to_the_worker_is_issued_where_the_provider_chooses_another_time(
    business: Opening,
) -> None:
    shop = invoicing(business("procurement"), InvoiceTime.WITHIN_FIVE_DAYS)
    order_id, part = paid(shop, HOSTING), shop.place(HOSTING)
    shop.move(part, "pay", by="petar", payment_method="cash", amount="1.00")
    invoicing(shop, InvoiceTime.DELIVERY)
    shop.wait(days=5)
    assert issued_by_worker(shop) == 0
    invoicing(shop, InvoiceTime.PAYMENT)
    assert (issued_by_worker(shop), issued_by_worker(shop)) == (1, 0)
    assert says(shop, order_id) == books(shop, order_id) == (500, 83)
    assert invoices(shop, part) == []


def test_h7_print_invoice_prints_the_bill_before_payment_and_the_invoice_after(
    business: Opening,
) -> None:
    shop = invoicing(business("procurement"))
    order_id = shop.place(HOSTING)
    before = shop.order(order_id).to_print
    assert before is not None
    assert before.kind is Kind.PROFORMA
    shop.move(order_id, "pay", by="petar", payment_method="bank_transfer")
    after = shop.order(order_id).to_print
    assert after is not None
    assert after.kind is Kind.INVOICE
    page = printed(shop, after.id)
    assert page["headline"]["label"] == "Paid in full"
    assert (page["bank"], page["code"], page["mark"]) == ([], None, "")
    assert printed(shop, before.id)["mark"].startswith("Paid on")


def test_of_what_is_called_off_the_client_is_invoiced_for_what_they_have(
    business: Opening,
) -> None:
    shop = invoicing(business("hosting"), InvoiceTime.DELIVERY)
    order_id = shop.place(ROUTER, HOSTING)
    shop.deliver(order_id, shop.order(order_id).lines[1].id)
    assert invoices(shop, order_id) == []
    shop.move(order_id, "cancel", by="buyer")
    (invoice,) = invoices(shop, order_id)
    assert [line.amount for line in invoice.lines] == [500]
    assert says(shop, order_id) == books(shop, order_id) == (500, 83)


def test_a_lost_dispute_is_credited_unless_the_sum_is_owed_again(business: Opening) -> None:
    shop = invoicing(business("webshop"))
    till = Till(shop, Scripted())
    lost = till.leave(shop.place(by=CLIENT, method="card_gateway"))
    till.tell(lost)
    assert says(shop, lost.order_id) == (6000, 1000)
    till.dispute(lost, "dispute_lost")
    assert says(shop, lost.order_id) == books(shop, lost.order_id) == (0, 0)
    owed = till.leave(shop.place(by=CLIENT, method="card_gateway"))
    till.tell(owed)
    shop.deliver(owed.order_id, by="boss")
    till.dispute(owed, "dispute_lost")
    assert (notes(shop, owed.order_id), shop.order(owed.order_id).owed) == ([], 6000)
    assert says(shop, owed.order_id) == books(shop, owed.order_id)


def credited(
    shop: Business, order_id: int, *lines: LineToCredit, refund_to: str = ""
) -> IssuedDocument:
    (row, *_) = of_kind(shop, order_id, Kind.INVOICE)
    command = WriteCreditNote(row.id, "wrong price", lines, refund_to)
    note: IssuedDocument = shop.act(write_credit_note, command, "boss")
    return note


def test_a_credit_note_by_hand_moves_no_money_unless_it_is_asked_to(business: Opening) -> None:
    shop = invoicing(business("procurement"))
    order_id = paid(shop, ROUTER, HOSTING)
    credited(shop, order_id, LineToCredit(1, "12.00"))
    assert (says(shop, order_id), books(shop, order_id)) == ((5300, 883), (6500, 1083))
    # what is given back for it has no second one
    refunded(shop, order_id, "12.00")
    assert len(notes(shop, order_id)) == 1
    assert says(shop, order_id) == books(shop, order_id)
    credited(shop, order_id, LineToCredit(2), refund_to="balance")
    assert says(shop, order_id) == books(shop, order_id) == (4800, 800)
    assert shop.order(order_id).refunded == 1700


def test_what_was_credited_by_hand_changes_no_tax_of_what_is_invoiced_later(
    business: Opening,
) -> None:
    shop = invoicing(business("procurement"))
    order_id = paid(shop, ROUTER, HOSTING)
    credited(shop, order_id, LineToCredit(1, "12.00"))
    raised = shop.order(order_id).lines[1].id
    shop.act(raise_price, RaisePrice(order_id, raised, "15.00", "dearer"), by="boss")
    shop.move(order_id, "pay", by="petar", payment_method="cash")
    later = invoices(shop, order_id)[1]
    assert (later.total, later.net, later.tax) == (1000, 833, 167)
    # the note still stands between the books and the documents, and nothing else does
    assert (says(shop, order_id), books(shop, order_id)) == ((6300, 1050), (7500, 1250))


def test_no_more_is_credited_than_was_invoiced(business: Opening) -> None:
    shop = invoicing(business("procurement"))
    order_id = paid(shop, ROUTER, HOSTING)
    for lines, code in (
        ([LineToCredit(1, "60.01")], "lines.0.amount"),
        ([LineToCredit(3)], "lines.0.line"),
        ([LineToCredit(2), LineToCredit(2)], "lines.1.line"),
    ):
        assert code in shop.refusal(lambda lines=lines: credited(shop, order_id, *lines))
    credited(shop, order_id)
    assert shop.refusal(lambda: credited(shop, order_id)) == {"credited_already"}
    bill = bills(shop, order_id)[0].id
    by_hand = WriteCreditNote(bill, "no")
    assert shop.refusal(lambda: shop.act(write_credit_note, by_hand, "boss")) == {"not_an_invoice"}
    refunded(shop, order_id)


def test_m14_what_is_paid_at_the_desk_has_a_receipt_and_cash_on_delivery_none(
    business: Opening,
) -> None:
    shop = invoicing(business("procurement"), series_receipt="R-{number:04}")
    order_id = shop.place(HOSTING)
    shop.move(order_id, "pay", by="petar", payment_method="cash", amount="2.00")
    (row,) = of_kind(shop, order_id, Kind.RECEIPT)
    assert (row.number, row.total) == ("R-0001", 200)
    page = printed(shop, row.id)
    assert page["headline"] == {"label": "Amount received", "value": "€2.00"}
    assert (page["sums"], page["has_taxes"], page["bank"]) == ([], False, [])
    shop.move(order_id, "pay", by="petar", payment_method="cash_on_delivery")
    assert len(of_kind(shop, order_id, Kind.RECEIPT)) == 1
    assert len(invoices(shop, order_id)) == 1


def test_e3_no_kind_of_document_is_changed_by_sql_and_a_change_without_triggers_is_found(
    business: Opening,
) -> None:
    shop = invoicing(business("procurement"), series_receipt="R-{number}")
    order_id = paid(shop, HOSTING)
    refunded(shop, order_id, "1.00")
    rows = bills(shop, order_id)
    assert {row.kind for row in rows} == set(Kind) - {Kind.ADVANCE}
    for row in rows:
        with pytest.raises(IntegrityError), shop.world.database.writing() as session:
            session.execute(sql("UPDATE document SET total = 1 WHERE id = :id"), {"id": row.id})
    with suppress(_Enough), shop.world.database.writing() as session:
        session.execute(sql("DROP TRIGGER document_refuses_update"))
        session.execute(sql("UPDATE document SET total = 1 WHERE kind = 'invoice'"))
        session.execute(sql("UPDATE document SET n = n + 5 WHERE kind = 'credit_note'"))
        wrong = {one.check for one in look_up(session, INVOICES_CHECKS)}
        assert wrong >= {"documents.numbers", "documents.totals", "documents.unchanged"}
        raise _Enough


class _Enough(Exception):
    """All was seen: nothing of it is kept."""
