"""The Swiss QR-bill: SIX, Implementation Guidelines for the QR-bill, version 2.3. Pure.

Francs to an account in Switzerland or Liechtenstein. A QR-IBAN has a QR reference of 27
digits, any other IBAN a creditor reference (SCOR, ISO 11649), or none. Addresses are structured
(type S), as they have to be since November 2025.
"""

import unicodedata
from dataclasses import dataclass

from stdnum import iban

from billing_panel.kernel.values.money import Money
from invoices.document import Document, Party
from invoices.payment.payment_reference import in_groups, reference_of
from invoices.payment.qr_reference import is_qr_iban, qr_reference_shown
from invoices.payment.transliterate_name import in_latin

FRANCS = "CHF"
COUNTRIES = ("CH", "LI")
MAX_MINOR = 99_999_999_999
MAX_NAME, MAX_STREET, MAX_CODE, MAX_TOWN, MAX_SAID = 70, 70, 16, 35, 140


@dataclass(frozen=True)
class SwissBill:
    """What the payment part says. ``kind``: QRR, SCOR or NON; ``payload``: of the code.

    ``reference``, ``account``: in groups, as they are printed.
    """

    payload: str
    account: str
    creditor: tuple[str, ...]
    debtor: tuple[str, ...]
    kind: str
    reference: str
    said: str
    currency: str
    amount: str


def swiss_bill(document: Document) -> SwissBill | None:
    """None: no Swiss bank takes it, or an address or a reference can't be written so."""
    account = iban.compact(document.bank.iban)
    creditor = _address(document.seller)
    if not _is_swiss(document, account) or not creditor:
        return None
    referred = _reference(document)
    if referred is None:
        return None
    kind, reference = referred
    debtor = _address(document.buyer)
    amount = str(Money(document.payable, document.currency))
    said = "" if kind != "NON" else _plain(document.number)[:MAX_SAID]
    lines = (
        *("SPC", "0200", "1", account),
        *(creditor or ()),
        *("",) * 7,
        *(amount, document.currency),
        *(debtor or ("",) * 7),
        *(kind, reference, said, "EPD"),
    )
    return SwissBill(
        payload="\n".join(lines),
        account=in_groups(account),
        creditor=_printed(creditor),
        debtor=_printed(debtor) if debtor else (),
        kind=kind,
        reference=qr_reference_shown(reference) if kind == "QRR" else in_groups(reference),
        said=said,
        currency=document.currency,
        # a space parts thousands, a point the hundredths (3.5.3)
        amount=f"{document.payable // 100:,}.{document.payable % 100:02}".replace(",", " "),
    )


def _is_swiss(document: Document, account: str) -> bool:
    return (
        iban.is_valid(account)
        and account[:2] in COUNTRIES
        and document.currency == FRANCS
        and 0 < document.payable <= MAX_MINOR
    )


def _reference(document: Document) -> tuple[str, str] | None:
    """Its kind and the reference itself; None: a QR-IBAN needs one, and there is none."""
    reference = reference_of(document)
    is_checked = reference != document.number
    if is_qr_iban(document.bank.iban):
        return ("QRR", reference) if is_checked else None
    return ("SCOR", reference) if is_checked else ("NON", "")


def _address(party: Party) -> tuple[str, ...] | None:
    """The seven lines of a structured address; None: it lacks one that must be there."""
    name, street, town = (in_latin(_plain(o)) for o in (party.name, party.street, party.city))
    code = _plain(party.post_code)
    if not (name and town and code and party.country) or street is None:
        return None
    # the number of the house stays with its street, in which it may stand (4.3.2)
    return (
        "S",
        name[:MAX_NAME],
        street[:MAX_STREET],
        "",
        code[:MAX_CODE],
        town[:MAX_TOWN],
        party.country,
    )


def _printed(address: tuple[str, ...]) -> tuple[str, ...]:
    _, name, street, _, code, town, country = address
    place = f"{code} {town}" if country in COUNTRIES else f"{country}-{code} {town}"
    return tuple(line for line in (name, street, place) if line)


def _plain(words: str) -> str:
    kept = (c if not unicodedata.category(c).startswith("C") else " " for c in words)
    return " ".join("".join(kept).split())
