"""The QR reference of Swiss payments: 27 digits, the last one a check digit. Pure.

SIX, Implementation Guidelines for the QR-bill 2.3, 4.2.2 and Annex B (modulo 10, recursive). It
stands for the number of the document: two digits for each letter or digit of it.
"""

from stdnum import iban
from stdnum.ch import esr

# the place of a bank's number (IID) in an IBAN, and those of QR-IBANs
IID = slice(4, 9)
QR_IIDS = range(30000, 32000)
COUNTRIES = ("CH", "LI")
# without its check digit
DIGITS = 26
LETTERS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
# fills the reference before its number: the place of no letter
FILLER = "99"


def is_qr_iban(number: str) -> bool:
    """It takes payments with a QR reference alone."""
    plain = iban.compact(number)
    return iban.is_valid(plain) and plain[:2] in COUNTRIES and int(plain[IID]) in QR_IIDS


def qr_reference(core: str) -> str | None:
    """``core``: a number in capitals, without what parts it; None: it can't be written so.

    One longer than twelve can't, nor one with other letters than Latin ones.
    """
    if not core or not set(core) <= set(LETTERS):
        return None
    digits = "".join(f"{LETTERS.index(letter):02}" for letter in core)
    if len(digits) > DIGITS - len(FILLER):
        return None
    whole = digits.rjust(DIGITS, FILLER[0])
    return whole + esr.calc_check_digit(whole)


def core_of_qr_reference(reference: str) -> str | None:
    """The number in a QR reference; None: it is none of ours, or mistyped."""
    plain = "".join(reference.split())
    if len(plain) != DIGITS + 1 or not (plain.isascii() and plain.isdecimal()):
        return None
    if esr.calc_check_digit(plain[:-1]) != plain[-1] or not plain.startswith(FILLER):
        return None
    pairs = [plain[place : place + 2] for place in range(0, DIGITS, 2)]
    places = [int(pair) for pair in pairs if pair != FILLER]
    is_ours = places and all(place < len(LETTERS) for place in places)
    return "".join(LETTERS[place] for place in places) if is_ours else None


def qr_reference_shown(reference: str) -> str:
    """Two digits, then fives."""
    fives = (reference[place : place + 5] for place in range(2, len(reference), 5))
    return " ".join((reference[:2], *fives))
