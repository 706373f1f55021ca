"""E-invoices: issued where they are wanted, refused before a number is taken."""

from dataclasses import replace

import pytest
from sqlalchemy import select

from billing_panel.accounts.access.load_actors import console
from billing_panel.accounts.companies.provider_models import MethodKind, Provider
from billing_panel.kernel.files.printable_characters import refuse_blanks
from billing_panel.kernel.language.errors import FunctionNotHeld, NotFound, Refused
from billing_panel.kernel.values.actor import Actor
from billing_panel.tax.no_tax_grounds import ground_of
from billing_panel.tax.supply import TaxCategory
from invoices.document import Document, EInvoicing, Ground, Kind
from invoices.exchange.einvoice_file import Syntax, einvoice_file
from invoices.issue_and_print import content_of, issue
from invoices.store.models import IssuedDocument
from plugins.orders.deadlines.fire_deadlines import Fired
from plugins.orders.documents.issue_due_invoices import issue_due_invoices
from plugins.orders.settlement.invoicing.issue_invoices_by_ledger import following_books
from plugins.orders.settlement.ledger import order_ledger
from plugins.orders.store.models import Order
from plugins.orders.store.payment import Payment, PaymentState
from tests.world import World, line

pytestmark = pytest.mark.parametrize("engine", ["sqlite"])
CLIENT = "balkan.media"


def bill(world: World) -> Document:
    """What an order of a Bulgarian company is billed by."""
    (order,) = world.place("maria", world.order(CLIENT, line("web-start", "12 months")))
    with world.database.reading() as session:
        row = session.scalars(select(IssuedDocument)).all()[-1]
        assert order.id
        return content_of(row)


def issued(world: World, document: Document) -> IssuedDocument:
    """``document`` as it is issued by its provider."""
    with world.database.writing() as session:
        provider = session.scalars(select(Provider).filter_by(key="nordvik")).one()
        return issue(
            session,
            replace(document, number=""),
            provider=provider,
            client_id=world.client_id(CLIENT),
            actor=world.actor("maria"),
            at=world.clock.now(),
        )


def untaxed(document: Document, category: TaxCategory) -> Document:
    """The same without tax, as ``category``."""
    found = ground_of(category, "BG")
    ground = Ground(found.code, str(found.said)) if found else None
    (tax,) = document.taxes
    none = tax.percent * 0
    return replace(
        document,
        lines=tuple(replace(o, tax_category=category, tax_percent=none) for o in document.lines),
        taxes=(replace(tax, category=category, percent=none, tax=0, ground=ground),),
        tax=0,
        total=document.net,
    )


def test_an_invoice_is_an_einvoice_and_a_proforma_is_none(world: World) -> None:
    document = bill(world)
    assert (document.kind, document.e_invoicing) == (Kind.PROFORMA, EInvoicing.OFF)
    row = issued(world, replace(document, kind=Kind.INVOICE))
    assert row.e_invoicing is EInvoicing.PEPPOL
    actor = world.actor("maria")
    with world.database.reading() as session:
        ubl = einvoice_file(session, row.id, Syntax.UBL, actor=actor)
        again = einvoice_file(session, row.id, Syntax.UBL, actor=actor)
        cii = einvoice_file(session, row.id, Syntax.CII, actor=actor)
    assert f"<cbc:ID>{row.number}</cbc:ID>".encode() in ubl.xml
    assert f"<ram:ID>{row.number}</ram:ID>".encode() in cii.xml
    assert ubl == again
    assert row.number == "0000000001"


def test_a_wrong_field_takes_no_number_and_is_named(world: World) -> None:
    document = replace(untaxed(bill(world), TaxCategory.REVERSE_CHARGE), kind=Kind.INVOICE)
    nameless = replace(document, buyer=replace(document.buyer, vat_number=""))
    before = world.everything()
    with pytest.raises(Refused) as refusal:
        issued(world, nameless)
    assert refusal.value.code == "not_an_e_invoice"
    (reason,) = refusal.value.reasons
    assert reason.code == "BT-48"
    assert "no VAT number" in str(reason.message)
    assert str(reason.remedy) == "Enter it in the client’s details."
    assert world.everything() == before
    assert issued(world, document).number == "0000000001"


