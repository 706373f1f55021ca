"""The functions orders add to the permission matrix."""

from collections.abc import Mapping
from enum import StrEnum

from billing_panel.kernel.extension.hooks import FunctionInfo
from billing_panel.kernel.language.text import text


class OrdersFunction(StrEnum):
    """Names of the functions that orders add."""

    CART_CHANGE = "orders:cart:change"
    CART_CHECKOUT = "orders:cart:checkout"
    CART_READ = "orders:cart:read"
    DEADLINE_CHANGE = "orders:deadline:change"
    EXCEPTION_APPROVE = "orders:exception:approve"
    EXCEPTION_PROPOSE = "orders:exception:propose"
    HISTORY_READ = "orders:history:read"
    HOURS_USE = "orders:hours:use"
    LINE_DELIVER = "orders:line:deliver"
    LINE_EDIT = "orders:line:edit"
    ORDER_ACCEPT = "orders:order:accept"
    ORDER_ASK = "orders:order:ask"
    ORDER_CANCEL = "orders:order:cancel"
    ORDER_COMPLETE = "orders:order:complete"
    ORDER_CREATE = "orders:order:create"
    ORDER_PAY = "orders:order:pay"
    ORDER_READ = "orders:order:read"
    PAYMENT_RECORD = "orders:payment:record"
    PROMO_CHANGE = "catalog:promo:change"
    PRICE_RAISE = "orders:price:raise"
    PRICE_READ = "orders:price:read"
    ORDER_RESUME = "orders:order:resume"
    ORDER_SEND = "orders:order:send"
    ORDER_SET_UP = "orders:order:set_up"
    ORDER_SUSPEND = "orders:order:suspend"
    ORDER_VOID = "orders:order:void"
    STATUS_CHANGE = "orders:status:change"
    STATUS_LIST_CHANGE = "orders:status_list:change"
    TRANSITION_CHANGE = "orders:transition:change"


ORDERS = text("Orders")

