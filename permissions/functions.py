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
    CLIENT_BLOCK = "clients:client:block"
    CLIENT_CHANGE = "clients:client:change"
    CLIENT_CREATE = "clients:client:create"
    CLIENT_INVITE = "clients:client:invite"
    CLIENT_READ = "clients:client:read"
    CLIENT_USERS_CHANGE = "clients:user:change"
    CREDIT_LIMIT_CHANGE = "clients:credit_limit:change"
    GROUP_ASSIGN = "clients:group:assign"
    GROUP_CHANGE = "clients:group:change"
    MESSAGE_READ = "messages:message:read"
    MESSAGE_WRITE = "messages:message:write"
    PAYMENT_REFUND = "payments:payment:refund"
    PROVIDER_CHANGE = "providers:provider:change"
    PROVIDER_CREATE = "providers:provider:create"
    RIGHTS_CHANGE = "rights:department:change"
    STAFF_CHANGE = "staff:member:change"
    STAFF_READ = "staff:member:read"
    STOCK_CHANGE = "catalog:stock:change"
    TARIFF_CHANGE = "catalog:tariff:change"
    TARIFF_READ = "catalog:tariff:read"


CLIENTS = text("Clients")
BALANCE = text("Balance")
MESSAGES = text("Messages")
PAYMENTS = text("Payments")
RIGHTS = text("Rights")
PROVIDERS = text("Providers")
CATALOGUE = text("Catalogue")
STAFF = text("Staff")

PANEL_FUNCTIONS = (
    FunctionInfo(PanelFunction.CLIENT_READ, CLIENTS, text("See clients")),
    FunctionInfo(PanelFunction.CLIENT_CREATE, CLIENTS, text("Enter new clients")),
    FunctionInfo(PanelFunction.CLIENT_CHANGE, CLIENTS, text("Change clients' requisites")),
    FunctionInfo(PanelFunction.CLIENT_INVITE, CLIENTS, text("Give clients sign-in links")),
    FunctionInfo(PanelFunction.CLIENT_USERS_CHANGE, CLIENTS, text("Manage the users of clients")),
    FunctionInfo(PanelFunction.CLIENT_BLOCK, CLIENTS, text("Block and unblock clients")),
    FunctionInfo(PanelFunction.GROUP_ASSIGN, CLIENTS, text("Move clients between groups")),
    FunctionInfo(
        PanelFunction.CREDIT_LIMIT_CHANGE, CLIENTS, text("Change credit limits"), moves_money=True
    ),
    FunctionInfo(PanelFunction.GROUP_CHANGE, CLIENTS, text("Change client groups")),
    FunctionInfo(PanelFunction.BALANCE_READ, BALANCE, text("See balances")),
    FunctionInfo(PanelFunction.BALANCE_CREDIT, BALANCE, text("Credit a balance"), moves_money=True),
    FunctionInfo(PanelFunction.BALANCE_DEBIT, BALANCE, text("Debit a balance"), moves_money=True),
    FunctionInfo(PanelFunction.MESSAGE_READ, MESSAGES, text("Read messages")),
    FunctionInfo(PanelFunction.MESSAGE_WRITE, MESSAGES, text("Write messages")),
    FunctionInfo(
        PanelFunction.PAYMENT_REFUND, PAYMENTS, text("Refund a payment"), moves_money=True
    ),
    FunctionInfo(PanelFunction.TARIFF_READ, CATALOGUE, text("See the catalogue")),
    FunctionInfo(PanelFunction.TARIFF_CHANGE, CATALOGUE, text("Change tariffs and prices")),
    FunctionInfo(PanelFunction.STOCK_CHANGE, CATALOGUE, text("Change stock")),
    FunctionInfo(PanelFunction.PROVIDER_CREATE, PROVIDERS, text("Enter new providers")),
    FunctionInfo(PanelFunction.PROVIDER_CHANGE, PROVIDERS, text("Change providers")),
    FunctionInfo(PanelFunction.STAFF_READ, STAFF, text("See staff")),
    FunctionInfo(PanelFunction.STAFF_CHANGE, STAFF, text("Change staff")),
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
