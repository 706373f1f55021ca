"""Documents in one file: the bills of several orders, or any documents, as PDF or ZIP."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from io import BytesIO
from itertools import islice, permutations
from zipfile import ZipFile

import pytest
from pypdf import PdfReader

from billing_panel.accounts.companies.provider_models import Logo, Provider
from billing_panel.kernel.language.errors import FunctionNotHeld, Invalid, NotFound, TooManyAtOnce
from plugins.orders.document_bundles.ask_document_bundle import (
    MOST_A_DAY,
    MOST_DOCUMENTS,
    MOST_WAITING,
    AskDocuments,
    ask_bills,
    ask_documents,
    find_bundle,
    forget_bundles,
)
from plugins.orders.document_bundles.document_bundle import BundleForm, DocumentBundle
from plugins.orders.document_bundles.print_document_bundles import print_bundles
from tests.actions.conftest import Opening
from tests.businesses import CLIENT, HOSTING, Business
from tests.gateways import Scripted, Till


@pytest.fixture
def hosting(business: Opening) -> Business:
    return business("hosting")


def ask(business: Business, order_ids: Sequence[int], by: str = "maria") -> DocumentBundle:
    found: DocumentBundle = business.act(ask_bills, order_ids, by=by)
    return found


def find(
    business: Business, bundle_id: int, by: str = "maria"
) -> tuple[DocumentBundle, bytes | None]:
    with business.world.database.reading() as session:
        bundle = find_bundle(session, bundle_id, actor=business.actor(by))
        return bundle, bundle.file


def work(business: Business) -> None:
    system, clock = business.actor("console"), business.world.clock
    print_bundles(business.world.database, actor=system, clock=clock)


def pages(pdf: bytes | None) -> list[str]:
    return [page.extract_text() for page in PdfReader(BytesIO(pdf or b"")).pages]


def test_bills_stand_in_the_order_asked_and_orders_without_one_are_told(hosting: Business) -> None:
    first, second = hosting.place(HOSTING), hosting.place(HOSTING)
    by_card = hosting.place(HOSTING, method="card_gateway")
    annulled = hosting.place(HOSTING)
    hosting.move(annulled, "cancel")
    asked = ask(hosting, [second, by_card, first, annulled, 999_999])
    assert (asked.total, asked.printed, asked.finished_at) == (2, 0, None)
    work(hosting)
    bundle, pdf = find(hosting, asked.id)
    numbers = [hosting.order(one).documents[0].number for one in (second, first)]
    assert [number in page for number, page in zip(numbers, pages(pdf), strict=True)] == [True] * 2
    assert (bundle.printed, bundle.finished_at) == (2, hosting.world.clock.now())
    assert bundle.without == [
        [by_card, "not_billed"],
        [annulled, "annulled"],
        [999_999, "unknown"],
    ]


def test_an_order_that_never_had_a_bill_stands_there_by_its_invoice(business: Opening) -> None:
    shop = business("webshop")
    since = date(2026, 1, 1)
    shop.world.change(Provider, {"id": shop.provider_id}, invoices_since=since)
    till = Till(shop, Scripted())
    payment = till.leave(shop.place(by=CLIENT, method="card_gateway"))
    till.tell(payment)
    (invoice,) = shop.order(payment.order_id).documents
    assert ask(shop, [payment.order_id], by="boss").documents == [invoice.id]


def test_it_is_for_whoever_asked_alone_and_for_a_day(hosting: Business) -> None:
    asked = ask(hosting, [hosting.place(HOSTING)])
    work(hosting)
    with pytest.raises(NotFound):
        find(hosting, asked.id, by="petar")
    hosting.wait(hours=25)
    database, clock = hosting.world.database, hosting.world.clock
    forget_bundles(database, actor=hosting.actor("console"), clock=clock)
    with pytest.raises(NotFound):
        find(hosting, asked.id)


def test_whoever_works_for_the_provider_no_more_opens_it_no_more(hosting: Business) -> None:
    asked = ask(hosting, [hosting.place(HOSTING)])
    work(hosting)
    moved = replace(hosting.actor("maria"), provider_ids=hosting.actor("olga").provider_ids)
    with hosting.world.database.reading() as session, pytest.raises(NotFound):
        find_bundle(session, asked.id, actor=moved)
    assert find(hosting, asked.id)[1]


def test_nobody_has_more_than_some_printed_at_once(hosting: Business) -> None:
    orders = [hosting.place(HOSTING) for _ in range(MOST_WAITING + 1)]
    for order_id in orders[:-1]:
        ask(hosting, [order_id])
    with pytest.raises(TooManyAtOnce):
        ask(hosting, orders[-1:])
    work(hosting)
    ask(hosting, orders[-1:])


def test_the_same_asked_again_is_one_file_printed_as_its_documents_are_now(
    hosting: Business,
) -> None:
    order_id = hosting.place(HOSTING)
    first = ask(hosting, [order_id])
    assert ask(hosting, [order_id]).id == first.id
    work(hosting)
    before = find(hosting, first.id)[1]
    hosting.move(order_id, "cancel")
    (bill,) = hosting.order(order_id).documents
    again = wanting(hosting, bill.id)
    assert (again.id, again.printed, again.finished_at) == (first.id, 0, None)
    work(hosting)
    assert find(hosting, first.id)[1] != before
    other = hosting.act(ask_documents, AskDocuments((bill.id,), BundleForm.ZIP), by="maria")
    assert other.id != first.id


def test_nobody_fills_the_disk_with_files_of_a_day(hosting: Business) -> None:
    (one, *_), (two, *_), (three, *_), (four, *_), (five, *_) = (
        hosting.order(hosting.place(HOSTING)).documents for _ in range(5)
    )
    ids = (one.id, two.id, three.id, four.id, five.id)
    for wanted in islice(permutations(ids), MOST_A_DAY):
        made = wanting(hosting, *wanted, by="buyer")
        hosting.world.change(
            DocumentBundle, {"id": made.id}, finished_at=hosting.world.clock.now(), file=b"%PDF"
        )
    before = hosting.world.everything()
    assert "document" in hosting.refusal(lambda: wanting(hosting, *ids[:2], by="buyer"))
    assert hosting.world.everything() == before
    assert wanting(hosting, *ids, by="buyer").documents == [*ids]
    wanting(hosting, *ids[:2], by="maria")
    hosting.wait(hours=25)
    wanting(hosting, *ids[:2], by="buyer")


def test_what_has_no_bill_or_may_not_be_printed_is_refused(hosting: Business) -> None:
    by_card = hosting.place(HOSTING, method="card_gateway")
    for order_ids in ([], [by_card]):
        with pytest.raises(Invalid):
            ask(hosting, order_ids)
    with pytest.raises(NotFound):
        ask(hosting, [999_999])
    with pytest.raises(FunctionNotHeld):
        ask(hosting, [by_card], by="georgi")


def test_a_bill_that_can_not_be_drawn_keeps_nobody_waiting(hosting: Business) -> None:
    whole = hosting.place(HOSTING)
    with hosting.world.database.writing() as session:
        session.add(Logo(digest="torn", png=b"no picture"))
        session.flush()
        session.get_one(Provider, hosting.provider_id).logo = "torn"
    torn = hosting.place(HOSTING)
    first, second = ask(hosting, [torn]), ask(hosting, [torn, whole])
    work(hosting)
    bundle, pdf = find(hosting, first.id)
    (lost,) = hosting.order(torn).documents
    assert (bundle.failed, pdf) == ([lost.id], None)
    assert bundle.finished_at is not None
    bundle, pdf = find(hosting, second.id)
    assert (bundle.failed, bundle.ready, len(pages(pdf))) == ([lost.id], 1, 1)


def test_a_worker_that_was_stopped_goes_on_and_counts_nothing_twice(hosting: Business) -> None:
    asked = ask(hosting, [hosting.place(HOSTING), hosting.place(HOSTING)])
    hosting.world.change(DocumentBundle, {"id": asked.id}, printed=2)
    work(hosting)
    bundle, pdf = find(hosting, asked.id)
    assert (bundle.printed, len(pages(pdf))) == (2, 2)


def test_documents_are_one_pdf_or_an_archive_with_a_file_for_each(hosting: Business) -> None:
    first, second = (hosting.order(hosting.place(HOSTING)).documents[0] for _ in range(2))
    wanted = (second.id, first.id, second.id)
    as_pdf = hosting.act(ask_documents, AskDocuments(wanted), by="maria")
    as_zip = hosting.act(ask_documents, AskDocuments(wanted, BundleForm.ZIP), by="maria")
    work(hosting)
    bundle, pdf = find(hosting, as_pdf.id)
    assert (bundle.documents, bundle.printed, bundle.failed) == ([second.id, first.id], 2, [])
    numbers = [second.number, first.number]
    assert [number in page for number, page in zip(numbers, pages(pdf), strict=True)] == [True] * 2
    _, archive = find(hosting, as_zip.id)
    files = ZipFile(BytesIO(archive or b""))
    assert files.namelist() == [f"proforma-{number}.pdf" for number in numbers]
    assert [number in pages(files.read(f"proforma-{number}.pdf"))[0] for number in numbers] == [
        True
    ] * 2


def wanting(business: Business, *ids: int, by: str = "maria") -> DocumentBundle:
    made: DocumentBundle = business.act(ask_documents, AskDocuments(ids), by=by)
    return made


def test_only_documents_in_scope_are_asked_for_and_not_too_many(hosting: Business) -> None:
    (bill,) = hosting.order(hosting.place(HOSTING)).documents
    many = range(1, MOST_DOCUMENTS + 2)
    for wanted in (range(0), many):
        assert "document" in hosting.refusal(lambda ids=wanted: wanting(hosting, *ids))
    for ids in ([bill.id, 999_999], [999_999]):
        with pytest.raises(NotFound):
            wanting(hosting, *ids)
    with pytest.raises(NotFound):
        wanting(hosting, bill.id, by="olga")
    with pytest.raises(FunctionNotHeld):
        wanting(hosting, bill.id, by="georgi")


def test_a_client_has_their_own_documents_in_one_file(hosting: Business) -> None:
    (own,) = hosting.order(hosting.place(HOSTING)).documents
    made = wanting(hosting, own.id, by="buyer")
    work(hosting)
    assert len(pages(find(hosting, made.id, by="buyer")[1])) == 1
