"""Rates by day: those a provider wrote down at home, and the standard rates of the EU. Pure.

A rate that nobody wrote down is an error, never nothing. Each standard rate names its law; all
of them are in the Commission's database too ("Taxes in Europe", TEDB).
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from billing_panel.kernel.language.errors import Refused
from billing_panel.kernel.language.text import text
from billing_panel.tax.supply import DatedRate, Rates

# the class of what no law taxes less; the only one whose rate is known of every member state
STANDARD = "standard"


class NoRate(Refused):
    """A provider sells in a tax class for which it has no rate on that day."""

    code = "no_tax_rate"

    def __init__(self, tax_class: str, day: date) -> None:
        super().__init__(
            text(
                "The provider has no rate for the tax class “%(tax_class)s” on %(day)s; add one.",
                tax_class=tax_class,
                day=day,
            )
        )


class NoRateAbroad(Refused):
    """A consumer of another member state buys what its standard rate may not be right for."""

    code = "no_tax_rate_abroad"

    def __init__(self, tax_class: str, territory: str, day: date) -> None:
        super().__init__(
            text(
                "The rate of %(territory)s for the tax class “%(tax_class)s” on %(day)s isn’t"
                " known; sell this tariff at the standard rate, or not there.",
                tax_class=tax_class,
                territory=territory,
                day=day,
            )
        )


def percent_on(rates: Rates, tax_class: str, day: date) -> Decimal:
    """The percentage of ``tax_class`` at home on ``day``. Raises NoRate."""
    percent = _begun(rates.get(tax_class, ()), day)
    if percent is None:
        raise NoRate(tax_class, day)
    return percent


def standard_rate(territory: str, tax_class: str, day: date) -> Decimal:
    """The percentage of a member state on ``day``; only of the standard class. Raises NoRateAbroad.

    Northern Ireland (XI), which counts for goods, has the United Kingdom's.
    """
    rates = STANDARD_RATES.get(territory, ()) if tax_class == STANDARD else ()
    percent = _begun(rates, day)
    if percent is None:
        raise NoRateAbroad(tax_class, territory, day)
    return percent


def _begun(rates: Iterable[DatedRate], day: date) -> Decimal | None:
    begun = [rate for rate in rates if rate.since <= day]
    return max(begun, key=lambda rate: rate.since).percent if begun else None


@dataclass(frozen=True)
class LegalRate(DatedRate):
    """``source``: the law that sets it."""

    source: str


def _rates(source: str, **percents: str) -> Sequence[LegalRate]:
    """``percents``: by the day from which they hold, as ``d20110104``."""
    return [
        LegalRate(date.fromisoformat(day.removeprefix("d")), Decimal(percent), source)
        for day, percent in percents.items()
    ]


# Standard rates, from the one in force in 2020 on.
STANDARD_RATES: Mapping[str, Sequence[LegalRate]] = {
    "AT": _rates("UStG 1994, § 10 (1)", d19840101="20"),
    "BE": _rates("Arrêté royal n° 20 du 20.07.1970, art. 1er", d19960101="21"),
    "BG": _rates("ЗДДС, чл. 66, ал. 1", d19990101="20"),
    "CY": _rates("Ν. 95(I)/2000, άρθρο 17", d20140113="19"),
    "CZ": _rates("zákon č. 235/2004 Sb., § 47", d20130101="21"),
    "DE": _rates("UStG, § 12 (1), § 28 (1)", d20070101="19", d20200701="16", d20210101="19"),
    "DK": _rates("Momsloven, § 33", d19920101="25"),
    "EE": _rates("Käibemaksuseadus, § 15 (1)", d20090701="20", d20240101="22", d20250701="24"),
    "ES": _rates("Ley 37/1992, art. 90", d20120901="21"),
    "FI": _rates("Arvonlisäverolaki 1501/1993, 84 §", d20130101="24", d20240901="25.5"),
    "FR": _rates("CGI, art. 278", d20140101="20"),
    "GR": _rates("Κώδικας ΦΠΑ, άρθρο 21", d20160601="24"),
    "HR": _rates("Zakon o PDV-u, čl. 38.", d20120301="25"),
    "HU": _rates("2007. évi CXXVII. törvény, 82. §", d20120101="27"),
    "IE": _rates(
        "VAT Consolidation Act 2010, s. 46", d20120101="23", d20200901="21", d20210301="23"
    ),
    "IT": _rates("DPR 633/1972, art. 16", d20131001="22"),
    "LT": _rates("PVM įstatymas, 19 str.", d20090901="21"),
    "LU": _rates("Loi TVA, art. 39", d20150101="17", d20230101="16", d20240101="17"),
    "LV": _rates("PVN likums, 41. pants", d20120701="21"),
    "MT": _rates("VAT Act (Cap. 406), art. 19", d20040101="18"),
    "NL": _rates("Wet OB 1968, art. 9", d20121001="21"),
    "PL": _rates("ustawa o VAT, art. 41 i 146ef", d20110101="23"),
    "PT": _rates("CIVA, art. 18.º", d20110101="23"),
    "RO": _rates("Codul fiscal, art. 291", d20170101="19", d20250801="21"),
    "SE": _rates("Mervärdesskattelag (2023:200), 9 kap. 2 §", d19900701="25"),
    "SI": _rates("ZDDV-1, 41. člen", d20130701="22"),
    "SK": _rates("zákon č. 222/2004 Z. z., § 27", d20110101="20", d20250101="23"),
    "XI": _rates("VATA 1994, s. 2(1)", d20110104="20"),
}
