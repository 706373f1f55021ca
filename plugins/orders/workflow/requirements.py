"""What a workflow may ask before an order moves: facts of the order, and fields filled in. Pure.

A workflow file names them, some with an argument (``paid:30%``). Facts also choose between two
targets of one action (``when``); fields are asked in place (``requires`` and ``asks``).
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from billing_panel.kernel.actor import ActorKind
from billing_panel.kernel.errors import Reason
from billing_panel.kernel.money import POINTS, Money
from billing_panel.kernel.text import Text, text
from billing_panel.kernel.visible import is_visible
from plugins.orders.workflow import taking_back
from plugins.orders.workflow.order_facts import OrderFacts

# the field in which whoever takes back says of each delivered line whether it comes back
TAKEN_BACK = "taken_back"

MAX_FIELD = 500


@dataclass(frozen=True)
class Fact:
    """Something an order is or is not; ``title``: in a word.

    ``unmet(facts, argument)`` is the reason when it does not hold. ``argument`` is the pattern of
    what may stand after a colon, and ``example`` one that fits; without them it takes none.
    """

    title: Text
    meaning: Text
    unmet: Callable[[OrderFacts, str], Reason | None]
    argument: str = ""
    example: str = ""


@dataclass(frozen=True)
class Field:
    """Something whoever acts writes down. ``pattern`` is for the whole of it, stripped.

    ``is_sum``: it is an amount of the order's money. ``most``: characters it may have. ``judge``
    says what else is wrong with what was written, or missing, where that goes by the order.
    ``asked_of``: of which orders it is asked at all. ``closed``: why it cannot be filled in any
    more; then the step that requires it is not offered either. ``for_clients``: a client reads what
    staff wrote there; the reason of a step is its own question (``timeline``).
    """

    title: Text
    hint: Text
    pattern: str = r"[\s\S]+"
    is_sum: bool = False
    most: int = MAX_FIELD
    judge: Callable[[OrderFacts, str], Text | None] = lambda _facts, _value: None
    asked_of: Callable[[OrderFacts], bool] = lambda _facts: True
    closed: Callable[[OrderFacts], Reason | None] = lambda _facts: None
    for_clients: bool = False

    def accepts(self, value: str) -> bool:
        fits = re.fullmatch(self.pattern, value.strip()) is not None
        return len(value) <= self.most and fits and is_visible(value)


Requirement = Fact | Field


@dataclass(frozen=True)
class Asked:
    """A requirement as a row of a workflow asks it: ``paid:30%`` is name ``paid`` with ``30%``."""

    written: str
    name: str
    argument: str
    requirement: Requirement

    @property
    def field(self) -> Field | None:
        return self.requirement if isinstance(self.requirement, Field) else None

    def unmet(self, facts: OrderFacts) -> Reason | None:
        """Why it does not hold, or None. The place of a field's reason is ``fields.NAME``."""
        return self.unmet_before(facts) or (
            _unfilled(self.name, self.requirement, facts)
            if isinstance(self.requirement, Field)
            else None
        )

    def unmet_before(self, facts: OrderFacts) -> Reason | None:
        """The same of what does not hold whatever is written down."""
        if isinstance(self.requirement, Fact):
            return self.requirement.unmet(facts, self.argument)
        return self.requirement.closed(facts)

    def is_asked(self, facts: OrderFacts) -> bool:
        return not isinstance(self.requirement, Field) or self.requirement.asked_of(facts)


def _unfilled(name: str, field: Field, facts: OrderFacts) -> Reason | None:
    value = facts.fields.get(name, "").strip()
    given = is_visible(value)
    if not given and not field.asked_of(facts):
        return None
    if field.accepts(value):
        wrong = field.judge(facts, value)
        return Reason("invalid_field", wrong, field.hint, facts.place_of(name)) if wrong else None
    message = (
        text("“%(field)s” can’t be like that.", field=field.title)
        if given
        else field.judge(facts, "") or text("“%(field)s” is missing.", field=field.title)
    )
    return Reason(
        "invalid_field" if given else "missing_field", message, field.hint, facts.place_of(name)
    )


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
    if not facts.is_paid:
        return None
    return Reason(
        "already_paid",
        text("The order is paid in full."),
        text("Nothing is left to pay; leave it as it is."),
    )


def owed(facts: OrderFacts, _argument: str) -> Reason | None:
    if facts.owed:
        return None
    return Reason(
        "not_owed",
        text("No part of the order is a debt."),
        text("Only what is owed can be paid here."),
    )


def paid_something(facts: OrderFacts, _argument: str) -> Reason | None:
    if facts.paid.minor or facts.paid_points:
        return None
    return Reason(
        "nothing_paid",
        text("Nothing has been paid that could be refunded."),
        text("Only what was paid can be refunded."),
    )


def all_delivered(facts: OrderFacts, _argument: str) -> Reason | None:
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
    if facts.delivered:
        return None
    return Reason(
        "nothing_delivered",
        text("The client has nothing from this order."),
        text("Only what was delivered can be taken back."),
    )


