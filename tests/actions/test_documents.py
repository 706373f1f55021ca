"""Bills as they are issued, reissued and printed: what they ask for, and by which day."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import select

from billing_panel.accounts.companies.provider_models import (
    METHOD_NEEDS,
    MethodKind,
    PaymentMethod,
    Provider,
)
from billing_panel.administration.catalog.change_tariff import create_tariff
from billing_panel.administration.catalog.tariff_details import PriceDetails, TariffDetails
from billing_panel.administration.clients.change_client_terms import change_membership
from billing_panel.administration.clients.client_details import MembershipDetails
from billing_panel.administration.clients.client_groups import GroupDetails, save_group
from billing_panel.catalog.rules.eligibility_facts import TariffKind
from billing_panel.kernel.files.printable_characters import refuse_blanks
from billing_panel.kernel.language.errors import Invalid, Refused
from billing_panel.kernel.tables.event_log import Event
from billing_panel.kernel.values.calendar_dates import local_date
from billing_panel.kernel.values.postal_address import Address
from invoices.document import Document, Marking, Pictures
from invoices.issue_and_print import content_of, print_document
from invoices.printing.document_pdf_values import page_values
from invoices.printing.payment_qr_code import payment_code
from invoices.store.digests import file_digest
from invoices.store.models import IssuedDocument
from plugins.orders.checkout.place_order import DeliveryWish
from plugins.orders.deadlines.change_deadline import ChangeDeadline, change_deadline
from plugins.orders.documents.document_states import DocumentState
from plugins.orders.documents.list_documents import DocumentFilter, listed_documents
from plugins.orders.lifecycle.raise_price import RaisePrice, raise_price
from plugins.orders.store.models import OrderDocument
from tests.actions.conftest import Opening
from tests.businesses import CLIENT, HOSTING, PROVIDER, ROUTER, TAX, Business
from tests.world import line

pytestmark = pytest.mark.parametrize("engine", ["sqlite"])
SOFIA = "Europe/Sofia"


@dataclass(frozen=True)
class Plain:
    """Draws the words of a page, one word after the other."""

    def pdf(
        self,
        document: Document,
        pictures: Pictures = Pictures(),  # noqa: ARG002, B008 (names it; it is frozen)
        marking: Marking | None = None,
    ) -> bytes:
        values = {**page_values(document, marking), "code": payment_code(document)}
        return json.dumps(values, default=vars, ensure_ascii=False).encode()

    def statement(self, values: Mapping[str, object]) -> bytes:
        return json.dumps(values).encode()


def bills(shop: Business, order_id: int) -> list[IssuedDocument]:
    own = select(IssuedDocument).join(OrderDocument).where(OrderDocument.order_id == order_id)
    with shop.world.database.reading() as session:
        return [*session.scalars(own.order_by(IssuedDocument.id))]


def bill(shop: Business, order_id: int) -> Document:
    """The one that is not annulled."""
    (found,) = [row for row in bills(shop, order_id) if not row.is_void]
    return content_of(found)


def printed(shop: Business, document_id: int) -> dict[str, Any]:
    actor, world = shop.actor("boss"), shop.world
    pdf = print_document(world.database, Plain(), document_id, actor=actor, clock=world.clock).pdf
    page: dict[str, Any] = json.loads(pdf)
    return page


def raised(shop: Business, order_id: int, price: str) -> None:
    (one, *_) = shop.order(order_id).lines
    shop.act(raise_price, RaisePrice(order_id, one.id, price, "dearer"), "boss")


def test_e1_a_bill_after_a_payment_asks_for_what_is_left(business: Opening) -> None:
    shop = business("procurement")
    order_id = shop.place(HOSTING)
    shop.move(order_id, "pay", by="petar", payment_method="cash")
    raised(shop, order_id, "8.00")
    asked = bill(shop, order_id)
    assert (asked.total, asked.prepaid, asked.payable) == (800, 500, 300)
    page = printed(shop, bills(shop, order_id)[-1].id)
    assert page["headline"] == {"label": "Amount due", "value": "€3.00"}
    assert [(s["label"], s["value"]) for s in page["sums"]][-2:] == [
        ("Total including VAT", "€8.00"),
        ("Paid before", "−€5.00"),
    ]
    assert page["total"] == {"label": "Total to pay", "value": "€3.00"}
    assert page["words"]["value"].startswith("Three euros")
    assert "EUR3.00" in page["code"]


def test_e1_what_asks_for_nothing_never_looks_like_a_bill(business: Opening) -> None:
    """The document as it was is kept beside each state in which it was printed."""
    shop = business("hosting")
    order_id = shop.place(HOSTING)
    (row,) = bills(shop, order_id)
    first = printed(shop, row.id)
    assert (first["mark"], bool(first["bank"])) == ("", True)
    shop.move(order_id, "pay", by="petar", payment_method="cash", amount="2")
    assert printed(shop, row.id) == first
    shop.move(order_id, "pay", by="petar", payment_method="cash")
    paid = printed(shop, row.id)
    shop.move(order_id, "cancel", by="boss", reason="changed their mind")
    void = printed(shop, row.id)
    assert [paid["mark"], void["mark"]] == [
        "Paid on 22 November 2026",
        "Annulled on 22 November 2026",
    ]
    for page in (paid, void):
        assert (page["bank"], page["headline"]["label"]) == ([], "Total")
        assert "Due date" not in {fact["label"] for fact in page["facts"]}
    with shop.world.database.reading() as session:
        kept = session.scalars(select(Event).filter_by(kind="document.printed")).all()
    assert [event.facts.get("mark") for event in kept] == [None, "paid", "void"]
    assert kept[0].facts["digest"] == file_digest(json.dumps(first, ensure_ascii=False).encode())


@pytest.mark.parametrize("amount", ["2.00", ""])
def test_what_was_given_back_once_it_is_done_is_not_asked_for_again(
    business: Opening, amount: str
) -> None:
    """A goodwill refund leaves a bill that was paid, and never one that is overdue."""
    shop = business("hosting")
    order_id = shop.place(HOSTING)
    shop.move(order_id, "pay", by="petar", payment_method="cash")
    shop.deliver(order_id)
    fields = {"reason": "slow", "refund_to": "balance"} | ({"amount": amount} if amount else {})
    shop.move(order_id, "refund", by="boss", **fields)
    (row,) = bills(shop, order_id)
    assert printed(shop, row.id)["mark"] == "Paid on 22 November 2026"
    with shop.world.database.reading() as session:
        (listed,) = listed_documents(session, shop.actor("boss"), DocumentFilter(only=row.id), 2)
    assert listed.state is DocumentState.PAID


def test_e9_a_changed_series_stops_no_sale_and_repeats_no_number(business: Opening) -> None:
    shop = business("hosting")
    numbers = []
    for series in (
        *("PF-{year}-{number:06}", "PF-{year}-{number:06}"),
        *("PF-2026-{number:06}", "PF-{year}-{number:06}", "P{number}", "P1{number}", "P{number}"),
    ):
        shop.world.change(Provider, {"key": PROVIDER}, series_proforma=series)
        numbers.append(bills(shop, shop.place(HOSTING))[-1].number)
    assert numbers == [
        *("PF-2026-000001", "PF-2026-000002", "PF-2026-000003", "PF-2026-000004"),
        # counting through all years goes on from where it was
        *("P4", "P15", "P16"),
    ]


def test_e14_a_raised_price_keeps_the_percent_of_the_discount(business: Opening) -> None:
    """7.5 % of 3 × 33.33, then of 3 × 100."""
    shop = business("procurement")
    details = TariffDetails(
        "cable",
        {"en": "Cable"},
        TariffKind.SERVICE,
        category="all",
        tax_class=TAX,
        prices=[PriceDetails(0, "33.33")],
    )
    group = GroupDetails("good", {"en": "Good"}, discount_percent=Decimal("7.5"))
    terms = MembershipDetails(group="good", credit_limit="100000")
    owner, clock = shop.world.actor("owner"), shop.world.clock
    with shop.world.database.writing() as session:
        create_tariff(session, PROVIDER, details, actor=owner, clock=clock)
        save_group(session, None, group, actor=owner, clock=clock)
        change_membership(session, shop.client_id, PROVIDER, terms, actor=owner, clock=clock)
    order_id = shop.place(line("cable", "once", 3))
    before = shop.order(order_id)
    assert (before.goods, before.discount, before.total) == (9999, 750, 9249)
    raised(shop, order_id, "100")
    after = shop.order(order_id)
    assert (after.goods, after.discount, after.total) == (30000, 2250, 27750)
    assert [one.discount for one in after.lines] == [2250]


def test_9_the_day_to_pay_is_one_and_moves_with_the_deadline(business: Opening) -> None:
    """Three days after Awaiting payment, whatever the terms; then as staff put it off."""
    shop = business("marketplace")
    shop.world.change(Provider, {"key": PROVIDER}, timezone=SOFIA, payment_terms_days=14)
    order_id = shop.place()
    shop.put(order_id, "awaiting_payment")
    due = shop.due(order_id)
    assert due is not None
    assert bill(shop, order_id).due_on == local_date(due, SOFIA)
    assert (due - shop.world.clock.at).days == 3
    # 23:30 in Sofia that day: a later day there, and it is said so
    later = due.replace(hour=23, minute=0)
    shop.act(change_deadline, ChangeDeadline(order_id, later, "asked for it"), "boss")
    assert bill(shop, order_id).due_on == local_date(due, SOFIA) + timedelta(days=1)
    assert [row.is_void for row in bills(shop, order_id)] == [True, False]
    shop.act(change_deadline, ChangeDeadline(order_id, None, "no hurry"), "boss")
    today = local_date(shop.world.clock.at, SOFIA)
    assert bill(shop, order_id).due_on == today + timedelta(days=14)
    shop.move(order_id, "pay", by="petar", payment_method="cash")
    assert [row.is_void for row in bills(shop, order_id)] == [True, True, False]


def test_9_whoever_leaves_the_status_of_the_deadline_is_billed_by_the_terms(
    business: Opening,
) -> None:
    shop = business("hosting")
    order_id = shop.place(HOSTING)
    today = shop.world.clock.at.date()
    assert bill(shop, order_id).due_on == today + timedelta(days=30)
    shop.deliver(order_id)
    assert shop.due(order_id) is None
    assert bill(shop, order_id).due_on == today + timedelta(days=14)


def test_10_and_e2_a_method_is_offered_where_there_is_somewhere_to_pay_to(
    business: Opening,
) -> None:
    shop = business("webshop")

    def refused(by: str, kind: MethodKind) -> tuple[str, bool]:
        before = shop.world.everything()
        with pytest.raises(Invalid) as caught:
            shop.place(by=by, method=kind.value)
        assert shop.world.everything() == before
        (error,) = caught.value.errors
        return error.code, error.message == METHOD_NEEDS[kind]

    card = {"provider_id": shop.provider_id, "kind": MethodKind.CARD_GATEWAY}
    shop.world.change(PaymentMethod, card, gateway=None)
    shop.world.change(Provider, {"key": PROVIDER}, bank_iban="")
    for kind in (MethodKind.CARD_GATEWAY, MethodKind.BANK_TRANSFER):
        assert refused("maria", kind) == ("method_not_set_up", True)
        assert refused(CLIENT, kind) == ("unknown_payment_method", False)
    shop.world.change(Provider, {"key": PROVIDER}, country="RU", bank_account="4" * 20)
    assert refused("maria", MethodKind.BANK_TRANSFER) == ("method_not_set_up", True)
    shop.world.change(Provider, {"key": PROVIDER}, bank_bik="044525225")
    shop.place(ROUTER)


def test_e11_a_letter_without_a_glyph_is_named_and_never_a_blank(business: Opening) -> None:
    shop = business("hosting")
    (row,) = bills(shop, shop.place(HOSTING))
    content = content_of(row)
    blank = replace(content, buyer=replace(content.buyer, name="日本 Ltd, 日"))
    with pytest.raises(Refused, match="日 本") as caught:
        refuse_blanks(blank)
    assert caught.value.code == "no_glyph"
    refuse_blanks(content)
    before = shop.world.everything()
    with pytest.raises(Invalid) as wrong:
        shop.place(HOSTING, delivery=DeliveryWish(address=Address("東京")))
    assert [error.code for error in wrong.value.errors] == ["no_glyph"]
    assert shop.world.everything() == before
