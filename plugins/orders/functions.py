"""The functions orders add to the permission matrix."""

from collections.abc import Mapping
from enum import StrEnum

from billing_panel.kernel.hooks import FunctionInfo
from billing_panel.kernel.text import text


class OrdersFunction(StrEnum):
    CART_CHANGE = "orders:cart:change"
    CART_CHECKOUT = "orders:cart:checkout"
    CART_READ = "orders:cart:read"
    DEADLINE_CHANGE = "orders:deadline:change"
    EXCEPTION_APPROVE = "orders:exception:approve"
    EXCEPTION_PROPOSE = "orders:exception:propose"
    HISTORY_READ = "orders:history:read"
    LINE_DELIVER = "orders:line:deliver"
    ORDER_ACCEPT = "orders:order:accept"
    ORDER_ASK = "orders:order:ask"
    ORDER_CANCEL = "orders:order:cancel"
    ORDER_COMPLETE = "orders:order:complete"
    ORDER_CREATE = "orders:order:create"
    ORDER_PAY = "orders:order:pay"
    ORDER_READ = "orders:order:read"
    PAYMENT_RECORD = "orders:payment:record"
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
        text("See an order's details"),
        text("Lines, payments, documents and what happened to the order."),
    ),
    FunctionInfo(
        OrdersFunction.PRICE_READ,
        ORDERS,
        text("See prices and sums of orders"),
        text(
            "What orders cost, what is paid and what is left; who takes payments, gives back or"
            " raises prices sees it too."
        ),
    ),
    FunctionInfo(
        OrdersFunction.CART_READ,
        ORDERS,
        text("See clients' carts"),
        text("What a client has put into his cart and not ordered yet."),
    ),
    FunctionInfo(
        OrdersFunction.CART_CHANGE,
        ORDERS,
        text("Change clients' carts"),
        text("Adds positions to a client's cart, changes them, takes them out."),
    ),
    FunctionInfo(
        OrdersFunction.ORDER_CREATE,
        ORDERS,
        text("Place orders from the catalogue"),
        text("Orders for a client, with the client's rights and prices."),
    ),
    FunctionInfo(
        OrdersFunction.CART_CHECKOUT,
        ORDERS,
        text("Place orders from clients' carts"),
        text("Orders what stands in a client's own cart."),
    ),
    FunctionInfo(
        OrdersFunction.STATUS_CHANGE,
        ORDERS,
        text("Change an order's status"),
        text(
            "All that staff do with orders: every action of their workflow, and statuses by hand;"
            " never what moves money."
        ),
    ),
    FunctionInfo(
        OrdersFunction.ORDER_ACCEPT,
        ORDERS,
        text("Accept orders"),
        text("Takes an order on; its bill is issued then."),
    ),
    FunctionInfo(
        OrdersFunction.ORDER_ASK,
        ORDERS,
        text("Ask clients about their orders"),
        text("Puts an order aside until the client has done something."),
    ),
    FunctionInfo(
        OrdersFunction.ORDER_CANCEL,
        ORDERS,
        text("Cancel orders"),
        text("Gives an order up; what was set aside comes back into stock."),
    ),
    FunctionInfo(
        OrdersFunction.ORDER_COMPLETE,
        ORDERS,
        text("Complete orders"),
        text("Finishes an order; what is not paid stays a debt."),
    ),
    FunctionInfo(
        OrdersFunction.ORDER_RESUME,
        ORDERS,
        text("Resume orders"),
        text("Goes on with an order that was put aside or suspended."),
    ),
    FunctionInfo(
        OrdersFunction.ORDER_SEND,
        ORDERS,
        text("Send orders"),
        text("Says that goods are on their way, and by whom."),
    ),
    FunctionInfo(
        OrdersFunction.ORDER_SET_UP,
        ORDERS,
        text("Set orders up"),
        text("Begins with the setting up of what was paid."),
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
        text("Annuls the bill of an accepted order, and the order with it."),
    ),
    FunctionInfo(
        OrdersFunction.DEADLINE_CHANGE,
        ORDERS,
        text("Change deadlines of orders"),
        text("Gives an order more time, or takes its deadline away, with a reason."),
    ),
    FunctionInfo(
        OrdersFunction.LINE_DELIVER,
        ORDERS,
        text("Mark lines delivered"),
        text("Services begin with it; what is not paid becomes a debt."),
    ),
    FunctionInfo(
        OrdersFunction.ORDER_PAY,
        ORDERS,
        text("Pay orders from balances"),
        text("Pays a client's order out of the client's balance or points."),
        moves_money=True,
    ),
    FunctionInfo(
        OrdersFunction.PAYMENT_RECORD,
        ORDERS,
        text("Record payments received"),
        text(
            "Says that money for an order has come in: by bank transfer, in cash, by card at the"
            " desk; gives up payments at payment systems."
        ),
        moves_money=True,
    ),
    FunctionInfo(
        OrdersFunction.PRICE_RAISE,
        ORDERS,
        text("Raise prices of orders"),
        text("Asks more for a line after the order was placed, with a reason; never less."),
        moves_money=True,
    ),
    FunctionInfo(
        OrdersFunction.STATUS_LIST_CHANGE,
        ORDERS,
        text("Change the list of statuses"),
        text("Makes, names, orders, switches and deletes statuses; news and stock on entering."),
    ),
    FunctionInfo(
        OrdersFunction.TRANSITION_CHANGE,
        ORDERS,
        text("Change transitions between statuses"),
        text("How orders run: the ways between statuses, and who takes money there."),
        moves_money=True,
    ),
    FunctionInfo(
        OrdersFunction.EXCEPTION_PROPOSE,
        ORDERS,
        text("Propose exceptions"),
        text("Asks for a restriction to be lifted once, or for a discount, for one order."),
        moves_money=True,
    ),
    FunctionInfo(
        OrdersFunction.EXCEPTION_APPROVE,
        ORDERS,
        text("Approve exceptions of others"),
        text("Decides on what somebody else has proposed, never on his own."),
        moves_money=True,
    ),
)

# how orders run is shaped by whoever holds one of these, each his part of it
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
