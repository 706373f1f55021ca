"""Whether a VAT number is well formed: the check digits of its country, no register asked."""

from stdnum.eu import vat

# with spaces and dots; what reckons check digits takes any length, and Python 4,300 digits
MAX_VAT_NUMBER = 64


def is_valid_vat_number(number: str, country: str) -> bool:
    """``number`` with its prefix (EL for Greece), belonging to ``country`` and well formed."""
    prefix = "EL" if country == "GR" else country
    return (
        len(number) <= MAX_VAT_NUMBER
        and number.upper().startswith(prefix)
        and bool(vat.is_valid(number))
    )
