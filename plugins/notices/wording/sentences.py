"""The sentence of each notice; its reader sees sums only where they may.

Of a kind the first sentence is said whose condition holds.
"""

import re
from collections.abc import Callable, Mapping, Sequence

from billing_panel.kernel.language.text import Text, text
from billing_panel.kernel.values.actor import Actor, ActorKind
from invoices.document_event_wording import NAMES
from plugins.notices.wording.load_notice_facts import NoticeFacts
from plugins.orders.store.visibility.price_visibility import HIDDEN, without_sums

NAME = re.compile(r"%\((\w+)\)s")
Condition = Callable[[NoticeFacts], bool]

VALUES: Mapping[str, Callable[[NoticeFacts], object]] = {
    "bill": lambda facts: facts.bill.number if facts.bill else "",
    "client": lambda facts: facts.client,
    "day": lambda facts: facts.due,
    "document": lambda facts: NAMES[facts.bill.kind] if facts.bill else "",
    "lines": lambda facts: len(facts.told.get("lines", ())),
    "number": lambda facts: facts.number,
    "points": lambda facts: facts.told.get("points", 0),
    "provider": lambda facts: facts.provider,
    "status": lambda facts: facts.status,
    "sum": lambda facts: HIDDEN if facts.sum is None else facts.sum,
    "top_up": lambda facts: facts.told.get("top_up", ""),
    "top_up_bill": lambda facts: facts.told.get("bill", ""),
    "to_pay": lambda facts: facts.bill.total if facts.bill else HIDDEN,
    "total": lambda facts: HIDDEN if facts.total is None else facts.total,
    "webhook": lambda facts: facts.told.get("title", ""),
    "what": lambda facts: facts.exception,
}


def said(kind: str, facts: NoticeFacts, reader: Actor) -> Text:
    """The notice of ``kind`` about ``facts`` as ``reader`` may read it."""
    sentence = next(said for holds, said in SENTENCES[kind] if holds(facts)).sentence
    values = {name: VALUES[name](facts) for name in NAME.findall(sentence)}
    return without_sums(Text(sentence, values), reader)


def _always(_facts: NoticeFacts) -> bool:
    return True


def _event(kind: str) -> Condition:
    return lambda facts: facts.event == kind


def _is_by_itself(facts: NoticeFacts) -> bool:
    return facts.by is ActorKind.SYSTEM


def _is_refused(facts: NoticeFacts) -> bool:
    return facts.told.get("action") == "refuse_return"


def _is_of_no_order(facts: NoticeFacts) -> bool:
    return facts.order_id is None


def _one(sentence: Text) -> Sequence[tuple[Condition, Text]]:
    return [(_always, sentence)]


