"""Whether a VAT number is well formed for its country. No register is queried."""

from stdnum.eu import vat

from billing_panel.tax.territories import vat_territory

# Greece's own letters, as VIES writes them
PREFIXES = {"GR": "EL"}
# with spaces and dots; what reckons check digits takes any length, and Python 4,300 digits
MAX_VAT_NUMBER = 64


def is_valid_vat_number(number: str, country: str) -> bool:
    """``number`` with its prefix (EL for Greece), of ``country``, well formed and possible.

    Monaco's are France's.
    """
    if len(number) > MAX_VAT_NUMBER:
        return False
    state = vat_territory(country)
    prefix = PREFIXES.get(state, state)
    compact = compact_vat_number(number)
    if not compact.startswith(prefix) or not vat.is_valid(compact):
        return False
    return not _is_made_up(compact.removeprefix(prefix))


def compact_vat_number(number: str) -> str:
    """The number in capitals, without spaces."""
    return number.upper().replace(" ", "")


def _is_made_up(number: str) -> bool:
    """Nobody has it, though its check digits are right: nothing but one digit, as in samples.

    The last two digits may be check digits; of other digits than 0 one more may differ.
    """
    digits = [character for character in number if character.isdecimal()][:-1]
    most = max(digits, key=digits.count)
    others = len(digits) - digits.count(most)
    return others == 0 if most == "0" else others <= 1
