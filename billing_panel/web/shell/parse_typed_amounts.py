"""Amounts typed on pages, made plain for commands."""

from billing_panel.kernel.input.amount_reader import TwoWaysError, plain_amount
from billing_panel.kernel.language.errors import FieldError, Invalid
from billing_panel.web.shell.request_context import language


def in_plain(written: str, currency: str, field: str = "amount") -> str:
    """``1 284,50 €`` as ``1284.50``, by the language of the request.

    Raises Invalid ``invalid_amount`` at ``field`` where it could be read in two ways.
    """
    try:
        return plain_amount(written, language(), currency)
    except TwoWaysError as error:
        wrong = FieldError(field, "invalid_amount", error.message)
        raise Invalid([wrong], code="invalid_amount") from None
