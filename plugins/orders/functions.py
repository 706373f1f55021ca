"""The functions orders add to the permission matrix."""

from enum import StrEnum

from billing_panel.kernel.hooks import FunctionInfo
from billing_panel.kernel.text import text
from plugins.orders.rules.vocabulary import Vocabulary


class OrdersFunction(StrEnum):
    CART_CHANGE = "orders:cart:change"
    CART_CHECKOUT = "orders:cart:checkout"
    CART_READ = "orders:cart:read"
    DEADLINE_CHANGE = "orders:deadline:change"
    HISTORY_READ = "orders:history:read"
    LINE_DELIVER = "orders:line:deliver"
    ORDER_CREATE = "orders:order:create"
    ORDER_PAY = "orders:order:pay"
    ORDER_READ = "orders:order:read"
    STATUS_CHANGE = "orders:status:change"
    WORKFLOW_CHANGE = "orders:workflow:change"


ORDERS = text("Orders")

ORDERS_FUNCTIONS = (
    FunctionInfo(
        OrdersFunction.HISTORY_READ,
        ORDERS,
        text("See order histories"),
        text("The list of orders with date, provider, status and totals."),
    ),
    FunctionInfo(
        OrdersFunction.ORDER_READ,
        ORDERS,
        text("See an order's details"),
        text("Lines, payments, documents and what happened to the order."),
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
        text("Moves orders along their workflow, by its buttons and by hand."),
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
        text("Pays a client's order for him, and records payments received."),
        moves_money=True,
    ),
    FunctionInfo(
        OrdersFunction.WORKFLOW_CHANGE,
        ORDERS,
        text("Change how orders run"),
        text("The list of order statuses, and the ways between them."),
    ),
)

VOCABULARY = Vocabulary(
    functions=frozenset(OrdersFunction), staff_function=OrdersFunction.STATUS_CHANGE
)