SENTENCES: Mapping[str, Sequence[tuple[Condition, Text]]] = {
    "order.received": _one(text("Order № %(number)s placed with %(provider)s: %(sum)s")),
    "order.changed": _one(text("Order № %(number)s is now “%(status)s”")),
    "answer.needed": _one(text("%(provider)s needs your answer about order № %(number)s")),
    "lines.delivered": _one(text("Order № %(number)s: items delivered: %(lines)s")),
    "deadline.approached": [
        (
            lambda facts: bool(facts.told.get("to_pay")),
            text("Order № %(number)s is to be paid by %(day)s"),
        ),
        (
            _always,
            text("Order № %(number)s: the deadline is %(day)s; then the order moves automatically"),
        ),
    ],
    "deadline.passed": [
        (
            _event("deadline.passed"),
            text("Order № %(number)s was to be paid by %(day)s and is not paid yet"),
        ),
        (
            _always,
            text("The deadline of order № %(number)s has passed: it is now “%(status)s”"),
        ),
    ],
    "deadline.changed": [
        (lambda facts: facts.due is None, text("Order № %(number)s: the deadline is cancelled")),
        (_always, text("Order № %(number)s: the deadline is now %(day)s")),
    ],
    "bill.issued": [
        (lambda facts: facts.bill is None, text("Bill for order № %(number)s")),
        (_always, text("%(document)s %(bill)s for order № %(number)s: %(to_pay)s")),
    ],
    "payment.received": _one(text("Payment for order № %(number)s received: %(sum)s")),
    "payment.failed": [
        (
            _event("payment.in_review"),
            text("The payment for order № %(number)s is under review at the payment system"),
        ),
        (_always, text("The payment for order № %(number)s didn’t go through")),
    ],
    "refund.sent": _one(text("Refund for order № %(number)s: %(sum)s")),
    "price.raised": [
        (lambda facts: facts.total is None, text("The price of order № %(number)s was raised")),
        (_always, text("The price of order № %(number)s was raised; it now costs %(total)s")),
    ],
    "tax.changed": [
        (
            lambda facts: facts.total is None,
            text("A tax rate has changed, and with it the tax of order № %(number)s"),
        ),
        (
            _always,
            text("A tax rate has changed: order № %(number)s, not yet paid, now costs %(total)s"),
        ),
    ],
    "lines.edited": [
        (lambda facts: facts.total is None, text("The lines of order № %(number)s were changed")),
        (_always, text("The lines of order № %(number)s were changed; it now costs %(total)s")),
    ],
    "balance.changed": [
        (
            _event("balance.credited"),
            text("Added to your balance with %(provider)s: %(sum)s"),
        ),
        (
            _event("balance.debited"),
            text("Taken from your balance with %(provider)s: %(sum)s"),
        ),
        (
            _event("points.expired"),
            text("Points with %(provider)s have expired: %(points)s"),
        ),
        (_always, text("A change of your balance with %(provider)s was reversed")),
    ],
    "order.placed": _one(text("New order № %(number)s from %(client)s: %(sum)s")),
    "client.answered": _one(text("%(client)s has answered about order № %(number)s")),
    "return.asked": _one(text("%(client)s asks to return something of order № %(number)s")),
    "return.answered": [
        (_is_refused, text("The return of order № %(number)s is refused")),
        (_always, text("The return of order № %(number)s is accepted")),
    ],
    "order.cancelled": _one(text("%(client)s has cancelled order № %(number)s")),
    "order.reported": [
        (
            _event("deadline.passed"),
            text("Order № %(number)s of %(client)s was to be paid by %(day)s and is not paid yet"),
        ),
        (
            _is_by_itself,
            text("Order № %(number)s of %(client)s has moved automatically to “%(status)s”"),
        ),
        (_always, text("Order № %(number)s of %(client)s is now “%(status)s”")),
    ],
    "order.held_up": _one(
        text("Order № %(number)s of %(client)s was due to move automatically but couldn’t")
    ),
    "payment.arrived": _one(text("Payment from %(client)s for order № %(number)s: %(sum)s")),
    "payment.troubled": [
        (
            _event("order.rate_missing"),
            text("Order № %(number)s was paid on a day whose tax rate isn’t known; add the rate"),
        ),
        (
            _event("payment.message_refused"),
            text(
                "Order № %(number)s: a message from the payment system doesn’t match the payment:"
                " %(sum)s"
            ),
        ),
        (
            _event("refund.failed"),
            text("Order № %(number)s: the payment system couldn’t make the refund: %(sum)s"),
        ),
        (
            _event("refund.delayed"),
            text("Order № %(number)s: the payment system has not accepted the refund yet: %(sum)s"),
        ),
    ],
    "dispute.changed": [
        (
            _event("payment.disputed"),
            text("Order № %(number)s: the payer disputes the payment: %(sum)s"),
        ),
        (_event("payment.dispute_won"), text("Order № %(number)s: the dispute is won: %(sum)s")),
        (
            _event("payment.dispute_lost"),
            text("Order № %(number)s: the dispute is lost, money was taken back: %(sum)s"),
        ),
        (
            _event("payment.dispute_waits"),
            text(
                "Order № %(number)s: the dispute is lost, but the money was refunded before:"
                " %(sum)s"
            ),
        ),
    ],
    "exception.proposed": _one(text("Exception proposed for %(client)s: %(what)s")),
    "exception.decided": [
        (
            _event("exception.approved"),
            text("Your exception for %(client)s was approved: %(what)s"),
        ),
        (_always, text("Your exception for %(client)s was refused: %(what)s")),
    ],
    "message.received": [
        (_is_of_no_order, text("%(provider)s wrote to you")),
        (_always, text("%(provider)s wrote to you about order № %(number)s")),
    ],
    "message.arrived": [
        (_is_of_no_order, text("%(client)s wrote a message")),
        (_always, text("%(client)s wrote about order № %(number)s")),
    ],
    "client.registered": _one(text("%(client)s registered as a client of %(provider)s")),
    "top_up.asked": [
        (
            lambda facts: facts.told.get("bill") is None,
            text("Top-up %(top_up)s with %(provider)s: %(sum)s"),
        ),
        (
            _always,
            text("Top-up %(top_up)s with %(provider)s: %(sum)s; pay it by bill %(top_up_bill)s"),
        ),
    ],
    "top_up.paid": _one(text("Top-up %(top_up)s is on your balance with %(provider)s: %(sum)s")),
    "top_up.failed": [
        (
            _event("top_up.dispute_lost"),
            text("Top-up %(top_up)s with %(provider)s was taken back after a dispute: %(sum)s"),
        ),
        (_always, text("Top-up %(top_up)s with %(provider)s didn’t go through: %(sum)s")),
    ],
    "top_up.arrived": _one(text("%(client)s topped up the balance with %(provider)s: %(sum)s")),
    "top_up.troubled": [
        (
            _event("top_up.message_refused"),
            text(
                "Top-up %(top_up)s of %(client)s: a message from the payment system doesn’t"
                " match it"
            ),
        ),
        (
            _event("top_up.disputed"),
            text("Top-up %(top_up)s of %(client)s: the payer disputes it: %(sum)s"),
        ),
        (
            _event("top_up.dispute_won"),
            text("Top-up %(top_up)s of %(client)s: the dispute is won: %(sum)s"),
        ),
        (
            _event("top_up.dispute_lost"),
            text(
                "Top-up %(top_up)s of %(client)s: the dispute is lost, money was taken back:"
                " %(sum)s"
            ),
        ),
    ],
    "webhook.switched_off": [
        (
            lambda facts: facts.told.get("reason") == "person",
            text(
                "Webhook “%(webhook)s” of %(provider)s is off: whoever saved it may no longer"
                " change webhooks"
            ),
        ),
        (
            lambda facts: facts.told.get("reason") == "gone",
            text("Webhook “%(webhook)s” of %(provider)s is off: its receiver is gone for good"),
        ),
        (
            _always,
            text("Webhook “%(webhook)s” of %(provider)s is off: nothing has arrived for days"),
        ),
    ],
}


# of what is of no order: the page of the client, by what the kind is about
OF_CLIENT = {"exception": "/exceptions", "client": "", "top_up": "/top-ups"}


def place_of(kind: str, facts: NoticeFacts) -> str:
    """The address of the page it leads to, below the panel's own."""
    if kind == "exception.proposed":
        return "/exceptions"
    if facts.client_id is None and facts.order_id is None:
        return "/webhooks"
    if facts.event == "message.written":
        return f"/messages/orders/{facts.order_id}" if facts.order_id else "/messages"
    if facts.order_id is not None:
        return f"/orders/{facts.order_id}"
    return f"/clients/{facts.client_id}{OF_CLIENT.get(kind.partition('.')[0], '/balance')}"
