"""Numbers among the words of search entries, and how SQLite keeps them.

A number stands between two signs that nobody can type, and which say what it is: one that was said,
or whose the subject is. On SQLite all of it is three signs of their own (more from thirteen digits
on), four digits in each: the index there has a list for every three consecutive letters, and by
digits a number would be several of the longest. So it is one, of those that have this very number.

The first sign and the last are no others, so that no number is part of a longer one.
"""

import re

from sqlalchemy import Dialect, String
from sqlalchemy.types import TypeDecorator
from typing_extensions import override

SAID, OF_PROVIDER, OF_CLIENT = SIGNS = "\x1f\x1d\x1e"
# for private use, so nothing that was folded has them
START, DIGITS = 0xF0000, 4
EACH = 10**DIGITS
LEAST = 3 * DIGITS
# where those between begin, and the last ones; the first ones, for each of ``SIGNS``, before
BETWEEN = START + len(SIGNS) * EACH
LAST = BETWEEN + EACH

_MARKED = re.compile(rf"([{SIGNS}])([0-9]+)\1")
_SHORT = re.compile(
    f"[{chr(START)}-{chr(BETWEEN - 1)}][{chr(BETWEEN)}-{chr(LAST - 1)}]+"
    f"[{chr(LAST)}-{chr(LAST + EACH - 1)}]"
)


class Words(TypeDecorator[str]):
    """Words of an entry, and whatever they are compared with."""

    impl = String
    cache_ok = True

    @override
    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:
        return shortened(value) if value and dialect.name == "sqlite" else value

    @override
    def process_result_value(self, value: str | None, dialect: Dialect) -> str | None:
        return _SHORT.sub(_written_out, value) if value and dialect.name == "sqlite" else value


def shortened(words: str) -> str:
    """``words`` as SQLite keeps them; those that are so already stay as they are."""
    return _MARKED.sub(_short, words)


def _short(found: re.Match[str]) -> str:
    sign, number = found.groups()
    digits = number.zfill(max(LEAST, len(number) + -len(number) % DIGITS))
    first, *between, last = (int(digits[at : at + DIGITS]) for at in range(0, len(digits), DIGITS))
    codes = (
        START + SIGNS.index(sign) * EACH + first,
        *(BETWEEN + one for one in between),
        LAST + last,
    )
    return "".join(map(chr, codes))


def _written_out(found: re.Match[str]) -> str:
    codes = [ord(one) - START for one in found[0]]
    sign = SIGNS[codes[0] // EACH]
    digits = "".join(f"{one % EACH:0{DIGITS}}" for one in codes)
    return f"{sign}{digits.lstrip('0') or '0'}{sign}"
