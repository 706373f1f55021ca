"""The facts of an order that a workflow may ask for, each with why it does not hold. Pure."""

from collections.abc import Mapping

from billing_panel.kernel.language.errors import Reason
from billing_panel.kernel.language.text import text
from billing_panel.kernel.values.actor import ActorKind
from billing_panel.kernel.values.money import POINTS, Money
from plugins.orders.workflow.order_facts import OrderFacts
from plugins.orders.workflow.requirements import Fact


def paid(facts: OrderFacts, share: str) -> Reason | None:
    """``share``: percent of each tender, empty for all of it."""
    percent = int(share.removesuffix("%")) if share else 100
    enough = (
        facts.paid.minor * 100 >= facts.total.minor * percent
        and facts.paid_points * 100 >= facts.points * percent
    )
    if enough:
        return None
    return Reason(
        "not_paid",
        text("Paid so far: %(paid)s of %(total)s.", paid=facts.paid, total=facts.total)
        if facts.paid.minor < facts.total.minor
        else text(
            "Points paid so far: %(paid)s of %(total)s.",
            paid=Money(facts.paid_points, POINTS),
            total=Money(facts.points, POINTS),
        ),
        text("Take payment first: %(percent)s %% of the order.", percent=percent),
    )


def unpaid(facts: OrderFacts, _argument: str) -> Reason | None:
    """Something is left to pay, in money or points."""
    if not facts.is_paid:
        return None
    return Reason(
        "already_paid",
        text("The order is paid in full."),
        text("Nothing is left to pay; leave it as it is."),
    )


def owed(facts: OrderFacts, _argument: str) -> Reason | None:
    """Some of it is a debt of the client."""
    if facts.owed:
        return None
    return Reason(
        "not_owed",
        text("No part of the order is a debt."),
        text("Only what is owed can be paid here."),
    )


def paid_something(facts: OrderFacts, _argument: str) -> Reason | None:
    """Some of what was paid can be given back."""
    if facts.paid.minor or facts.paid_points:
        return None
    return Reason(
        "nothing_paid",
        text("Nothing has been paid that could be refunded."),
        text("Only what was paid can be refunded."),
    )


def all_delivered(facts: OrderFacts, _argument: str) -> Reason | None:
    """No line that is not given up is left to deliver (P4)."""
    if facts.is_delivered:
        return None
    return Reason(
        "not_delivered",
        text(
            "Lines delivered so far: %(delivered)s of %(lines)s.",
            delivered=facts.lines_delivered,
            lines=facts.lines,
        ),
        text("Mark the other lines delivered first."),
    )


def something_delivered(facts: OrderFacts, _argument: str) -> Reason | None:
    """The client has a line of it."""
    if facts.delivered:
        return None
    return Reason(
        "nothing_delivered",
        text("The client has nothing from this order."),
        text("Only what was delivered can be taken back."),
    )


def taken_up(facts: OrderFacts, _argument: str) -> Reason | None:
    """It has been open or done before."""
    if facts.taken_up:
        return None
    return Reason(
        "not_taken_up",
        text("The order has never been in progress."),
        text("Wait until it is; its lines are delivered then."),
    )


def in_stock(facts: OrderFacts, _argument: str) -> Reason | None:
    """No line has to be brought in (M2)."""
    if not facts.lines_on_order:
        return None
    return Reason(
        "on_order",
        text("Something in the order must still be brought in."),
        text("This transition is for goods in stock; use the one for goods on order."),
    )


def on_order(facts: OrderFacts, _argument: str) -> Reason | None:
    """A line has to be brought in (M2)."""
    if facts.lines_on_order:
        return None
    return Reason(
        "in_stock",
        text("Everything in the order is in stock."),
        text("This transition is for goods on order; use the one for goods in stock."),
    )


def to_be_sent(facts: OrderFacts, _argument: str) -> Reason | None:
    """A line of it is sent to the client."""
    if facts.needs_delivery:
        return None
    return Reason(
        "nothing_to_send",
        text("Nothing in the order needs shipping."),
        text("Mark its lines delivered instead."),
    )


def nothing_to_send(facts: OrderFacts, _argument: str) -> Reason | None:
    """It is of services and the like."""
    if not facts.needs_delivery:
        return None
    return Reason(
        "to_be_sent",
        text("Something in the order must be shipped."),
        text("Ship it, or agree on pickup."),
    )


