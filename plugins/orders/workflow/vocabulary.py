"""The names a workflow file may use, each with its exact meaning. Pure.

Here stand the orders plugin's own; others bring theirs (``store.workflow_language``).
What an effect does stands in ``plugins.orders.lifecycle.effects``.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from billing_panel.kernel.language.text import Text, text
from plugins.orders.workflow.conditions import FACTS
from plugins.orders.workflow.order_facts import BY_HAND, DEADLINE
from plugins.orders.workflow.requirements import FIELDS, Field, Requirement


@dataclass(frozen=True)
class EffectInfo:
    """``title``: what happens, in a word or two; ``meaning``: what exactly it promises.

    ``functions``: staff who have it happen hold one of these; when exactly they are asked, and
    which of them where the fields decide, stands in ``step_functions``. ``pays``: whoever has it
    happen takes the order's money. ``lasting``: no step undoes it, so that it is asked once more
    before it is done.
    """

    title: Text
    meaning: Text
    functions: tuple[str, ...] = ()
    pays: bool = False
    lasting: bool = False


ANY_STEP = "orders:status:change"
CALLING_OFF = ("orders:order:cancel", "orders:order:void", ANY_STEP)
DELIVERING = ("orders:line:deliver", ANY_STEP)
OWING = ("orders:order:accept", "orders:line:deliver", ANY_STEP)
GIVING_BACK = ("payments:payment:refund",)
RECORDING = "orders:payment:record"
SPENDING = "orders:order:pay"
CREDITING = "balance:balance:credit"
TAKING = (RECORDING, SPENDING)
# effects that the language itself knows: where lines are delivered, and who takes them back
DELIVERS, TAKES_BACK = "deliver_lines", "take_back_lines"

EFFECTS: Mapping[str, EffectInfo] = {
    "hold_stock": EffectInfo(
        text("stock is reserved"),
        text("Tracked stock is reserved for the order, once; refused if there is too little."),
    ),
    "take_stock": EffectInfo(
        text("stock goes down"),
        text("Reserved items leave the stock for good; what was not reserved is taken now, once."),
    ),
    "return_stock": EffectInfo(
        text("stock comes back"),
        text(
            "Reserved or taken items return to stock, once, except what was"
            " delivered and is still with the client."
        ),
    ),
    "issue_proforma": EffectInfo(
        text("the bill is issued"),
        text("The bill is issued, once, for what is left to pay by the order’s payment method."),
    ),
    "issue_bill": EffectInfo(
        text("the bill is issued, whatever the payment method"),
        text("The bill is issued, once, for what is left to pay, whatever the payment method."),
    ),
    "void_documents": EffectInfo(
        text("documents are annulled"),
        text(
            "Every document of the order is annulled, and the debt created by"
            " the order is lifted. What was delivered is still owed; if it has"
            " a bill of its own, that bill stays."
        ),
        CALLING_OFF,
        lasting=True,
    ),
    "open_debt": EffectInfo(
        text("what is left to pay becomes a debt"),
        text("What is left to pay becomes a debt of the client, once."),
        OWING,
    ),
    "take_payment": EffectInfo(
        text("money is received"),
        text(
            "What is left to pay, or the given amount, is received by the given"
            " method, otherwise by the order’s own; any excess goes to the"
            " client’s balance."
        ),
        TAKING,
        pays=True,
    ),
    "refund": EffectInfo(
        text("money is refunded"),
        text(
            "What was paid, or the given amount, is refunded to the balance or"
            " to the original payment method; points return as points."
        ),
        GIVING_BACK,
        lasting=True,
    ),
    "return_payments": EffectInfo(
        text("what was paid goes back"),
        text(
            "What was paid goes back to the client’s balance and points, except"
            " for what was delivered; only that is still owed."
        ),
        GIVING_BACK,
        lasting=True,
    ),
    "deliver_lines": EffectInfo(
        text("all lines are delivered"),
        text(
            "Every line not yet delivered is marked delivered and its services"
            " start; what is left to pay then becomes a debt, once."
        ),
        DELIVERING,
    ),
    "take_back_lines": EffectInfo(
        text("what was delivered is taken back"),
        text(
            "Staff choose for each delivered line whether it is taken back or"
            " kept. What is taken back is no longer owed, and its services end."
        ),
        CALLING_OFF,
        lasting=True,
    ),
    "ask_return": EffectInfo(
        text("a return is asked for"),
        text("What the client wants to return, and why, is kept until staff answer."),
    ),
    "accept_return": EffectInfo(
        text("the return is accepted"),
        text("The client’s request to return something is answered: yes. Nothing else happens."),
    ),
    "refuse_return": EffectInfo(
        text("the return is refused"),
        text("The client’s request to return something is answered: no, with words for them."),
    ),
    "agree_delivery": EffectInfo(
        text("the delivery charge is taken off"),
        text(
            "What was charged for delivery is taken off, or lowered to the given sum; the bill is"
            " issued anew, and what was paid beyond it goes back to the client’s balance."
        ),
        GIVING_BACK,
        lasting=True,
    ),
    "suspend_services": EffectInfo(
        text("services are suspended"),
        text("The order’s services are suspended; nothing is lost."),
        ("orders:order:suspend", ANY_STEP),
    ),
    "resume_services": EffectInfo(
        text("services resume"),
        text("Suspended services of the order resume."),
        ("orders:order:resume", ANY_STEP),
    ),
    "end_services": EffectInfo(
        text("services end"),
        text("The order’s services end permanently."),
        CALLING_OFF,
        lasting=True,
    ),
    "notify_client": EffectInfo(
        text("the client is notified"),
        text("The client is notified of the order’s new status, in the ways they chose."),
    ),
    "notify_shop": EffectInfo(
        text("the shop is notified"),
        text("The provider’s staff are notified, each in the ways they chose."),
    ),
}

ON_ENTERING: Mapping[str, str] = {
    "hold": "hold_stock",
    "take": "take_stock",
    "return": "return_stock",
}
EMAIL = "notify_client"

ACTIONS: Mapping[str, Text] = {
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
    "take_back": text("Take back"),
    "price_raised": text("Price raised"),
    "ask": text("Ask the client"),
    "resume": text("Resume"),
    "suspend": text("Suspend"),
    "expire": text("Expired"),
    "review": text("Rate and review"),
    "ask_return": text("Ask to return"),
    "accept_return": text("Accept the return"),
    "refuse_return": text("Refuse the return"),
    "payment_succeeded": text("Payment succeeded"),
    "payment_failed": text("Payment failed"),
    "payment_in_review": text("Payment under review"),
    "left_for_gateway": text("Client left for the payment system"),
    "dispute_lost": text("Dispute lost"),
    "lines_delivered": text("All delivered"),
    "payment_overdue": text("Payment overdue"),
    "term_ended": text("Paid term ended"),
}

# what the panel itself says of an order, once; no plugin's action is said by it
HAPPENS_ONCE = frozenset({"payment_succeeded", "lines_delivered"})

# actions off the good course: it does not go well, or more is asked for than was agreed
ASIDE = frozenset(
    {
        "accept_return",
        "ask",
        "ask_return",
        "decline",
        "dispute_lost",
        "expire",
        "left_for_gateway",
        "payment_failed",
        "payment_in_review",
        "payment_overdue",
        "price_raised",
        "refund",
        "refuse_return",
        "suspend",
        "take_back",
        "term_ended",
    }
)

# actions and facts of orders whose client pays at a payment system; others never come by them
ONLINE = frozenset({"left_for_gateway", "came_by_gateway", "left_from_here"})

REQUIREMENTS: Mapping[str, Requirement] = {**FACTS, **FIELDS}


@dataclass(frozen=True)
class Vocabulary:
    """What a workflow file may name.

    ``functions``: those staff may be asked to hold; ``staff_function`` is meant where a row says
    ``staff`` and no more, or the one of ``action_functions`` that is for its action alone. A row
    that takes money and names one of the functions for it means each of them; the payment method
    decides which is asked. Of a client's users a row that says ``client`` means those who hold
    ``client_function``, or ``paying_function`` where an effect of it ``pays``. ``aside``: actions
    that lead off the good course. ``online``: actions and facts that are for orders paid at a
    payment system alone.
    """

    functions: frozenset[str]
    staff_function: str
    action_functions: Mapping[str, str]
    client_function: str
    paying_function: str
    effects: Mapping[str, EffectInfo]
    requirements: Mapping[str, Requirement]
    actions: Mapping[str, Text]
    aside: frozenset[str] = frozenset()
    online: frozenset[str] = frozenset()

    @property
    def fields(self) -> Mapping[str, Field]:
        """Those requirements that whoever acts fills in."""
        return {k: r for k, r in self.requirements.items() if isinstance(r, Field)}

    @property
    def beside(self) -> frozenset[str]:
        """Fields that may be written with any step, and that are kept elsewhere."""
        return frozenset(name for name, field in self.fields.items() if field.beside)
