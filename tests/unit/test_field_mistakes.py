"""What an e-invoice lacks, each by its business term; and what can be none at all."""

from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal

import pytest

from billing_panel.kernel.language.errors import Refused
from billing_panel.kernel.language.text import say
from billing_panel.tax.supply import TaxCategory
from invoices.document import Document, EInvoicing, Ground, Kind, Party
from invoices.einvoice.field_mistakes import field_mistakes
from invoices.einvoice.invoice_of_document import can_be_einvoice
from invoices.einvoice.wanted_einvoice import as_wanted

Change = Callable[[Document], Document]


@pytest.fixture
def invoice(euro_document: Document) -> Document:
    return replace(euro_document, kind=Kind.INVOICE)


def seller(**values: str) -> Change:
    return lambda document: replace(document, seller=replace(document.seller, **values))


def buyer(**values: str) -> Change:
    return lambda document: replace(document, buyer=replace(document.buyer, **values))


def taxed(category: TaxCategory, percent: int = 0, ground: Ground | None = None) -> Change:
    rate = Decimal(percent)

    def change(document: Document) -> Document:
        (tax,) = document.taxes
        lines = [replace(o, tax_category=category, tax_percent=rate) for o in document.lines]
        untaxed = replace(tax, category=category, percent=rate, tax=0, ground=ground)
        return replace(document, lines=tuple(lines), taxes=(untaxed,), tax=0, total=document.net)

    return change


def both(*changes: Change) -> Change:
    def change(document: Document) -> Document:
        for one in changes:
            document = one(document)
        return document

    return change


REASON = Ground("VATEX-EU-AE", "reverse charge")


@pytest.mark.parametrize(
    ("change", "terms"),
    [
        (lambda document: document, []),
        (seller(name=" "), ["BT-27"]),
        (seller(country=""), ["BT-40"]),
        (seller(vat_number=""), ["BT-31"]),
        (seller(vat_number="204512345"), ["BT-31"]),
        (both(seller(vat_number="", registration_number="")), ["BT-30", "BT-31"]),
        (both(taxed(TaxCategory.EXEMPT, ground=REASON), seller(vat_number="")), ["BT-32"]),
        (buyer(name=""), ["BT-44"]),
        (buyer(country=""), ["BT-55"]),
        (
            both(taxed(TaxCategory.REVERSE_CHARGE, ground=REASON), buyer(vat_number="123")),
            ["BT-48"],
        ),
        (taxed(TaxCategory.STANDARD), ["BT-119"]),
        (taxed(TaxCategory.REVERSE_CHARGE), ["BT-120"]),
        (lambda d: replace(d, total=d.total + 1), ["BT-109"]),
        (
            lambda d: replace(d, lines=(replace(d.lines[0], title="\x00"), *d.lines[1:])),
            ["BT-153"],
        ),
        (lambda d: replace(d, kind=Kind.CREDIT_NOTE), ["BT-25"]),
    ],
)
def test_each_field_is_named(invoice: Document, change: Change, terms: list[str]) -> None:
    assert [mistake.code for mistake in field_mistakes(change(invoice), to_peppol=False)] == terms


@pytest.mark.parametrize(
    ("change", "terms"),
    [
        (buyer(vat_number=""), ["BT-49"]),
        (lambda d: replace(d, order_number="", account_number=""), ["BT-10"]),
        (both(seller(country="DE"), buyer(country="DE")), ["BT-37", "BT-38", "BT-52", "BT-53"]),
    ],
)
def test_peppol_asks_for_more(invoice: Document, change: Change, terms: list[str]) -> None:
    changed = change(invoice)
    assert [mistake.code for mistake in field_mistakes(changed, to_peppol=True)] == terms
    assert not field_mistakes(changed, to_peppol=False)


def test_a_refusal_is_said_in_three_languages(invoice: Document) -> None:
    with pytest.raises(Refused) as refusal:
        as_wanted(seller(vat_number="")(invoice), EInvoicing.FACTUR_X)
    (reason,) = refusal.value.reasons
    assert [say(reason.message, language) for language in ("en", "ru", "bg")] == [
        "The provider has no VAT number.",
        "У провайдера нет номера НДС.",
        "Доставчикът няма ДДС номер.",
    ]


def test_what_cannot_be_written_so_stays_an_ordinary_document(invoice: Document) -> None:
    abroad = replace(invoice.taxes[0], category=TaxCategory.OUT_OF_SCOPE, percent=Decimal(0))
    for document in (
        replace(invoice, kind=Kind.PROFORMA),
        replace(invoice, kind=Kind.RECEIPT),
        replace(invoice, currency="KWD"),
        replace(invoice, taxes=(*invoice.taxes, abroad)),
        replace(invoice, lines=tuple(replace(o, amount=0, points=5) for o in invoice.lines)),
    ):
        assert not can_be_einvoice(document)
        assert as_wanted(document, EInvoicing.PEPPOL) == document


def test_without_the_wish_nothing_is_asked(invoice: Document) -> None:
    wrong = replace(invoice, seller=Party("", "", ""))
    assert as_wanted(wrong, EInvoicing.OFF) == wrong
