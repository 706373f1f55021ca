"""The payloads are checked field by field against EPC069-12 and GOST R 56042-2014."""

from dataclasses import replace
from datetime import date
from io import BytesIO

import pytest
import zxingcpp
from PIL import Image

from billing_panel.kernel.language.text import say
from invoices.document import BankDetails, Document, Kind
from invoices.printing.bank_rows import bank_rows
from invoices.printing.payment_qr_code import payment_code, qr_png, russian_purpose


def fields_of(payload: str | None) -> dict[str, str]:
    """The fields of a ST00012 payload, which must be one."""
    assert payload is not None
    head, *pairs = payload.split("|")
    assert head == "ST00012"
    return dict(pair.split("=", 1) for pair in pairs)


def epc_lines(payload: str | None) -> list[str]:
    assert payload is not None
    return payload.split("\n")


def test_euro_to_an_iban_is_epc069_12(euro_document: Document) -> None:
    assert epc_lines(payment_code(euro_document)) == [
        "BCD",
        "002",
        "1",
        "SCT",
        "BNBGBGSD",
        "Nordvik Hosting OOD",
        "BG80BNBG96611020345678",
        "EUR600.14",
        "",
        "RF65NH2026000417",
        "",
    ]


def test_an_iban_written_in_groups_is_compacted(euro_document: Document) -> None:
    bank = BankDetails("Bank", iban="BG80 BNBG 9661 1020 3456 78", bic="bnbg bgsd")
    lines = epc_lines(payment_code(replace(euro_document, bank=bank)))
    assert lines[4:7] == ["BNBGBGSD", "Nordvik Hosting OOD", "BG80BNBG96611020345678"]


@pytest.mark.parametrize("iban", ["", "BG80BNBG96611020345679", "GB00", "BG80BNBG9661102034567"])
def test_a_wrong_iban_has_no_code(euro_document: Document, iban: str) -> None:
    bank = replace(euro_document.bank, iban=iban)
    assert payment_code(replace(euro_document, bank=bank)) is None


def test_a_wrong_bic_is_left_out(euro_document: Document) -> None:
    bank = replace(euro_document.bank, bic="not a bic")
    assert epc_lines(payment_code(replace(euro_document, bank=bank)))[4] == ""


@pytest.mark.parametrize(
    "iban",
    [
        "TR330006100519786457841326",
        "AE070331234567890123456",
        "UA213223130000026007233566001",
    ],
)
def test_an_iban_outside_sepa_has_no_code(euro_document: Document, iban: str) -> None:
    bank = replace(euro_document.bank, iban=iban)
    assert payment_code(replace(euro_document, bank=bank)) is None


@pytest.mark.parametrize(
    ("iban", "bic"),
    [
        ("CH9300762011623852957", "POFICHBEXXX"),
        ("GB29NWBK60161331926819", "NWBKGB2L"),
        ("MC5811222000010123456789030", "CRLYMCM1XXX"),
    ],
)
def test_outside_the_economic_area_the_bic_is_needed(
    euro_document: Document, iban: str, bic: str
) -> None:
    without = BankDetails("Bank", iban=iban)
    assert payment_code(replace(euro_document, bank=without)) is None
    payload = payment_code(replace(euro_document, bank=replace(without, bic=bic)))
    assert epc_lines(payload)[4] == bic


def test_a_name_cannot_add_lines(euro_document: Document) -> None:
    seller = replace(euro_document.seller, name="Nordvik\nDE00\r\nEUR1.00\u2028\x00 OOD")
    lines = epc_lines(payment_code(replace(euro_document, seller=seller)))
    assert len(lines) == 11
    assert lines[5] == "Nordvik DE00 EUR1.00 OOD"


def test_a_long_name_is_cut_to_70(euro_document: Document) -> None:
    seller = replace(euro_document.seller, name="Ü" * 200)
    payload = payment_code(replace(euro_document, seller=seller))
    assert epc_lines(payload)[5] == "Ü" * 70
    assert payload is not None
    assert len(payload.encode()) <= 331


def test_a_reference_is_never_cut(euro_document: Document) -> None:
    assert payment_code(replace(euro_document, number="9" * 141)) is None
    assert payment_code(replace(euro_document, number="Щ" * 140)) is None
    assert epc_lines(payment_code(replace(euro_document, number="9" * 140)))[-1] == "9" * 140


@pytest.mark.parametrize(
    ("total", "amount"),
    [(1, "EUR0.01"), (100, "EUR1.00"), (99_999_999_999, "EUR999999999.99")],
)
def test_amounts_of_the_standard(euro_document: Document, total: int, amount: str) -> None:
    assert epc_lines(payment_code(replace(euro_document, total=total)))[7] == amount


@pytest.mark.parametrize("total", [0, -100, 100_000_000_000])
def test_amounts_outside_the_standard(euro_document: Document, total: int) -> None:
    assert payment_code(replace(euro_document, total=total)) is None


