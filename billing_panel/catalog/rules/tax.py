"""Which tax a sale carries. Pure.

1. A client of the seller's own VAT territory pays the rate of the tariff's tax class on that day.
2. Inside the EU, a company of another member state with a valid VAT number accounts for the tax
   itself: reverse charge (Art. 196, Directive 2006/112/EC). Others there pay the seller's rate.
3. Everybody else is abroad: no tax.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum

from billing_panel.accounts.firms.vat_territories import EU
from billing_panel.kernel.language.errors import Refused
from billing_panel.kernel.language.text import text


class TaxTreatment(StrEnum):
    """Why a sale carries the tax it does."""

    DOMESTIC = "domestic"
    REVERSE_CHARGE = "reverse_charge"
    EXPORT = "export"


@dataclass(frozen=True)
class DatedRate:
    """The law's percentage from ``since`` on, until a later one begins."""

    since: date
    percent: Decimal


# by tax class, each in the order of ``since``
Rates = Mapping[str, Sequence[DatedRate]]


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


def treatment_of(seller: str, buyer: str, *, vat_company: bool) -> TaxTreatment:
    """``seller`` and ``buyer`` are territories (``vat_territory``), which countries mostly are.

    ``vat_company``: the buyer is a company with a valid VAT number of its territory.
    """
    if buyer == seller:
        return TaxTreatment.DOMESTIC
    if seller not in EU or buyer not in EU:
        return TaxTreatment.EXPORT
    return TaxTreatment.REVERSE_CHARGE if vat_company else TaxTreatment.DOMESTIC


def percent_on(rates: Rates, tax_class: str, day: date) -> Decimal:
    """The domestic percentage of ``tax_class`` on ``day``. Raises NoRate."""
    begun = [rate for rate in rates.get(tax_class, ()) if rate.since <= day]
    if not begun:
        raise NoRate(tax_class, day)
    return max(begun, key=lambda rate: rate.since).percent
