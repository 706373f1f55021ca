"""The Swiss QR-bill, by SIX's Implementation Guidelines 2.3, and the references of payments."""

from dataclasses import replace

import pypdfium2
import pytest
import zxingcpp

from invoices.document import BankDetails, Document, Party
from invoices.payment.payment_reference import (
    core_of_reference,
    reference_of,
    reference_shown,
    rf_reference,
)
from invoices.payment.qr_reference import core_of_qr_reference, is_qr_iban, qr_reference
from invoices.payment.swiss_bill import swiss_bill
from invoices.printing.bank_rows import bank_rows
from invoices.printing.payment_qr_code import payment_code
from invoices.printing.renderer import Renderer
from tests.unit.test_render import text_of

PLAIN_IBAN = "CH9300762011623852957"
QR_IBAN = "CH4431999123000889012"


@pytest.fixture
def swiss(euro_document: Document) -> Document:
    """A bill in francs of a Swiss company."""
    return replace(
        euro_document,
        language="en",
        currency="CHF",
        seller=Party(
            name="Robert Schneider AG",
            country="CH",
            address="Rue du Lac 1268, 2501 Biel",
            street="Rue du Lac 1268",
            post_code="2501",
            city="Biel",
        ),
        buyer=Party(
            name="Балкан Медия ООД",
            country="BG",
            address="ул. „Оборище“ 22, 1504 София",
            street="Оборище 22",
            post_code="1504",
            city="София",
        ),
        bank=BankDetails("Kantonalbank", iban=PLAIN_IBAN),
    )


def test_the_payload_line_by_line(swiss: Document) -> None:
    bill = swiss_bill(swiss)
    assert bill is not None
    assert bill.payload.split("\n") == [
        *("SPC", "0200", "1", PLAIN_IBAN),
        *("S", "Robert Schneider AG", "Rue du Lac 1268", "", "2501", "Biel", "CH"),
        *[""] * 7,
        *("600.14", "CHF"),
        *("S", "Balkan Media OOD", "Oborishte 22", "", "1504", "Sofia", "BG"),
        *("SCOR", rf_reference(swiss.number), "", "EPD"),
    ]
    assert payment_code(swiss) is None


def test_a_qr_iban_takes_a_qr_reference_and_text_and_code_say_the_same(swiss: Document) -> None:
    document = replace(swiss, bank=BankDetails("Bank", iban=QR_IBAN))
    bill = swiss_bill(document)
    assert bill is not None
    reference = qr_reference("NH2026000417")
    assert bill.payload.split("\n")[-4:] == ["QRR", reference, "", "EPD"]
    rows = {str(label): value for label, value in bank_rows(document, "")}
    assert rows["Payment reference"] == bill.reference == reference_shown(document)
    assert bill.reference.replace(" ", "") == reference


@pytest.mark.parametrize(
    ("number", "is_qr"),
    [(PLAIN_IBAN, False), (QR_IBAN, True), ("BG80BNBG96611020345678", False), ("CH44", False)],
)
def test_qr_ibans_are_told_by_the_number_of_the_bank(number: str, *, is_qr: bool) -> None:
    assert is_qr_iban(number) is is_qr


def test_without_a_reference_the_number_is_said(swiss: Document) -> None:
    bill = swiss_bill(replace(swiss, number="9" * 22))
    assert bill is not None
    assert bill.payload.split("\n")[-4:] == ["NON", "", "9" * 22, "EPD"]
    needs_one = replace(swiss, number="9" * 13, bank=BankDetails("Bank", iban=QR_IBAN))
    assert swiss_bill(needs_one) is None


def test_who_has_no_address_is_left_to_be_written(swiss: Document) -> None:
    bill = swiss_bill(replace(swiss, buyer=replace(swiss.buyer, city="")))
    assert bill is not None
    assert bill.debtor == ()
    assert bill.payload.split("\n")[20:27] == [""] * 7
    assert swiss_bill(replace(swiss, seller=replace(swiss.seller, post_code=""))) is None


@pytest.mark.parametrize("wrong", [{"currency": "EUR"}, {"prepaid": 60014}])
def test_only_francs_that_are_owed(swiss: Document, wrong: dict[str, object]) -> None:
    assert swiss_bill(replace(swiss, **wrong)) is None  # type: ignore[arg-type]
    assert swiss_bill(replace(swiss, bank=BankDetails("B", iban="BG80BNBG96611020345678"))) is None


@pytest.mark.slow
def test_a_telephone_reads_the_code_at_96_dots_an_inch(swiss: Document, renderer: Renderer) -> None:
    pdf = renderer.pdf(swiss)
    bill = swiss_bill(swiss)
    assert bill is not None
    with pypdfium2.PdfDocument(pdf) as document:
        assert len(document) == 2
        picture = document[1].render(scale=96 / 72).to_pil()
    assert [code.text for code in zxingcpp.read_barcodes(picture)] == [bill.payload]
    page = text_of(pdf)
    for said in ("Receipt", "Payment part", "CH93 0076 2011 6238 5295 7", bill.reference, "600.14"):
        assert said in page
    assert renderer.pdf(swiss) == pdf


# --- references -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("number", "core"),
    [("NH-2026-000417", "NH2026000417"), ("0000000417", "0000000417"), ("a/1 b.2_c", "A1B2C")],
)
def test_a_reference_is_read_back(number: str, core: str) -> None:
    reference = rf_reference(number)
    assert reference is not None
    assert core_of_reference(f"{reference[:4]} {reference[4:].lower()}") == core
    of_digits = qr_reference(core)
    assert of_digits is not None
    assert core_of_qr_reference(of_digits) == core
    wrong = of_digits[:-1] + str((int(of_digits[-1]) + 1) % 10)
    assert core_of_qr_reference(wrong) is None
    assert core_of_reference(reference[:-1] + ("1" if reference[-1] != "1" else "2")) is None


def test_the_example_of_the_standard() -> None:
    """ISO 11649:2009, 6: ``RF18 5390 0754 7034``."""
    assert rf_reference("539007547034") == "RF18539007547034"


@pytest.mark.parametrize("number", ["СО-417", "9" * 22, "A#1", ""])
def test_a_number_that_cannot_be_written_so_is_its_own_reference(
    euro_document: Document, number: str
) -> None:
    assert rf_reference(number) is None
    assert reference_of(replace(euro_document, number=number)) == number


def test_other_accounts_take_the_number(rouble_document: Document) -> None:
    assert reference_of(replace(rouble_document, number="SO-417")) == "SO-417"
