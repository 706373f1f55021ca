"""The functions the panel itself knows; plugins declare theirs in the same way."""

from collections.abc import Iterable
from enum import StrEnum

from billing_panel.kernel.extension.hooks import FunctionInfo
from billing_panel.kernel.language.errors import Refused
from billing_panel.kernel.language.text import text


class PanelFunction(StrEnum):
    """Names of the panel's own functions, ``area:resource:action``."""

    AUDIT_EXPORT = "audit:event:export"
    AUDIT_READ = "audit:event:read"
    BALANCE_CREDIT = "balance:balance:credit"
    BALANCE_DEBIT = "balance:balance:debit"
    BALANCE_READ = "balance:balance:read"
    CLIENT_BLOCK = "clients:client:block"
    CLIENT_CHANGE = "clients:client:change"
    CLIENT_CREATE = "clients:client:create"
    CLIENT_ERASE = "clients:client:erase"
    CLIENT_EXPORT = "clients:client:export"
    CLIENT_INVITE = "clients:client:invite"
    CLIENT_READ = "clients:client:read"
    CLIENT_USERS_CHANGE = "clients:user:change"
    CREDIT_LIMIT_CHANGE = "clients:credit_limit:change"
    GROUP_ASSIGN = "clients:group:assign"
    GROUP_CHANGE = "clients:group:change"
    MEMBER_RIGHTS_CHANGE = "rights:member:change"
    MAIL_READ = "mail:letter:read"
    MAIL_SEND = "mail:letter:send"
    MAIL_TEMPLATE_CHANGE = "mail:template:change"
    METHOD_SWITCH = "providers:method:switch"
    PAYMENT_REFUND = "payments:payment:refund"
    PROVIDER_CHANGE = "providers:provider:change"
    PROVIDER_CREATE = "providers:provider:create"
    RIGHTS_CHANGE = "rights:department:change"
    RIGHTS_READ = "rights:department:read"
    STAFF_CHANGE = "staff:member:change"
    STAFF_READ = "staff:member:read"
    STATEMENT_EXPORT = "balance:statement:export"
    STOCK_CHANGE = "catalog:stock:change"
    TARIFF_CHANGE = "catalog:tariff:change"
    TARIFF_READ = "catalog:tariff:read"


CLIENTS = text("Clients")
BALANCE = text("Balance")
MAIL = text("Mail")
PAYMENTS = text("Payments")
RIGHTS = text("Rights")
AUDIT = text("Audit log")
PROVIDERS = text("Providers")
CATALOGUE = text("Catalogue")
STAFF = text("Staff")