def test_without_the_setting_nothing_is_asked(world: World) -> None:
    world.change(Provider, {"key": "nordvik"}, e_invoicing=EInvoicing.OFF)
    document = replace(untaxed(bill(world), TaxCategory.REVERSE_CHARGE), kind=Kind.INVOICE)
    row = issued(world, replace(document, buyer=replace(document.buyer, vat_number="")))
    with world.database.reading() as session, pytest.raises(NotFound, match="not an e-invoice"):
        einvoice_file(session, row.id, Syntax.CII, actor=world.actor("maria"))


def test_who_peppol_does_not_reach_has_an_einvoice_all_the_same(world: World) -> None:
    document = replace(bill(world), kind=Kind.INVOICE)
    row = issued(world, replace(document, buyer=replace(document.buyer, vat_number="")))
    assert row.e_invoicing is EInvoicing.FACTUR_X
    with world.database.reading() as session, pytest.raises(NotFound, match="as CII"):
        einvoice_file(session, row.id, Syntax.UBL, actor=world.actor("maria"))


def test_money_that_comes_by_itself_is_taken_whatever_the_invoice_lacks(world: World) -> None:
    """People are told and correct it; a payment system has nobody to tell."""
    with world.database.reading() as session:
        vat_number = session.scalars(select(Provider).filter_by(key="nordvik")).one().vat_number
    world.change(Provider, {"key": "nordvik"}, vat_number="")
    (placed,) = world.place("maria", world.order(CLIENT, line("web-start", "12 months")))
    with pytest.raises(Refused, match="would not be a valid e-invoice"):
        received(world, placed.id, world.actor("owner"))
    received(world, placed.id, console(world.panel.known))
    with world.database.reading() as session:
        order = session.get_one(Order, placed.id)
        assert order.paid == order.total
        assert Kind.INVOICE not in [row.kind for row in order.documents]
    # the worker reports it until it is corrected, and then issues it
    assert worked(world) == Fired(broke_off=1)
    world.change(Provider, {"key": "nordvik"}, vat_number=vat_number)
    assert (worked(world), worked(world)) == (Fired(moved=1), Fired())
    with world.database.reading() as session:
        order = session.get_one(Order, placed.id)
        assert [row.kind for row in order.documents].count(Kind.INVOICE) == 1


def worked(world: World) -> Fired:
    actor = console(world.panel.known)
    return issue_due_invoices(world.database, actor=actor, clock=world.clock)


def received(world: World, order_id: int, actor: Actor) -> None:
    """All of its money has come."""
    at = world.clock.now()
    with world.database.writing() as session:
        order = session.get_one(Order, order_id)
        payment = Payment(
            order_id=order.id,
            method=MethodKind.CARD_GATEWAY,
            currency=order.currency,
            amount=order.needed,
            state=PaymentState.BEGUN,
            begun_at=at,
        )
        order.payments.append(payment)
        with following_books(session, order, actor=actor, at=at):
            order_ledger.receive(session, order, payment, actor=actor, at=at)


def test_only_who_may_print_it_gets_it(world: World) -> None:
    row = issued(world, replace(bill(world), kind=Kind.INVOICE))
    with world.database.reading() as session:
        own = world.actor(CLIENT)
        assert einvoice_file(session, row.id, Syntax.CII, actor=own).number == row.number
        with pytest.raises(NotFound):
            einvoice_file(session, row.id, Syntax.CII, actor=world.actor("stoyanova"))
        with pytest.raises(FunctionNotHeld):
            einvoice_file(session, row.id, Syntax.CII, actor=replace(own, functions=frozenset()))


@pytest.mark.parametrize("name", ["reason", "paid_by"])
def test_e11_letters_without_a_glyph_are_refused_in_the_new_fields(world: World, name: str) -> None:
    document = replace(bill(world), **{name: "日本"})  # type: ignore[arg-type]
    with pytest.raises(Refused, match="日 本"):
        refuse_blanks(document)
