"""Sums as ``money.show`` writes them, for lists: how a language writes a currency is read once."""

from collections.abc import Callable
from functools import lru_cache

from billing_panel.kernel.values.money import Money, digits, show

GROUPS = "1234567"


@lru_cache(maxsize=256)
def money_writer(currency: str, locale: str) -> Callable[[int], str]:
    """What writes minor units of ``currency`` in ``locale``, those below zero with a real minus."""
    places = digits(currency)
    sample = show(Money(int(GROUPS + "0" * places), currency), locale)
    first, last = sample.index("1"), sample.rindex("0" if places else "7")
    before, number, after = sample[:first], sample[first : last + 1], sample[last + 1 :]
    apart = number[1 : number.index("2")]
    point = number[len(number) - places - 1] if places else ""
    one = 10**places

    def write(minor: int) -> str:
        if minor < 0:
            return show(Money(minor, currency), locale).replace("-", "\N{MINUS SIGN}")
        whole, part = divmod(minor, one)
        said = f"{whole:,}".replace(",", apart)
        return f"{before}{said}{point}{part:0{places}}{after}" if places else before + said + after

    return write
