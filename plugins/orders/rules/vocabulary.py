"""The names a workflow file may use, each with its exact meaning. Pure.

The effects are carried out in ``plugins.orders.effects``; here stands what each promises.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from billing_panel.kernel.text import Text, text
from plugins.orders.rules.order_facts import BY_HAND, DEADLINE
from plugins.orders.rules.requirements import FACTS, FIELDS, Requirement

EFFECTS: Mapping[str, Text] = {
    "hold_stock": text(
        "What is counted is set aside for the order, once; refused when there is too little."
    ),
    "take_stock": text(
        "What was set aside leaves the stock for good; what was not is taken now, once."
    ),
    "return_stock": text(
        "What was set aside or taken comes back into stock, once; else nothing happens."
    ),
    "issue_proforma": text(
        "The bill to pay is issued, once, for what is left to pay by the order's payment method."
    ),
    "issue_bill": text(
        "The bill to pay is issued, once, for what is left to pay, whatever the payment method."
    ),
    "void_documents": text(
        "Every document of the order is annulled, and the debt that open_debt made is lifted."
    ),
    "open_debt": text("What is left to pay becomes a debt of the client, once."),
    "take_payment": text(
        "What is left to pay is recorded as received, by the method given, else by the order's own."
    ),
    "return_payments": text("What was paid goes back to the client's balance and points."),
    "deliver_lines": text(
        "Every line not delivered yet is marked delivered and its services begin; what is left to"
        " pay is then a debt, once."
    ),
    "suspend_services": text("The services the order opened are suspended; nothing is lost."),
    "resume_services": text("The services the order opened and that are suspended work again."),
    "end_services": text("The services the order opened end for good."),
    "notify_client": text("The client is told of the order's new status, in his language."),
    "notify_shop": text("The staff who look after the provider's orders are told of the change."),
}

ON_ENTERING: Mapping[str, str] = {
    "hold": "hold_stock",
    "take": "take_stock",
    "return": "return_stock",
}
EMAIL = "notify_client"

ACTIONS: dict[str, Text] = {
    BY_HAND: text("Set by hand"),
    DEADLINE: text("Time is up"),
    "accept": text("Accept"),
    "pay": text("Pay"),
    "set_up": text("Set up"),
    "send": text("Send"),
    "deliver": text("Deliver"),
    "receive": text("Received"),
    "complete": text("Complete"),
    "cancel": text("Cancel"),
    "void": text("Void"),
    "decline": text("Decline"),
    "refund": text("Refund"),
    "ask": text("Ask the client"),
    "resume": text("Resume"),
    "suspend": text("Suspend"),
    "expire": text("Expired"),
    "review": text("Rate and review"),
    "payment_succeeded": text("Payment succeeded"),
    "payment_failed": text("Payment failed"),
    "payment_in_review": text("Payment under review"),
    "left_for_gateway": text("Left for the payment system"),
    "lines_delivered": text("All delivered"),
    "payment_overdue": text("Payment overdue"),
    "term_ended": text("Paid term ended"),
}

REQUIREMENTS: dict[str, Requirement] = {**FACTS, **FIELDS}


@dataclass(frozen=True)
class Vocabulary:
    """What a workflow file may name.

    ``functions``: those staff may be asked to hold; ``staff_function`` is meant where a row says
    ``staff`` and no more, or the one of ``action_functions`` that is for its action alone. Plugins
    add effects and requirements of their own.
    """

    functions: frozenset[str]
    staff_function: str
    action_functions: Mapping[str, str] = field(default_factory=dict)
    effects: frozenset[str] = frozenset(EFFECTS)
    requirements: Mapping[str, Requirement] = field(default_factory=REQUIREMENTS.copy)
    actions: Mapping[str, Text] = field(default_factory=ACTIONS.copy)
