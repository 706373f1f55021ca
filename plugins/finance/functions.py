"""The functions the finance desk adds to the permission matrix."""

from enum import StrEnum

from billing_panel.kernel.extension.hooks import FunctionInfo
from billing_panel.kernel.language.text import text


class FinanceFunction(StrEnum):
    """Names of the functions that the finance desk adds."""

    MONTH_CLOSE = "finance:month:close"
    MONTH_REOPEN = "finance:month:reopen"
    PAYMENT_READ = "finance:payment:read"
    PAYOUT_RECORD = "finance:payout:record"
    REMINDER_READ = "finance:reminder:read"
    REMINDER_RULES = "finance:reminder_rules:change"
    REMINDER_SEND = "finance:reminder:send"
    REGISTER_READ = "finance:register:read"
    WRITE_OFF_APPROVE = "finance:write_off:approve"
    WRITE_OFF_PROPOSE = "finance:write_off:propose"


FINANCE = text("Finance")
# whoever holds one of them sees what is closed
CLOSING = (FinanceFunction.MONTH_CLOSE, FinanceFunction.MONTH_REOPEN)
# whoever holds one of them has a hand in write-offs
WRITING_OFF = (FinanceFunction.WRITE_OFF_PROPOSE, FinanceFunction.WRITE_OFF_APPROVE)

FINANCE_FUNCTIONS = (
    FunctionInfo(
        FinanceFunction.REGISTER_READ,
        FINANCE,
        text("See and export registers"),
        text("Sales, VAT, payments, the general ledger and overdue debts of entire providers."),
    ),
    FunctionInfo(
        FinanceFunction.PAYMENT_READ,
        FINANCE,
        text("See payments of all orders"),
        text("The list of payments received, waiting and failed, with what they were for."),
    ),
    FunctionInfo(
        FinanceFunction.PAYOUT_RECORD,
        FINANCE,
        text("Record payouts"),
        text("What payment systems and couriers pay to the bank, and the fees they keep."),
    ),
    FunctionInfo(
        FinanceFunction.MONTH_CLOSE,
        FINANCE,
        text("Close months"),
        text("After that, nothing more can be entered on the days of that month."),
    ),
    FunctionInfo(
        FinanceFunction.MONTH_REOPEN,
        FINANCE,
        text("Reopen closed months"),
        text("With a reason, which stays in the log; figures already reported may change."),
    ),
    FunctionInfo(
        FinanceFunction.REMINDER_READ,
        FINANCE,
        text("See reminders of bills"),
        text("Unpaid bills, which reminders were sent and what comes next."),
    ),
    FunctionInfo(
        FinanceFunction.REMINDER_SEND,
        FINANCE,
        text("Send and pause reminders"),
        text("Remind a client of a bill now, or pause the reminders of an order or a client."),
    ),
    FunctionInfo(
        FinanceFunction.REMINDER_RULES,
        FINANCE,
        text("Set up reminders"),
        text("When and to whom a provider sends reminders of bills, and which interest it claims."),
    ),
    FunctionInfo(
        FinanceFunction.WRITE_OFF_PROPOSE,
        FINANCE,
        text("Propose write-offs"),
        text("Asks to write off what is owed for an order; someone else must approve it."),
        moves_money=True,
    ),
    FunctionInfo(
        FinanceFunction.WRITE_OFF_APPROVE,
        FINANCE,
        text("Approve others’ write-offs"),
        text(
            "Decides on what someone else has proposed, never on their own proposals; also makes a"
            " debt that was written off owed again."
        ),
        moves_money=True,
    ),
)
