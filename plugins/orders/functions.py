"""The functions orders add to the permission matrix."""

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
    ORDER_CREATE = "orders:order:create"
    ORDER_PAY = "orders:order:pay"
    ORDER_READ = "orders:order:read"
    PRICE_RAISE = "orders:price:raise"
    STATUS_CHANGE = "orders:status:change"
    WORKFLOW_CHANGE = "orders:workflow:change"


ORDERS = text("Orders")

ORDERS_FUNCTIONS = (
    FunctionInfo(OrdersFunction.HISTORY_READ, ORDERS, text("See order histories")),
    FunctionInfo(OrdersFunction.ORDER_READ, ORDERS, text("See an order's details")),
    FunctionInfo(OrdersFunction.CART_READ, ORDERS, text("See clients' carts")),
    FunctionInfo(OrdersFunction.CART_CHANGE, ORDERS, text("Change clients' carts")),
    FunctionInfo(OrdersFunction.ORDER_CREATE, ORDERS, text("Place orders from the catalogue")),
    FunctionInfo(OrdersFunction.CART_CHECKOUT, ORDERS, text("Place orders from clients' carts")),
    FunctionInfo(OrdersFunction.STATUS_CHANGE, ORDERS, text("Change an order's status")),
    FunctionInfo(OrdersFunction.DEADLINE_CHANGE, ORDERS, text("Change deadlines of orders")),
    FunctionInfo(OrdersFunction.LINE_DELIVER, ORDERS, text("Mark lines delivered")),
    FunctionInfo(
        OrdersFunction.ORDER_PAY, ORDERS, text("Pay orders from balances"), moves_money=True
    ),
    FunctionInfo(
        OrdersFunction.PRICE_RAISE, ORDERS, text("Raise prices of orders"), moves_money=True
    ),
    FunctionInfo(
        OrdersFunction.EXCEPTION_PROPOSE, ORDERS, text("Propose exceptions"), moves_money=True
    ),
    FunctionInfo(
        OrdersFunction.EXCEPTION_APPROVE,
        ORDERS,
        text("Approve exceptions of others"),
        moves_money=True,
    ),
    FunctionInfo(OrdersFunction.WORKFLOW_CHANGE, ORDERS, text("Change how orders run")),
)