def test_roubles_to_a_russian_account_are_st00012(rouble_document: Document) -> None:
    payload = payment_code(rouble_document)
    assert fields_of(payload) == {
        "Name": "ООО «Север Облако»",
        "PersonalAcc": "40702810200000000001",
        "BankName": "ПАО Сбербанк",
        "BIC": "044525225",
        "CorrespAcc": "30101810400000000225",
        "Sum": "1298000",
        "Purpose": "Оплата по счёту № СО-417 от 22.11.2026. В том числе НДС 2340.66 руб.",
        "PayeeINN": "7830002293",
        "KPP": "783501001",
    }
    assert list(fields_of(payload))[:5] == ["Name", "PersonalAcc", "BankName", "BIC", "CorrespAcc"]


def test_the_purpose_is_russian_in_any_language(rouble_document: Document) -> None:
    english = replace(rouble_document, language="en", tax=0)
    assert russian_purpose(english) == "Оплата по счёту № СО-417 от 22.11.2026. Без НДС"


def test_bars_and_lines_cannot_add_fields(rouble_document: Document) -> None:
    document = replace(
        rouble_document,
        number="СО|Sum=1",
        seller=replace(rouble_document.seller, name="ООО|PersonalAcc=1\n«Север»"),
        bank=replace(rouble_document.bank, name="Банк|BIC=1"),
    )
    fields = fields_of(payment_code(document))
    assert fields["Name"] == "ООО/PersonalAcc=1 «Север»"
    assert fields["BankName"] == "Банк/BIC=1"
    assert fields["PersonalAcc"] == "40702810200000000001"
    assert fields["Sum"] == "1298000"


def test_lengths_of_the_standard(rouble_document: Document) -> None:
    document = replace(
        rouble_document,
        number="9" * 300,
        seller=replace(rouble_document.seller, name="Щ" * 300),
        bank=replace(rouble_document.bank, name="Б" * 300),
    )
    fields = fields_of(payment_code(document))
    assert [len(fields[key]) for key in ("Name", "BankName", "Purpose")] == [160, 45, 210]


@pytest.mark.parametrize(
    "wrong",
    [
        {"account": ""},
        {"account": "4070281020000000000"},
        {"account": "4070281020000000000X"},
        {"account": "٤" * 20},
        {"bik": "04452522"},
        {"correspondent": "301"},
        {"name": ""},
    ],
)
def test_wrong_russian_requisites_have_no_code(
    rouble_document: Document, wrong: dict[str, str]
) -> None:
    bank = replace(rouble_document.bank, **wrong)
    assert payment_code(replace(rouble_document, bank=bank)) is None


def test_what_the_standard_lets_be_absent(rouble_document: Document) -> None:
    document = replace(
        rouble_document,
        bank=replace(rouble_document.bank, correspondent=""),
        seller=replace(rouble_document.seller, tax_number="1", tax_registration_reason=""),
    )
    fields = fields_of(payment_code(document))
    assert fields["CorrespAcc"] == "0"
    assert not {"PayeeINN", "KPP"} & set(fields)


def test_no_standard_no_code(euro_document: Document, rouble_document: Document) -> None:
    assert payment_code(replace(euro_document, currency="USD")) is None
    assert payment_code(replace(euro_document, bank=rouble_document.bank)) is None
    assert payment_code(replace(rouble_document, bank=euro_document.bank)) is None


def test_nothing_to_pay_no_code(euro_document: Document) -> None:
    assert payment_code(replace(euro_document, kind=Kind.CREDIT_NOTE)) is None
    assert payment_code(replace(euro_document, paid_on=date(2026, 11, 20))) is None


@pytest.mark.parametrize("payload", ["ASCII", "Оплата по счёту № 1 — 5 ₽", "BCD\n002\n1\nSCT"])
def test_a_code_is_a_one_bit_png_and_reads_back(payload: str) -> None:
    image = Image.open(BytesIO(qr_png(payload)))
    assert (image.format, image.mode) == ("PNG", "1")
    assert [code.text for code in zxingcpp.read_barcodes(image.convert("L"))] == [payload]


def test_the_same_payload_gives_the_same_bytes() -> None:
    assert qr_png("NH-2026-000417") == qr_png("NH-2026-000417")


def test_e2_an_account_that_is_no_iban_is_not_taken_for_a_russian_one(
    euro_document: Document,
) -> None:
    bank = BankDetails(name="First Bank", account="000123456789", bik="021000021", bic="CHASUS33")
    seller = replace(euro_document.seller, country="US")
    american = replace(euro_document, seller=seller, bank=bank, currency="USD", language="en")
    rows = {say(label, "ru"): value for label, value in bank_rows(american, "$60.00")}
    assert list(rows.values()) == [
        *(seller.name, "000123456789", "021000021", "CHASUS33", "First Bank"),
        *("$60.00", american.number),
    ]
    assert payment_code(american) is None
    assert bank_rows(replace(american, bank=BankDetails(name="First Bank")), "$60.00") == []


def test_e1_a_code_asks_for_what_is_payable_and_names_its_tax(rouble_document: Document) -> None:
    asked = replace(rouble_document, prepaid=rouble_document.total // 2)
    payload = payment_code(asked)
    assert payload is not None
    assert f"|Sum={asked.payable}|" in payload
    assert russian_purpose(asked) != russian_purpose(rouble_document)
    assert payment_code(replace(asked, prepaid=asked.total)) is None
