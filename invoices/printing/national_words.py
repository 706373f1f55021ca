"""What documents are called where the seller is, and the units on them. Pure.

A title in another language than the reader's stands beside theirs: an invoice is called so by the
law of the seller (§ 14 UStG; чл. 113 ЗДДС). In Germany a credit note is a correction of an invoice:
*Gutschrift* is what a buyer writes themselves.
"""

from collections.abc import Mapping

from billing_panel.kernel.language.text import Text, text
from invoices.document import Document, Kind

TITLES: Mapping[Kind, Text] = {
    Kind.PROFORMA: text("Pro-forma invoice"),
    Kind.ADVANCE: text("Advance invoice"),
    Kind.INVOICE: text("Invoice"),
    Kind.CREDIT_NOTE: text("Credit note"),
    Kind.RECEIPT: text("Receipt"),
}
_GERMAN = {
    Kind.ADVANCE: "Anzahlungsrechnung",
    Kind.INVOICE: "Rechnung",
    Kind.CREDIT_NOTE: "Rechnungskorrektur",
}
_FRENCH = {
    Kind.ADVANCE: "Facture d’acompte",
    Kind.INVOICE: "Facture",
    Kind.CREDIT_NOTE: "Avoir",
}
_BULGARIAN = {
    Kind.ADVANCE: "Фактура за аванс",
    Kind.INVOICE: "Фактура",
    Kind.CREDIT_NOTE: "Кредитно известие",
}
NATIONAL: Mapping[str, Mapping[Kind, str]] = {
    "AT": _GERMAN,
    "BG": _BULGARIAN,
    "DE": _GERMAN,
    "FR": _FRENCH,
}
# whose words stand alone, for whoever reads that language
OWN_LANGUAGE = {"BG": "bg"}

# UN/ECE Recommendation 20: one of them, and several
UNITS: Mapping[str, tuple[Text, Text]] = {
    "C62": (text("unit"), text("units")),
    "H87": (text("pc"), text("pcs")),
}


def national_title(document: Document) -> str:
    """As the seller's law calls it; empty where the reader's words say the same."""
    country = document.seller.country
    if OWN_LANGUAGE.get(country) == document.language:
        return ""
    return NATIONAL.get(country, {}).get(document.kind, "")
