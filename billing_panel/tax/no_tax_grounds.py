"""Why a supply carries no tax, as an invoice must say it (Article 226 (11), (11a); BT-120, BT-121).

The code is of VATEX (EN 16931), where it has one; the words are those of the seller's law, in its
language, and ``said`` is the same for whoever reads another.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from billing_panel.kernel.language.text import Text, text
from billing_panel.tax.supply import TaxCategory
from billing_panel.tax.territories import EU


@dataclass(frozen=True)
class Ground:
    """``national``: the words of the seller's own law, ``""`` where ``said`` is all there is."""

    code: str
    said: Text
    national: str = ""


_SAID: Mapping[TaxCategory, Text] = {
    TaxCategory.REVERSE_CHARGE: text(
        "The recipient accounts for the VAT (Articles 44 and 196 of Directive 2006/112/EC)."
    ),
    TaxCategory.INTRA_COMMUNITY: text("Exempt from VAT (Article 138 of Directive 2006/112/EC)."),
}
_EXPORT = text("No VAT is charged on goods that leave the country.")
_EXPORT_EU = text("Exempt from VAT (Article 146 of Directive 2006/112/EC).")
_ABROAD = text("No VAT is charged: the service is supplied where the buyer is.")
_ABROAD_EU = text(
    "No VAT is charged: the service is supplied outside the EU"
    " (Articles 44 and 58 of Directive 2006/112/EC)."
)
_UNREGISTERED = text("No VAT is charged: the seller isn’t registered for it.")

VATEX: Mapping[TaxCategory, str] = {
    TaxCategory.REVERSE_CHARGE: "VATEX-EU-AE",
    TaxCategory.INTRA_COMMUNITY: "VATEX-EU-IC",
    TaxCategory.EXPORT: "VATEX-EU-G",
    TaxCategory.OUT_OF_SCOPE: "VATEX-EU-O",
}

NATIONAL: Mapping[str, Mapping[TaxCategory, str]] = {
    "BG": {
        TaxCategory.REVERSE_CHARGE: "обратно начисляване, чл. 21, ал. 2 ЗДДС",
        TaxCategory.INTRA_COMMUNITY: "чл. 53, ал. 1 ЗДДС",
        TaxCategory.EXPORT: "чл. 28 ЗДДС",
        TaxCategory.OUT_OF_SCOPE: "чл. 21, ал. 2 и 6 ЗДДС",
        TaxCategory.EXEMPT: "чл. 113, ал. 9 ЗДДС",
    },
    "DE": {
        TaxCategory.REVERSE_CHARGE: "Steuerschuldnerschaft des Leistungsempfängers",
        TaxCategory.INTRA_COMMUNITY: "steuerfreie innergemeinschaftliche Lieferung,"
        " § 4 Nr. 1 Buchst. b UStG",
        TaxCategory.EXPORT: "steuerfreie Ausfuhrlieferung, § 4 Nr. 1 Buchst. a UStG",
        TaxCategory.OUT_OF_SCOPE: "nicht im Inland steuerbar, § 3a UStG",
        TaxCategory.EXEMPT: "steuerfrei als Kleinunternehmer, § 19 UStG",
    },
    "FR": {
        TaxCategory.REVERSE_CHARGE: "autoliquidation",
        TaxCategory.INTRA_COMMUNITY: "exonération de TVA, article 262 ter, I du CGI",
        TaxCategory.EXPORT: "exonération de TVA, article 262, I du CGI",
        TaxCategory.OUT_OF_SCOPE: "TVA non applicable, articles 259 et suivants du CGI",
        TaxCategory.EXEMPT: "TVA non applicable, article 293 B du CGI",
    },
    "RU": {
        TaxCategory.EXPORT: "НДС 0 %, ст. 164, п. 1, пп. 1 НК РФ",
        TaxCategory.OUT_OF_SCOPE: "без НДС, ст. 148 НК РФ",
        TaxCategory.EXEMPT: "без НДС",
    },
}
# EN 16931 has a code for France's small enterprises alone
VATEX_UNREGISTERED: Mapping[str, str] = {"FR": "VATEX-FR-FRANCHISE"}


def ground_of(category: TaxCategory, seller: str) -> Ground | None:
    """Why ``category`` bears no tax; None where it bears some. ``seller``: their territory."""
    if category in (TaxCategory.STANDARD, TaxCategory.ZERO):
        return None
    national = NATIONAL.get(seller, {}).get(category, "")
    if category is TaxCategory.EXEMPT:
        return Ground(VATEX_UNREGISTERED.get(seller, ""), _UNREGISTERED, national)
    in_eu = seller in EU
    return Ground(VATEX[category] if in_eu else "", _said(category, in_eu=in_eu), national)


def _said(category: TaxCategory, *, in_eu: bool) -> Text:
    match category:
        case TaxCategory.EXPORT:
            return _EXPORT_EU if in_eu else _EXPORT
        case TaxCategory.OUT_OF_SCOPE:
            return _ABROAD_EU if in_eu else _ABROAD
        case _:
            return _SAID[category]
