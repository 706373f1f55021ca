"""The functions documents add to the permission matrix."""

from enum import StrEnum

from billing_panel.kernel.extension.hooks import FunctionInfo
from billing_panel.kernel.language.text import text


class InvoicesFunction(StrEnum):
    """Names of the functions that documents add."""

    CREDIT_NOTE_CREATE = "invoices:credit_note:create"
    INVOICE_ISSUE = "invoices:invoice:issue"
    INVOICE_PRINT = "invoices:invoice:print"
    INVOICE_READ = "invoices:invoice:read"
    INVOICE_VOID = "invoices:invoice:void"


INVOICES = text("Invoices")

INVOICES_FUNCTIONS = (
    FunctionInfo(
        InvoicesFunction.INVOICE_READ,
        INVOICES,
        text("See invoices"),
        text("The facts of a document: parties, lines, taxes, total."),
    ),
    FunctionInfo(
        InvoicesFunction.INVOICE_PRINT,
        INVOICES,
        text("Print invoices"),
        text("Opens a document as PDF, to print or send it."),
    ),
    FunctionInfo(
        InvoicesFunction.INVOICE_ISSUE,
        INVOICES,
        text("Issue invoices"),
        text("Issues one invoice for several orders of a client."),
        moves_money=True,
    ),
    FunctionInfo(
        InvoicesFunction.INVOICE_VOID,
        INVOICES,
        text("Void invoices"),
        text("Annuls a document separately from its order; it can still be printed, unchanged."),
        moves_money=True,
        is_ahead=True,
    ),
    FunctionInfo(
        InvoicesFunction.CREDIT_NOTE_CREATE,
        INVOICES,
        text("Issue credit notes"),
        text("Takes back an invoice, or part of it, with a document of its own."),
        moves_money=True,
    ),
)
