"""Sums of money as people type them, for the books."""

from billing_panel.kernel.language.errors import FieldError, Invalid
from billing_panel.kernel.language.text import Text, text
from billing_panel.kernel.values.money import Money, MoneyError, digits, parse


def read_amount(written: str, currency: str, field: str = "amount") -> Money:
    """The sum that somebody typed: more than nothing, exactly what they wrote.

    Raises Invalid ``invalid_amount`` at ``field``, with how to write it.
    """
    typed = written.strip().replace(",", ".")
    try:
        amount = parse(typed, currency)
    except MoneyError:
        raise _wrong(field, _how(typed, currency)) from None
    if amount.minor <= 0:
        raise _wrong(field, text("Enter an amount above zero."))
    return amount


def _how(typed: str, currency: str) -> Text:
    whole, _, part = typed.partition(".")
    places = digits(currency)
    if whole.isdecimal() and part.isdecimal() and len(part.rstrip("0")) > places:
        return text(
            "%(currency)s has %(places)s decimals at most.", currency=currency, places=places
        )
    example = Money(12 * 10**places, currency)
    return text("Write the amount in plain digits, such as %(example)s.", example=str(example))


def _wrong(field: str, message: Text) -> Invalid:
    return Invalid([FieldError(field, "invalid_amount", message)], code="invalid_amount")
