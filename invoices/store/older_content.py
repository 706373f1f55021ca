"""Documents that were issued when tax was a percentage alone, in the words of today.

What is kept stays as it is; it is read as if it had said the category of its tax.
"""

from collections.abc import Mapping
from typing import Any

from billing_panel.kernel.language.text import say, text
from billing_panel.tax.supply import TaxCategory

_GROUNDS = {
    "reverse_charge": (
        TaxCategory.REVERSE_CHARGE,
        text("The recipient accounts for the VAT: Article 196 of Council Directive 2006/112/EC."),
    ),
    "export": (TaxCategory.OUT_OF_SCOPE, text("No VAT is charged.")),
}


def in_words_of_today(content: Mapping[str, Any]) -> Mapping[str, Any]:
    """``content`` of a document with a category for each line and tax."""
    if "treatment" not in content:
        return content
    category, words = _GROUNDS.get(content["treatment"], (None, None))
    ground = {"code": "", "words": say(words, content["language"])} if words else None
    return {
        **content,
        "lines": [
            {**line, "tax_category": category or _domestic(line["tax_percent"])}
            for line in content["lines"]
        ],
        "taxes": [
            {**tax, "category": category or _domestic(tax["percent"]), "ground": ground}
            for tax in content["taxes"]
        ],
    }


def _domestic(percent: str) -> TaxCategory:
    return TaxCategory.STANDARD if float(percent) else TaxCategory.ZERO
