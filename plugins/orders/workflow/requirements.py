"""What a workflow may ask before an order moves: facts of the order, and fields filled in. Pure.

A workflow file names them, some with an argument (``paid:30%``). Facts also choose between two
targets of one action (``when``); fields are asked in place (``requires`` and ``asks``). The orders
plugin's own fields stand here, its facts in ``conditions``.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from billing_panel.kernel.input.invisible_characters import is_visible
from billing_panel.kernel.language.errors import Reason
from billing_panel.kernel.language.text import Text, text
from plugins.orders.workflow import return_request_field, take_back_field
from plugins.orders.workflow.order_facts import OrderFacts

# the field in which whoever takes back says of each delivered line whether it comes back
TAKEN_BACK = "taken_back"
# the one in which the client says what they would like to send back, and why
TO_RETURN, RETURN_REASON = "to_return", "return_reason"
DELIVERY_CHARGE = "delivery_charge"

# the value date, which staff may write down with any step that takes money
RECEIVED_ON = "received_on"
# that a bank's reference which was recorded before is recorded once more
ACCEPT_DUPLICATE = "accept_duplicate"

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
    staff wrote there; the reason of a step is its own question (``timeline``). ``beside``: it
    may be written with any step, and the plugin that brings it keeps it, neither the order nor its
    log. ``takes_files``: files may come with it (``kernel.files.attached_files``).
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
    beside: bool = False
    takes_files: bool = False

    def accepts(self, value: str) -> bool:
        """Whether ``value`` has the pattern, the length, and something to see."""
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
        """The requirement where it is a field; None: it is a fact."""
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
        """Whether an order of ``facts`` is asked for it at all."""
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


def rated(facts: OrderFacts) -> Reason | None:
    """Why no rating is taken any more, or None (M10)."""
    if not facts.is_rated:
        return None
    return Reason(
        "already_rated",
        text("The order has already been rated."),
        text("An order can be rated only once."),
    )


# how content the client is, once for each order (M10)
RATING = "rating"
REVIEW = "review"
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
    RECEIVED_ON: Field(
        text("Received on"),
        text("The day the money came, such as 2026-12-31; leave empty for today."),
        pattern=r"\d{4}-\d{2}-\d{2}",
    ),
    ACCEPT_DUPLICATE: Field(
        text("Record it all the same"),
        text("Write yes where another payment has the same reference and this is other money."),
        pattern="yes",
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
    DELIVERY_CHARGE: Field(
        text("Delivery costs from now on"),
        text("Leave empty to take the delivery charge off, or enter the lower sum you agreed on."),
        pattern=r"\S{1,32}",
        is_sum=True,
        asked_of=lambda facts: facts.delivery > 0,
    ),
    TAKEN_BACK: Field(
        text("Delivered lines"),
        text("For each, by its number: 12:back or 12:kept; or one word, back or kept, for all."),
        pattern=take_back_field.PATTERN,
        most=take_back_field.MOST,
        judge=lambda facts, value: take_back_field.wrong(facts.delivered, value),
        asked_of=lambda facts: bool(facts.delivered),
    ),
    ANSWER: Field(
        text("Answer"),
        text("The answer to the question; it stays in the order’s history."),
        for_clients=True,
        takes_files=True,
    ),
    TO_RETURN: Field(
        text("To return"),
        text("For each line, by its number, how many: 12:1 13:2."),
        pattern=return_request_field.PATTERN,
        most=return_request_field.MOST,
        judge=lambda facts, value: return_request_field.wrong(
            facts.delivered, facts.quantities, value
        ),
        for_clients=True,
    ),
    RETURN_REASON: Field(
        text("Why you want to return it"),
        text("Say what is wrong with it; pictures help."),
        for_clients=True,
        takes_files=True,
    ),
    RATING: Field(
        text("Rating"),
        text("Enter a rating from one to five."),
        pattern="[1-5]",
        closed=rated,
        for_clients=True,
    ),
    REVIEW: Field(text("Review"), text("Use at most 500 characters."), for_clients=True),
}
