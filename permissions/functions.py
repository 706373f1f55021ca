"""The functions the panel itself knows; plugins declare theirs in the same way."""

from collections.abc import Iterable
from enum import StrEnum

from billing_panel.kernel.errors import Refused
from billing_panel.kernel.hooks import FunctionInfo
from billing_panel.kernel.text import text


class PanelFunction(StrEnum):
    BALANCE_CREDIT = "balance:balance:credit"
    BALANCE_DEBIT = "balance:balance:debit"
    BALANCE_READ = "balance:balance:read"
    CLIENT_READ = "clients:client:read"
    MESSAGE_READ = "messages:message:read"
    MESSAGE_WRITE = "messages:message:write"
    PAYMENT_REFUND = "payments:payment:refund"
    RIGHTS_CHANGE = "rights:department:change"


CLIENTS = text("Clients")
BALANCE = text("Balance")
MESSAGES = text("Messages")
PAYMENTS = text("Payments")
RIGHTS = text("Rights")

PANEL_FUNCTIONS = (
    FunctionInfo(PanelFunction.CLIENT_READ, CLIENTS, text("See clients")),
    FunctionInfo(PanelFunction.BALANCE_READ, BALANCE, text("See balances")),
    FunctionInfo(PanelFunction.BALANCE_CREDIT, BALANCE, text("Credit a balance"), moves_money=True),
    FunctionInfo(PanelFunction.BALANCE_DEBIT, BALANCE, text("Debit a balance"), moves_money=True),
    FunctionInfo(PanelFunction.MESSAGE_READ, MESSAGES, text("Read messages")),
    FunctionInfo(PanelFunction.MESSAGE_WRITE, MESSAGES, text("Write messages")),
    FunctionInfo(
        PanelFunction.PAYMENT_REFUND, PAYMENTS, text("Refund a payment"), moves_money=True
    ),
    FunctionInfo(PanelFunction.RIGHTS_CHANGE, RIGHTS, text("Change the rights of departments")),
)


class UnknownFunction(Refused):
    """Names that no part of the panel declares; most often a slip of the pen."""

    code = "unknown_function"


def check_known(names: Iterable[str], known: Iterable[str]) -> None:
    """Raise UnknownFunction naming every one of ``names`` that is not in ``known``."""
    unknown = sorted(set(names) - set(known))
    if unknown:
        raise UnknownFunction(text("There are no such functions: %(names)s.", names=unknown))
