"""Reading amounts as people type them, and as the panel itself prints them.

``€1,284.50``, ``1 284,50 ₽``, ``−1'284.50``: signs of the currency, spaces of any width and
apostrophes between thousands, either sign before the decimals. Nothing is guessed: what could be
read in two ways is refused. Programs write plain amounts (``kernel.values.money.parse``).
"""

import re
from functools import cache

from babel.numbers import get_currency_symbol, get_decimal_symbol, get_group_symbol

from billing_panel.kernel.language.text import LANGUAGES, Text, text, translate_plural
from billing_panel.kernel.values.currencies import DECIMALS
from billing_panel.kernel.values.money import POINTS, digits

# longer is no amount; looked at before anything is read
MAX_TYPED = 64
MINUS = re.compile("^[-\u2010-\u2013\u2212\ufe63\uff0d]")
# between thousands: spaces of any width, and apostrophes
PARTED = re.compile(r"(?<=[0-9])[\s'\u2018\u2019\u02bc\u2032](?=[0-9]{3}(?:[^0-9]|$))")
GROUPED = {
    sign: re.compile(rf"[0-9]{{1,3}}(?:{re.escape(sign)}[0-9]{{3}})+", re.ASCII) for sign in ",."
}
TWO_WAYS = re.compile(r"([1-9][0-9]{0,2})([,.])([0-9]{3})", re.ASCII)


class TwoWaysError(ValueError):
    """An amount that means one thing to some readers and another to others."""

    def __init__(self, message: Text) -> None:
        super().__init__(str(message))
        self.message = message


def plain_amount(written: str, language: str, currency: str = "") -> str:
    """``written`` by a reader of ``language`` as plain digits, ``1284.50``.

    What is no amount comes back as it was, for whoever judges it. ``currency`` empty: not known,
    so no sign of one is taken off. Raises TwoWaysError.
    """
    if len(written) > MAX_TYPED:
        return written
    bare = _without_sign(written.strip(), language, currency)
    sign, bare = ("-", bare[1:].lstrip()) if MINUS.match(bare) else ("", bare)
    bare = _without_sign(bare, language, currency)
    joined = PARTED.sub("", bare)
    # spaces have parted the thousands, so the other sign parts the decimals
    number = _decimal(joined, language, currency, is_parted=joined != bare)
    return written.strip() if number is None else sign + number


def typed_amount(plain: str, language: str) -> str:
    """A plain amount as a reader of ``language`` would type it: ``1284,50``."""
    return plain.replace(".", get_decimal_symbol(language))


def _decimal(written: str, language: str, currency: str, *, is_parted: bool) -> str | None:
    """None: it is no amount."""
    point, comma = written.rfind("."), written.rfind(",")
    if min(point, comma) >= 0:
        whole, part = written[: max(point, comma)], written[max(point, comma) + 1 :]
        group = "," if point > comma else "."
        return f"{whole.replace(group, '')}.{part}" if GROUPED[group].fullmatch(whole) else None
    sign = "," if comma >= 0 else "."
    if written.count(sign) > 1:
        return written.replace(sign, "") if GROUPED[sign].fullmatch(written) else None
    two_ways = None if is_parted else TWO_WAYS.fullmatch(written)
    return _either(two_ways, language, currency) if two_ways else written.replace(",", ".")


def _either(written: re.Match[str], language: str, currency: str) -> str:
    """``1,234``: the one of the two that the language and the currency leave, if they do."""
    whole, sign, part = written.groups()
    places = digits(currency) if currency in {*DECIMALS, POINTS} else len(part)
    if places == 0 and sign == get_group_symbol(language):
        return whole + part
    point = get_decimal_symbol(language)
    if places >= len(part) and sign == point:
        return f"{whole}.{part}"
    small = f"{whole}{point}{part[:places]}" if places else whole
    raise TwoWaysError(
        text(
            "“%(written)s” can be read in two ways: write %(large)s or %(small)s.",
            written=written[0],
            large=whole + part,
            small=small,
        )
    )


def _without_sign(written: str, language: str, currency: str) -> str:
    for token in _signs(currency, language):
        if written.startswith(token):
            return written.removeprefix(token).strip()
        if written.endswith(token):
            return written.removesuffix(token).strip()
    return written


@cache
def _signs(currency: str, language: str) -> tuple[str, ...]:
    """How the panel writes ``currency`` in any of its languages, the longest first."""
    if currency == POINTS:
        one, many = "%(shown)s point", "%(shown)s points"
        forms = (translate_plural(one, many, number, language) for number in (1, 2, 5))
        signs = {form.replace("%(shown)s", "").strip() for form in forms}
    elif currency in DECIMALS:
        signs = {currency, *(get_currency_symbol(currency, locale) for locale in LANGUAGES)}
    else:
        signs = set()
    return tuple(sorted(signs, key=len, reverse=True))