def pays_online(facts: OrderFacts, _argument: str) -> Reason | None:
    """Its payment method leads to a payment system (W3)."""
    if facts.pays_online:
        return None
    return Reason(
        "not_paid_online",
        text("The order’s payment method uses no payment system."),
        text("Choose a payment method that does."),
    )


def came_by_gateway(facts: OrderFacts, _argument: str) -> Reason | None:
    """The payment spoken of has come in there (W3)."""
    if facts.came_by_gateway:
        return None
    return Reason(
        "not_by_gateway",
        text("What was left to pay didn’t come in through a payment system."),
        text("Use the transition for other payment methods."),
    )


def left_from_here(facts: OrderFacts, _argument: str) -> Reason | None:
    """The client left for the payment spoken of since the order came to its status (W3)."""
    if facts.left_from_here:
        return None
    return Reason(
        "not_left_from_here",
        text("The client has not left for a payment system since the order reached its status."),
        text("Wait until they do."),
    )


def placed_by_client(facts: OrderFacts, _argument: str) -> Reason | None:
    """The client placed it themselves (W3)."""
    if facts.placed_by is ActorKind.CLIENT:
        return None
    return Reason(
        "placed_by_staff",
        text("The client didn’t place the order themselves."),
        text("Use the transition for orders placed by staff."),
    )


def return_asked(facts: OrderFacts, _argument: str) -> Reason | None:
    """The client waits for an answer about a return."""
    if facts.return_asked:
        return None
    return Reason(
        "no_return_asked",
        text("The client has not asked to return anything."),
        text("There is nothing to answer."),
    )


def no_return_asked(facts: OrderFacts, _argument: str) -> Reason | None:
    """One request at a time."""
    if not facts.return_asked:
        return None
    return Reason(
        "return_asked",
        text("The client has already asked to return something."),
        text("Answer that request first."),
    )


FACTS: Mapping[str, Fact] = {
    "paid": Fact(
        text("paid"),
        text(
            "The order is paid in full; with a share, such as paid:30%, at least that much of it."
        ),
        paid,
        argument=r"[1-9][0-9]?%|100%",
        example="paid:30%",
    ),
    "unpaid": Fact(text("not paid"), text("Part of the order is left to pay."), unpaid),
    "owed": Fact(text("owed"), text("Part of the order is a debt of the client."), owed),
    "paid_something": Fact(
        text("partly paid for"),
        text("Something was paid that can be refunded."),
        paid_something,
    ),
    "all_delivered": Fact(
        text("all delivered"), text("Every line of the order is delivered."), all_delivered
    ),
    "something_delivered": Fact(
        text("delivered in part"),
        text("A line of the order was delivered and not taken back."),
        something_delivered,
    ),
    "return_asked": Fact(
        text("a return is asked for"),
        text("The client has asked to return something, and nobody has answered yet."),
        return_asked,
    ),
    "no_return_asked": Fact(
        text("no return is asked for"),
        text("The client waits for no answer about a return."),
        no_return_asked,
    ),
    "taken_up": Fact(
        text("started before"),
        text("The order has been in a status that is open or done before."),
        taken_up,
    ),
    "in_stock": Fact(
        text("in stock"), text("No line of the order must be brought in first."), in_stock
    ),
    "on_order": Fact(
        text("on order"), text("A line of the order must be brought in first."), on_order
    ),
    "to_be_sent": Fact(
        text("to be shipped"), text("Something in the order is shipped to the client."), to_be_sent
    ),
    "nothing_to_send": Fact(
        text("nothing to ship"),
        text("The order has only services and the like, which need no shipping."),
        nothing_to_send,
    ),
    "pays_online": Fact(
        text("paid online"),
        text("The order’s payment method uses an external payment system."),
        pays_online,
    ),
    "came_by_gateway": Fact(
        text("through a payment system"),
        text("A payment system has just collected what was left to pay."),
        came_by_gateway,
    ),
    "left_from_here": Fact(
        text("the client left from here"),
        text(
            "The client has left for this payment since the order reached its"
            " status; a status staff have set by hand since then is not"
            " overruled."
        ),
        left_from_here,
    ),
    "placed_by_client": Fact(
        text("placed by the client"),
        text("The client placed the order themselves, in their own area."),
        placed_by_client,
    ),
}