def taken_up(facts: OrderFacts, _argument: str) -> Reason | None:
    if facts.taken_up:
        return None
    return Reason(
        "not_taken_up",
        text("The order has never been in progress."),
        text("Wait until it is; its lines are delivered then."),
    )


def in_stock(facts: OrderFacts, _argument: str) -> Reason | None:
    if not facts.lines_on_order:
        return None
    return Reason(
        "on_order",
        text("Something in the order must still be brought in."),
        text("This transition is for goods in stock; use the one for goods on order."),
    )


def on_order(facts: OrderFacts, _argument: str) -> Reason | None:
    if facts.lines_on_order:
        return None
    return Reason(
        "in_stock",
        text("Everything in the order is in stock."),
        text("This transition is for goods on order; use the one for goods in stock."),
    )


def to_be_sent(facts: OrderFacts, _argument: str) -> Reason | None:
    if facts.needs_delivery:
        return None
    return Reason(
        "nothing_to_send",
        text("Nothing in the order needs shipping."),
        text("Mark its lines delivered instead."),
    )


def nothing_to_send(facts: OrderFacts, _argument: str) -> Reason | None:
    if not facts.needs_delivery:
        return None
    return Reason(
        "to_be_sent",
        text("Something in the order must be shipped."),
        text("Ship it, or agree on pickup."),
    )


def pays_online(facts: OrderFacts, _argument: str) -> Reason | None:
    if facts.pays_online:
        return None
    return Reason(
        "not_paid_online",
        text("The order’s payment method uses no payment system."),
        text("Choose a payment method that does."),
    )


def came_by_gateway(facts: OrderFacts, _argument: str) -> Reason | None:
    if facts.came_by_gateway:
        return None
    return Reason(
        "not_by_gateway",
        text("What was left to pay didn’t come in through a payment system."),
        text("Use the transition for other payment methods."),
    )


def left_from_here(facts: OrderFacts, _argument: str) -> Reason | None:
    if facts.left_from_here:
        return None
    return Reason(
        "not_left_from_here",
        text("The client has not left for a payment system since the order reached its status."),
        text("Wait until they do."),
    )


def placed_by_client(facts: OrderFacts, _argument: str) -> Reason | None:
    if facts.placed_by is ActorKind.CLIENT:
        return None
    return Reason(
        "placed_by_staff",
        text("The client didn’t place the order themselves."),
        text("Use the transition for orders placed by staff."),
    )


def rated(facts: OrderFacts) -> Reason | None:
    if not facts.is_rated:
        return None
    return Reason(
        "already_rated",
        text("The order has already been rated."),
        text("An order can be rated only once."),
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

# how content the client is, once for each order (M10)
RATING = "rating"
# the words for the client, where the reason is staff's own
CLIENT_TEXT = "client_text"
# what the client answers where they were asked
ANSWER = "answer"
FIELDS: Mapping[str, Field] = {
    "reason": Field(text("Reason"), text("Say briefly why; it stays in the history.")),
    CLIENT_TEXT: Field(
        text("For the client"),
        text("What the client can read in the order’s history."),
        for_clients=True,
    ),
    "delivery_service": Field(
        text("Delivery service"),
        text("Name the service that delivers the parcel."),
        pattern=r"\S(.{0,62}\S)?",
        for_clients=True,
    ),
    "tracking_code": Field(
        text("Tracking code"),
        text("Enter the parcel’s tracking code, so that the client can follow it."),
        pattern=r"\S(.{0,62}\S)?",
        for_clients=True,
    ),
    "payment_method": Field(
        text("Payment method"),
        text("Choose the method by which the money actually came."),
        for_clients=True,
    ),
    "amount": Field(
        text("Amount"),
        text("Leave empty for the full amount, or enter a part, such as 12.50."),
        pattern=r"\S{1,32}",
        is_sum=True,
        for_clients=True,
    ),
    "reference": Field(
        text("Reference"),
        text("The payment’s reference where it came from: the bank’s, the receipt’s."),
        pattern=r"\S(.{0,138}\S)?",
    ),
    "refund_to": Field(
        text("Refund to"),
        text("To the client’s balance, or to the original payment method."),
        pattern="balance|method",
        for_clients=True,
    ),
    "payment": Field(
        text("Payment"), text("Name one of the order’s payments."), pattern="[0-9]{1,18}"
    ),
    TAKEN_BACK: Field(
        text("Delivered lines"),
        text("For each, by its number: 12:back or 12:kept; or one word, back or kept, for all."),
        pattern=taking_back.PATTERN,
        most=taking_back.MOST,
        judge=lambda facts, value: taking_back.wrong(facts.delivered, value),
        asked_of=lambda facts: bool(facts.delivered),
    ),
    ANSWER: Field(
        text("Answer"),
        text("The answer to the question; it stays in the order’s history."),
        for_clients=True,
    ),
    RATING: Field(
        text("Rating"),
        text("Enter a rating from one to five."),
        pattern="[1-5]",
        closed=rated,
        for_clients=True,
    ),
    "review": Field(text("Review"), text("Use at most 500 characters."), for_clients=True),
}