ORDERS_FUNCTIONS = (
    FunctionInfo(
        OrdersFunction.HISTORY_READ,
        ORDERS,
        text("See order histories"),
        text("The list of orders with date, provider, status and what was ordered."),
    ),
    FunctionInfo(
        OrdersFunction.ORDER_READ,
        ORDERS,
        text("See order details"),
        text("Lines, payments, documents and the order’s history."),
    ),
    FunctionInfo(
        OrdersFunction.PRICE_READ,
        ORDERS,
        text("See prices and sums of orders"),
        text(
            "What orders cost, what is paid and what is left; also seen by"
            " anyone who takes payments, makes refunds, raises prices or edits lines."
        ),
    ),
    FunctionInfo(
        OrdersFunction.CART_READ,
        ORDERS,
        text("See clients’ carts"),
        text("What a client has put in their cart and not ordered yet."),
    ),
    FunctionInfo(
        OrdersFunction.CART_CHANGE,
        ORDERS,
        text("Change clients’ carts"),
        text("Adds items to a client’s cart, changes and removes them."),
    ),
    FunctionInfo(
        OrdersFunction.ORDER_CREATE,
        ORDERS,
        text("Place orders from the catalogue"),
        text("Places orders for a client, with the client’s rights and prices."),
    ),
    FunctionInfo(
        OrdersFunction.CART_CHECKOUT,
        ORDERS,
        text("Place orders from clients’ carts"),
        text("Orders what stands in a client’s own cart."),
    ),
    FunctionInfo(
        OrdersFunction.STATUS_CHANGE,
        ORDERS,
        text("Change an order’s status"),
        text(
            "Everything staff do with orders: every action of their workflow,"
            " and setting statuses by hand; nothing that moves money."
        ),
    ),
    FunctionInfo(
        OrdersFunction.ORDER_ACCEPT,
        ORDERS,
        text("Accept orders"),
        text("Accepts an order; its bill is issued at that point."),
    ),
    FunctionInfo(
        OrdersFunction.ORDER_ASK,
        ORDERS,
        text("Ask clients about their orders"),
        text("Sets an order aside until the client has done something."),
    ),
    FunctionInfo(
        OrdersFunction.ORDER_CANCEL,
        ORDERS,
        text("Cancel orders"),
        text("Cancels an order; reserved stock is released."),
    ),
    FunctionInfo(
        OrdersFunction.ORDER_COMPLETE,
        ORDERS,
        text("Complete orders"),
        text("Completes an order; what is not paid remains a debt."),
    ),
    FunctionInfo(
        OrdersFunction.ORDER_RESUME,
        ORDERS,
        text("Resume orders"),
        text("Resumes an order that was set aside or suspended."),
    ),
    FunctionInfo(
        OrdersFunction.ORDER_SEND,
        ORDERS,
        text("Send orders"),
        text("Records that goods are on their way, and with which carrier."),
    ),
    FunctionInfo(
        OrdersFunction.ORDER_SET_UP,
        ORDERS,
        text("Set orders up"),
        text("Starts setting up what was paid."),
    ),
    FunctionInfo(
        OrdersFunction.ORDER_SUSPEND,
        ORDERS,
        text("Suspend orders"),
        text("Suspends the services of an order; nothing is lost."),
    ),
    FunctionInfo(
        OrdersFunction.ORDER_VOID,
        ORDERS,
        text("Void orders"),
        text("Annuls the bill of an accepted order, and the order itself."),
    ),
    FunctionInfo(
        OrdersFunction.DEADLINE_CHANGE,
        ORDERS,
        text("Change deadlines of orders"),
        text("Gives an order more time, or removes its deadline, with a reason."),
    ),
    FunctionInfo(
        OrdersFunction.LINE_DELIVER,
        ORDERS,
        text("Mark lines delivered"),
        text("Services start with it; what is not paid becomes a debt."),
    ),
    FunctionInfo(
        OrdersFunction.LINE_EDIT,
        ORDERS,
        text("Edit lines of unpaid orders"),
        text(
            "Changes, adds and removes lines before anything is paid or delivered, with the"
            " client’s rights and prices; the bill is replaced."
        ),
    ),
    FunctionInfo(
        OrdersFunction.HOURS_USE,
        ORDERS,
        text("Record hours used"),
        text("Takes hours off a client’s time package, and puts them back after a mistake."),
    ),
    FunctionInfo(
        OrdersFunction.ORDER_PAY,
        ORDERS,
        text("Pay orders from balances"),
        text("Pays a client’s order out of the client’s balance or points."),
        moves_money=True,
    ),
    FunctionInfo(
        OrdersFunction.PAYMENT_RECORD,
        ORDERS,
        text("Record payments received"),
        text(
            "Records that money for an order has come in, by bank transfer, in"
            " cash or by card at the desk; stops waiting for payments at"
            " payment systems."
        ),
        moves_money=True,
    ),
    FunctionInfo(
        OrdersFunction.PRICE_RAISE,
        ORDERS,
        text("Raise prices of orders"),
        text(
            "Raises the price of a line after the order was placed, with a reason; never lowers it."
        ),
        moves_money=True,
    ),
    FunctionInfo(
        OrdersFunction.PROMO_CHANGE,
        text("Catalogue"),
        text("Create and change promo codes"),
        text("What a code takes off an order, when, for whom, and how often."),
        moves_money=True,
    ),
    FunctionInfo(
        OrdersFunction.STATUS_LIST_CHANGE,
        ORDERS,
        text("Change the list of statuses"),
        text(
            "Creates, renames, reorders, switches and deletes statuses; sets"
            " their news and stock effects."
        ),
    ),
    FunctionInfo(
        OrdersFunction.TRANSITION_CHANGE,
        ORDERS,
        text("Change transitions between statuses"),
        text("How orders run: the transitions between statuses, and who takes money at each."),
        moves_money=True,
    ),
    FunctionInfo(
        OrdersFunction.EXCEPTION_PROPOSE,
        ORDERS,
        text("Propose exceptions"),
        text("Asks to lift a restriction or to give a discount, once, for one order."),
        moves_money=True,
    ),
    FunctionInfo(
        OrdersFunction.EXCEPTION_APPROVE,
        ORDERS,
        text("Approve others’ exceptions"),
        text("Decides on what someone else has proposed, never on their own proposals."),
        moves_money=True,
    ),
)

# how orders run is shaped by whoever holds one of these, each their part of it
SHAPING = (OrdersFunction.STATUS_LIST_CHANGE, OrdersFunction.TRANSITION_CHANGE)

# staff who hold one of these may take that one action of a workflow, without all the others
ACTION_FUNCTIONS: Mapping[str, str] = {
    "accept": OrdersFunction.ORDER_ACCEPT,
    "ask": OrdersFunction.ORDER_ASK,
    "cancel": OrdersFunction.ORDER_CANCEL,
    "complete": OrdersFunction.ORDER_COMPLETE,
    "resume": OrdersFunction.ORDER_RESUME,
    "send": OrdersFunction.ORDER_SEND,
    "set_up": OrdersFunction.ORDER_SET_UP,
    "suspend": OrdersFunction.ORDER_SUSPEND,
    "void": OrdersFunction.ORDER_VOID,
}

# whoever holds one of these may do something with a new order
ACTING = (
    OrdersFunction.STATUS_CHANGE,
    OrdersFunction.ORDER_ACCEPT,
    OrdersFunction.ORDER_CANCEL,
    OrdersFunction.ORDER_COMPLETE,
    OrdersFunction.ORDER_SEND,
    OrdersFunction.ORDER_SET_UP,
    OrdersFunction.LINE_DELIVER,
    OrdersFunction.PAYMENT_RECORD,
    OrdersFunction.ORDER_PAY,
)
