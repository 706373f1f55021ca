"""The content of the payment QR code on a document. Pure.

1. Euro to an IBAN within SEPA: EPC069-12, version 002, in UTF-8 (European Payments Council).
2. Roubles to an account of a Russian seller: ST00012, GOST R 56042-2014, in UTF-8.
3. Francs to a Swiss account have a payment part of their own (``invoices.payment.swiss_bill``).
4. Anything else, and whatever is not to be paid, has no code. Nor has an account number that cannot
   be one: a code that sends money astray is worse than none.
"""

from io import BytesIO

import segno
from stdnum import bic, iban
from stdnum.ru import inn

from billing_panel.kernel.database.no_slow_work_while_writing import slow
from billing_panel.kernel.language.text import say, text
from billing_panel.kernel.values.money import Money, half_up
from invoices.document import BankDetails, Document, Kind
from invoices.payment.payment_reference import reference_of
from invoices.payment.transliterate_name import in_latin

# Countries of an IBAN (EPC409-09, List of SEPA Scheme Countries, 2025; the islands around Great
# Britain have GB). Outside the European Economic Area a transfer needs the BIC too.
_EEA = "AT BE BG CY CZ DE DK EE ES FI FR GR HR HU IE IS IT LI LT LU LV MT NL NO PL PT RO SE SI SK"
_NEAR = "AD AL CH GB GI MC MD ME MK RS SM VA"
SEPA_WITHOUT_BIC = frozenset(_EEA.split())
SEPA = SEPA_WITHOUT_BIC | frozenset(_NEAR.split())

EPC_MAX_MINOR = 99_999_999_999
EPC_MAX_BYTES = 331
EPC_MAX_NAME = 70
EPC_MAX_REFERENCE = 140

RU_MAX_NAME = 160
RU_MAX_BANK = 45
RU_MAX_PURPOSE = 210

# Any of the eight is valid. Letting segno try all for the prettiest takes five times as long.
QR_MASK = 4
QR_PIXELS_PER_MODULE = 4
QR_QUIET_MODULES = 4


def is_payable(document: Document) -> bool:
    """Whether there is anything to transfer."""
    return (
        document.kind is not Kind.CREDIT_NOTE and document.paid_on is None and document.payable > 0
    )


def payment_code(document: Document) -> str | None:
    """The text of the QR code, or None where no standard covers the payment."""
    if not is_payable(document):
        return None
    match document.currency, document.seller.country:
        case "EUR", _:
            return _epc(document)
        case "RUB", "RU":
            return _st00012(document)
        case _:
            return None


def russian_purpose(document: Document) -> str:
    """What a Russian payer writes as "Назначение платежа"; always in Russian, at most 210 long."""
    values = {"number": document.number, "date": f"{document.issued_on:%d.%m.%Y}"}
    if document.tax:
        tax = str(Money(_payable_tax(document), document.currency))
        purpose = text(
            "Payment of invoice %(number)s of %(date)s. Including VAT %(tax)s roubles",
            tax=tax,
            **values,
        )
    else:
        purpose = text("Payment of invoice %(number)s of %(date)s. Without VAT", **values)
    return _one_line(say(purpose, "ru"))[:RU_MAX_PURPOSE]


def _payable_tax(document: Document) -> int:
    """Of what is payable; what was paid before had its part of the tax, as the books have it."""
    before = half_up(document.tax * document.prepaid, document.total)
    return document.tax - before


@slow
def qr_png(payload: str) -> bytes:
    """``payload`` as a QR code: a PNG of one bit a pixel with its quiet zone.

    Raises segno.DataOverflowError when no QR code is large enough.
    """
    code = segno.make(
        payload,
        error="m",
        mode="byte",
        mask=QR_MASK,
        encoding="utf-8",
        micro=False,
        boost_error=False,
    )
    png = BytesIO()
    code.save(png, kind="png", scale=QR_PIXELS_PER_MODULE, border=QR_QUIET_MODULES)
    return png.getvalue()


def _epc(document: Document) -> str | None:
    """EPC069-12: a value a line, in a fixed order. The purpose is empty.

    The reference is structured where it has check digits, else text; never both. The name is in
    Latin letters; one that cannot be written so has no code.
    """
    bank, name = document.bank, in_latin(_one_line(document.seller.name))
    reference = _one_line(reference_of(document))
    is_structured = reference != _one_line(document.number)
    if not _in_sepa(bank) or not name or document.payable > EPC_MAX_MINOR:
        return None
    payload = "\n".join(
        (
            *("BCD", "002", "1", "SCT"),
            bic.compact(bank.bic) if bic.is_valid(bank.bic) else "",
            name[:EPC_MAX_NAME],
            iban.compact(bank.iban),
            f"EUR{Money(document.payable, 'EUR')}",
            "",
            *((reference, "") if is_structured else ("", reference)),
        )
    )
    # a reference that is cut would not find its document again
    if len(reference) > EPC_MAX_REFERENCE or len(payload.encode()) > EPC_MAX_BYTES:
        return None
    return payload


def _in_sepa(bank: BankDetails) -> bool:
    """A euro transfer finds the account by what the code says of it."""
    if not iban.is_valid(bank.iban):
        return False
    country = iban.compact(bank.iban)[:2]
    return country in SEPA_WITHOUT_BIC or (country in SEPA and bic.is_valid(bank.bic))


def _st00012(document: Document) -> str | None:
    """GOST R 56042-2014: ``key=value`` between bars; the first five are required, in this order."""
    bank, seller = document.bank, document.seller
    account, bik, correspondent = map(_digits, (bank.account, bank.bik, bank.correspondent))
    name, bank_name = _unbarred(seller.name)[:RU_MAX_NAME], _unbarred(bank.name)[:RU_MAX_BANK]
    if not (_is_account(account) and len(bik) == 9 and name and bank_name):
        return None
    if correspondent and not _is_account(correspondent):
        return None
    fields = {
        "Name": name,
        "PersonalAcc": account,
        "BankName": bank_name,
        "BIC": bik,
        "CorrespAcc": correspondent or "0",
        "Sum": str(document.payable),
        "Purpose": _unbarred(russian_purpose(document)),
    }
    if inn.is_valid(seller.tax_number):
        fields["PayeeINN"] = inn.compact(seller.tax_number)
    if len(reason := _unbarred(seller.tax_registration_reason)) == 9:
        fields["KPP"] = reason
    return "|".join(("ST00012", *(f"{key}={value}" for key, value in fields.items())))


def _is_account(number: str) -> bool:
    return len(number) == 20


def _digits(number: str) -> str:
    """``number`` without the spaces people write in it; ``""`` when it has anything but digits."""
    plain = "".join(number.split())
    return plain if plain.isascii() and plain.isdecimal() else ""


def _one_line(value: str) -> str:
    """``value`` with single spaces for its blanks, line ends and all else that does not print."""
    plain = (character if character.isprintable() else " " for character in value)
    return " ".join("".join(plain).split())


def _unbarred(value: str) -> str:
    """``value`` on one line, without the bar that ends a field of ST00012."""
    return _one_line(value.replace("|", "/"))