PANEL_FUNCTIONS = (
    FunctionInfo(
        PanelFunction.CLIENT_READ,
        CLIENTS,
        text("See clients"),
        text("The list of clients, their legal details, groups and services."),
    ),
    FunctionInfo(
        PanelFunction.CLIENT_CREATE,
        CLIENTS,
        text("Add clients"),
        text("Adds a client, so that orders can be placed for them."),
    ),
    FunctionInfo(
        PanelFunction.CLIENT_CHANGE,
        CLIENTS,
        text("Change clients’ requisites"),
        text("A client’s name, address, contacts and tax numbers."),
    ),
    FunctionInfo(
        PanelFunction.CLIENT_INVITE,
        CLIENTS,
        text("Give clients sign-in links"),
        text("Creates the one-time link a client uses to choose a password."),
    ),
    FunctionInfo(
        PanelFunction.CLIENT_USERS_CHANGE,
        CLIENTS,
        text("Manage the users of clients"),
        text("Adds a client’s users, changes their roles, locks them out."),
    ),
    FunctionInfo(
        PanelFunction.CLIENT_EXPORT,
        CLIENTS,
        text("Save everything held about a client as a file"),
        text(
            "Profile, users, orders, documents, postings and log entries, for the client to keep."
        ),
    ),
    FunctionInfo(
        PanelFunction.CLIENT_ERASE,
        CLIENTS,
        text("Erase clients’ personal data"),
        text(
            "Names, contacts and notes are erased permanently; documents and"
            " the ledger stay, as the law requires."
        ),
    ),
    FunctionInfo(
        PanelFunction.CLIENT_BLOCK,
        CLIENTS,
        text("Block and unblock clients"),
        text("A blocked client can’t order, and no one can order for them."),
    ),
    FunctionInfo(
        PanelFunction.GROUP_ASSIGN,
        CLIENTS,
        text("Move clients between groups"),
        text("The group determines discounts and what may be ordered."),
    ),
    FunctionInfo(
        PanelFunction.CREDIT_LIMIT_CHANGE,
        CLIENTS,
        text("Change credit limits"),
        text("How much a client may owe before no more can be ordered for them."),
        moves_money=True,
    ),
    FunctionInfo(
        PanelFunction.GROUP_CHANGE,
        CLIENTS,
        text("Change client groups"),
        text("Discounts and restrictions of a whole group."),
    ),
    FunctionInfo(
        PanelFunction.BALANCE_READ,
        BALANCE,
        text("See balances"),
        text("A client’s money, points, debt and credit limit."),
    ),
    FunctionInfo(
        PanelFunction.STATEMENT_EXPORT,
        BALANCE,
        text("Save statements as files"),
        text("Saves the statement of a client whose balance they see, as CSV or PDF."),
    ),
    FunctionInfo(
        PanelFunction.BALANCE_CREDIT,
        BALANCE,
        text("Credit a balance"),
        text("Adds money to a client’s account."),
        moves_money=True,
    ),
    FunctionInfo(
        PanelFunction.BALANCE_DEBIT,
        BALANCE,
        text("Debit a balance"),
        text("Takes money from a client’s account."),
        moves_money=True,
    ),
    FunctionInfo(
        PanelFunction.PAYMENT_REFUND,
        PAYMENTS,
        text("Refund a payment"),
        text("Refunds what a client has paid."),
        moves_money=True,
    ),
    FunctionInfo(
        PanelFunction.TARIFF_READ,
        CATALOGUE,
        text("See the catalogue"),
        text("Tariffs with their prices, options and restrictions."),
    ),
    FunctionInfo(
        PanelFunction.TARIFF_CHANGE,
        CATALOGUE,
        text("Change tariffs and prices"),
        text("What is sold, for how much and to whom."),
    ),
    FunctionInfo(
        PanelFunction.STOCK_CHANGE,
        CATALOGUE,
        text("Change stock"),
        text("Changes the number of items in stock, each time with a reason."),
    ),
    FunctionInfo(
        PanelFunction.PROVIDER_CREATE,
        PROVIDERS,
        text("Add providers"),
        text("Whoever adds a provider works for it."),
    ),
    FunctionInfo(
        PanelFunction.PROVIDER_CHANGE,
        PROVIDERS,
        text("Change providers"),
        text("Legal details, bank, tax rates, payment and delivery methods."),
    ),
    FunctionInfo(
        PanelFunction.METHOD_SWITCH,
        PROVIDERS,
        text("Switch payment methods off for a time"),
        text("Says until when nobody can pay in a way that doesn’t work now, and why."),
    ),
    FunctionInfo(
        PanelFunction.MAIL_READ,
        MAIL,
        text("See the outbox"),
        text("Every e-mail to clients and staff as the recipient sees it, and those that failed."),
    ),
    FunctionInfo(
        PanelFunction.MAIL_SEND,
        MAIL,
        text("Send e-mails again"),
        text("Sends again an e-mail that failed or may not have arrived."),
    ),
    FunctionInfo(
        PanelFunction.MAIL_TEMPLATE_CHANGE,
        MAIL,
        text("Change the texts of e-mails"),
        text("What e-mails say, and in whose name a provider writes."),
    ),
    FunctionInfo(
        PanelFunction.STAFF_READ,
        STAFF,
        text("See staff"),
        text("Who works here, in which departments, and with what rights."),
    ),
    FunctionInfo(
        PanelFunction.STAFF_CHANGE,
        STAFF,
        text("Change staff"),
        text("Adds people, assigns them to departments, creates their sign-in links."),
    ),
    FunctionInfo(
        PanelFunction.RIGHTS_READ,
        RIGHTS,
        text("See permissions"),
        text("What each department may do, and the change log."),
    ),
    FunctionInfo(
        PanelFunction.RIGHTS_CHANGE,
        RIGHTS,
        text("Change the rights of departments"),
        text(
            "Switches functions On and Off; only functions they hold"
            " themselves. Can view the panel as others see it."
        ),
    ),
    FunctionInfo(
        PanelFunction.MEMBER_RIGHTS_CHANGE,
        RIGHTS,
        text("Change the rights of single people"),
        text("Switches functions On and Off for one person; only functions they hold themselves."),
    ),
    FunctionInfo(
        PanelFunction.AUDIT_READ,
        AUDIT,
        text("See the audit log"),
        text("Who did what, when and from where, for the providers they work for."),
    ),
    FunctionInfo(
        PanelFunction.AUDIT_EXPORT,
        AUDIT,
        text("Save the audit log as a file"),
        text("The log as filtered, as a file for a spreadsheet."),
    ),
)


MOST_NAMED = 20


class UnknownFunction(Refused):
    """Names that no part of the panel declares; most often a slip of the pen."""

    code = "unknown_function"


def check_known(names: Iterable[str], known: Iterable[str]) -> None:
    """Raise UnknownFunction naming those of ``names`` that are not in ``known``, the first ones."""
    unknown = sorted(set(names) - set(known))[:MOST_NAMED]
    if unknown:
        raise UnknownFunction(text("These functions don’t exist: %(names)s.", names=unknown))
