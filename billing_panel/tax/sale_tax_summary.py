"""In one word why a sale carries the tax it does, for whoever needs no categories. Pure."""

from collections.abc import Iterable
from enum import StrEnum

from billing_panel.tax.supply import TaxCategory


class TaxTreatment(StrEnum):
    """Of several supplies the first that is not taxed says it."""

    DOMESTIC = "domestic"
    REVERSE_CHARGE = "reverse_charge"
    EXPORT = "export"


_SHIFTED = frozenset({TaxCategory.REVERSE_CHARGE, TaxCategory.INTRA_COMMUNITY})
_ABROAD = frozenset({TaxCategory.EXPORT, TaxCategory.OUT_OF_SCOPE})


def treatment_of(categories: Iterable[TaxCategory]) -> TaxTreatment:
    """Of the supplies of one sale; of none of them, as at home."""
    found = set(categories)
    if found & _SHIFTED:
        return TaxTreatment.REVERSE_CHARGE
    return TaxTreatment.EXPORT if found & _ABROAD else TaxTreatment.DOMESTIC
