"""Stripe's units of money (docs.stripe.com/currencies), which aren't always ours."""

from billing_panel.kernel.values.money import Money, MoneyError, digits

WHOLE = frozenset(
    {
        *("BIF", "CLP", "DJF", "GNF", "JPY", "KMF", "KRW", "MGA"),
        *("PYG", "RWF", "VND", "VUV", "XAF", "XOF", "XPF"),
    }
)
THOUSANDTHS = frozenset({"BHD", "JOD", "KWD", "OMR", "TND"})


def to_units(money: Money) -> int:
    """Stripe's units of an amount. Raises MoneyError where it takes none so small.

    Of a currency with three decimals Stripe takes sums whose last one is 0.
    """
    if money.currency in THOUSANDTHS and money.minor % 10:
        raise MoneyError(f"Stripe takes {money.currency} in steps of 0.010")
    return _shifted(money.minor, _places(money.currency) - digits(money.currency))


def from_units(units: int, currency: str) -> Money:
    """Raises MoneyError for part of a minor unit, and for a currency that nobody knows."""
    code = currency.upper()
    return Money(_shifted(units, digits(code) - _places(code)), code)


def _places(currency: str) -> int:
    if currency in WHOLE:
        return 0
    return 3 if currency in THOUSANDTHS else 2


def _shifted(amount: int, places: int) -> int:
    if places >= 0:
        return int(amount * 10**places)
    whole, rest = divmod(amount, 10**-places)
    if rest:
        raise MoneyError("the amount has more decimals than the currency")
    return int(whole)
