"""Check digits in account and company numbers, which catch most typing mistakes. Pure.

A Russian account: Положение Банка России № 579-П and its order of reckoning the key of an account
(№ 515, 1997). КПП: приказ ФНС России № ММВ-7-6/435@. ЕИК: nine digits, or thirteen of a branch.
ОГРН and ОГРНИП: the last digit of the remainder by 11, and by 13 (приказ Минфина № 165н, 2017).
"""

import re

from stdnum.bg.vat import calc_check_digit_legal

WEIGHTS = (7, 1, 3)
BRANCH = ((2, 7, 3, 5), (4, 9, 5, 7))
KPP = re.compile(r"[0-9]{4}[0-9A-Z]{2}[0-9]{3}", re.ASCII)


def is_bik(code: str) -> bool:
    """Tell whether the code has nine digits, as a Russian bank's БИК."""
    return _is_digits(code, 9)


def is_account_of(number: str, bik: str) -> bool:
    """The last three digits of its bank's БИК go into the key. Spaces are as people write them."""
    number, bik = _plain(number), _plain(bik)
    return _is_digits(number, 20) and _is_digits(bik, 9) and _key(bik[-3:] + number) == 0


def is_correspondent_of(number: str, bik: str) -> bool:
    """It is kept at the Bank of Russia: digits five and six of the БИК, after a zero."""
    number, bik = _plain(number), _plain(bik)
    is_kept = _is_digits(number, 20) and _is_digits(bik, 9)
    return is_kept and number[-3:] == bik[-3:] and _key(f"0{bik[4:6]}{number}") == 0


def is_kpp(code: str) -> bool:
    """Tell whether the code is written as a КПП: nine characters, two of which may be letters."""
    return KPP.fullmatch(_plain(code)) is not None


def is_ogrn(number: str) -> bool:
    """Of a company (thirteen digits), or of a person in business (fifteen)."""
    plain = _plain(number)
    divisor = {13: 11, 15: 13}.get(len(plain))
    if divisor is None or not _is_digits(plain, len(plain)):
        return False
    return plain[0] != "0" and int(plain[:-1]) % divisor % 10 == int(plain[-1])


def is_eik(number: str) -> bool:
    """Whether the check digits are right: a company (nine digits) or a branch (thirteen)."""
    plain = _plain(number)
    if not (_is_digits(plain, 9) or _is_digits(plain, 13)):
        return False
    is_firm = calc_check_digit_legal(plain[:8]) == plain[8]
    return is_firm and (len(plain) == 9 or plain[12] == _branch_digit(plain))


def _branch_digit(plain: str) -> str:
    digits = [int(digit) for digit in plain[8:12]]
    first, second = (sum(w * d for w, d in zip(ws, digits, strict=True)) % 11 for ws in BRANCH)
    return str(first if first < 10 else second % 10)


def _key(digits: str) -> int:
    return sum(int(digit) * WEIGHTS[place % 3] for place, digit in enumerate(digits)) % 10


def _plain(number: str) -> str:
    return "".join(number.split())


def _is_digits(number: str, many: int) -> bool:
    plain = _plain(number)
    return len(plain) == many and plain.isascii() and plain.isdecimal()
