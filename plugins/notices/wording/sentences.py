"""The one sentence of each notice, for whoever reads it: sums only where they may be seen."""

from collections.abc import Callable, Mapping

from billing_panel.kernel.language.text import Text, text
from billing_panel.kernel.values.actor import Actor, ActorKind
from billing_panel.kernel.values.money import Money
from invoices.event_words import NAMES
from plugins.notices.wording.notice_facts import NoticeFacts
from plugins.orders.store.price_visibility import HIDDEN, without_sums

Sentence = Callable[[NoticeFacts], Text]


def said(kind: str, facts: NoticeFacts, reader: Actor) -> Text:
    """The notice of ``kind`` about ``facts`` as ``reader`` may read it."""
    return without_sums(SENTENCES[kind](facts), reader)


def _sum(facts: NoticeFacts) -> Money | str:
    return HIDDEN if facts.sum is None else facts.sum


def _received(facts: NoticeFacts) -> Text:
    return text(
        "Order № %(number)s placed with %(provider)s: %(sum)s",
        number=facts.number,
        provider=facts.provider,
        sum=_sum(facts),
    )


def _placed(facts: NoticeFacts) -> Text:
    return text(
        "New order № %(number)s from %(client)s: %(sum)s",
        number=facts.number,
        client=facts.client,
        sum=_sum(facts),
    )


def _changed(facts: NoticeFacts) -> Text:
    return text("Order № %(number)s is now “%(status)s”", number=facts.number, status=facts.status)


def _needed(facts: NoticeFacts) -> Text:
    return text(
        "%(provider)s needs your answer on order № %(number)s",
        provider=facts.provider,
        number=facts.number,
    )


def _delivered(facts: NoticeFacts) -> Text:
    lines = len(facts.told.get("lines", ()))
    return text("Order № %(number)s: items delivered: %(lines)s", number=facts.number, lines=lines)


def _approached(facts: NoticeFacts) -> Text:
    if facts.told.get("to_pay"):
        return text(
            "Order № %(number)s is to be paid by %(day)s", number=facts.number, day=facts.due
        )
    return text(
        "Order № %(number)s: the deadline is %(day)s; then the order moves automatically",
        number=facts.number,
        day=facts.due,
    )


def _passed(facts: NoticeFacts) -> Text:
    if facts.event == "deadline.passed":
        return text(
            "Order № %(number)s was to be paid by %(day)s and is not paid yet",
            number=facts.number,
            day=facts.due,
        )
    return text(
        "The deadline of order № %(number)s has passed: it is now “%(status)s”",
        number=facts.number,
        status=facts.status,
    )


def _deadline_changed(facts: NoticeFacts) -> Text:
    if facts.due is None:
        return text("Order № %(number)s: the deadline is cancelled", number=facts.number)
    return text(
        "Order № %(number)s: the deadline is now %(day)s", number=facts.number, day=facts.due
    )


def _issued(facts: NoticeFacts) -> Text:
    bill = facts.bill
    if bill is None:
        return text("Bill for order № %(number)s", number=facts.number)
    return text(
        "%(document)s %(bill)s for order № %(number)s: %(sum)s",
        document=NAMES[bill.kind],
        bill=bill.number,
        number=facts.number,
        sum=bill.total,
    )


def _paid(facts: NoticeFacts) -> Text:
    return text(
        "Payment for order № %(number)s received: %(sum)s", number=facts.number, sum=_sum(facts)
    )


def _arrived(facts: NoticeFacts) -> Text:
    return text(
        "Payment from %(client)s for order № %(number)s: %(sum)s",
        client=facts.client,
        number=facts.number,
        sum=_sum(facts),
    )


def _not_paid(facts: NoticeFacts) -> Text:
    if facts.event == "payment.in_review":
        return text(
            "The payment for order № %(number)s is under review at the payment system",
            number=facts.number,
        )
    return text("The payment for order № %(number)s didn’t go through", number=facts.number)


def _refunded(facts: NoticeFacts) -> Text:
    return text("Refund for order № %(number)s: %(sum)s", number=facts.number, sum=_sum(facts))


def _raised(facts: NoticeFacts) -> Text:
    if facts.total is None:
        return text("The price of order № %(number)s was raised", number=facts.number)
    return text(
        "The price of order № %(number)s was raised; it now costs %(sum)s",
        number=facts.number,
        sum=facts.total,
    )


def _balance(facts: NoticeFacts) -> Text:
    match facts.event:
        case "balance.credited":
            return text(
                "Added to your balance with %(provider)s: %(sum)s",
                provider=facts.provider,
                sum=_sum(facts),
            )
        case "balance.debited":
            return text(
                "Taken from your balance with %(provider)s: %(sum)s",
                provider=facts.provider,
                sum=_sum(facts),
            )
        case "points.expired":
            return text(
                "Points with %(provider)s have expired: %(points)s",
                provider=facts.provider,
                points=facts.told.get("points", 0),
            )
        case _:
            return text(
                "A change of your balance with %(provider)s was reversed", provider=facts.provider
            )


def _answered(facts: NoticeFacts) -> Text:
    return text(
        "%(client)s has answered on order № %(number)s", client=facts.client, number=facts.number
    )


def _cancelled(facts: NoticeFacts) -> Text:
    return text(
        "%(client)s has cancelled order № %(number)s", client=facts.client, number=facts.number
    )


def _reported(facts: NoticeFacts) -> Text:
    if facts.event == "deadline.passed":
        return text(
            "Order № %(number)s of %(client)s was to be paid by %(day)s and is not paid yet",
            number=facts.number,
            client=facts.client,
            day=facts.due,
        )
    if facts.by is ActorKind.SYSTEM:
        return text(
            "Order № %(number)s of %(client)s has moved automatically to “%(status)s”",
            number=facts.number,
            client=facts.client,
            status=facts.status,
        )
    return text(
        "Order № %(number)s of %(client)s is now “%(status)s”",
        number=facts.number,
        client=facts.client,
        status=facts.status,
    )


def _held_up(facts: NoticeFacts) -> Text:
    return text(
        "Order № %(number)s of %(client)s was due to move automatically but couldn’t",
        number=facts.number,
        client=facts.client,
    )


TROUBLES: Mapping[str, Sentence] = {
    "payment.message_refused": lambda facts: text(
        "Order № %(number)s: a message from the payment system doesn’t match the payment: %(sum)s",
        number=facts.number,
        sum=_sum(facts),
    ),
    "refund.failed": lambda facts: text(
        "Order № %(number)s: the payment system couldn’t make the refund: %(sum)s",
        number=facts.number,
        sum=_sum(facts),
    ),
    "refund.delayed": lambda facts: text(
        "Order № %(number)s: the payment system has not accepted the refund yet: %(sum)s",
        number=facts.number,
        sum=_sum(facts),
    ),
}
DISPUTES: Mapping[str, Sentence] = {
    "payment.disputed": lambda facts: text(
        "Order № %(number)s: the payer disputes the payment: %(sum)s",
        number=facts.number,
        sum=_sum(facts),
    ),
    "payment.dispute_won": lambda facts: text(
        "Order № %(number)s: the dispute is won: %(sum)s", number=facts.number, sum=_sum(facts)
    ),
    "payment.dispute_lost": lambda facts: text(
        "Order № %(number)s: the dispute is lost, money was taken back: %(sum)s",
        number=facts.number,
        sum=_sum(facts),
    ),
    "payment.dispute_waits": lambda facts: text(
        "Order № %(number)s: the dispute is lost, but the money was refunded before: %(sum)s",
        number=facts.number,
        sum=_sum(facts),
    ),
}


def _proposed(facts: NoticeFacts) -> Text:
    return text(
        "Exception proposed for %(client)s: %(what)s", client=facts.client, what=facts.exception
    )


def _decided(facts: NoticeFacts) -> Text:
    if facts.event == "exception.approved":
        return text(
            "Your exception for %(client)s was approved: %(what)s",
            client=facts.client,
            what=facts.exception,
        )
    return text(
        "Your exception for %(client)s was refused: %(what)s",
        client=facts.client,
        what=facts.exception,
    )


def _message_received(facts: NoticeFacts) -> Text:
    if facts.order_id is None:
        return text("%(provider)s wrote to you", provider=facts.provider)
    return text(
        "%(provider)s wrote to you about order № %(number)s",
        provider=facts.provider,
        number=facts.number,
    )


def _message_arrived(facts: NoticeFacts) -> Text:
    if facts.order_id is None:
        return text("%(client)s wrote a message", client=facts.client)
    return text(
        "%(client)s wrote about order № %(number)s", client=facts.client, number=facts.number
    )


SENTENCES: Mapping[str, Sentence] = {
    "order.received": _received,
    "order.changed": _changed,
    "answer.needed": _needed,
    "lines.delivered": _delivered,
    "deadline.approached": _approached,
    "deadline.passed": _passed,
    "deadline.changed": _deadline_changed,
    "bill.issued": _issued,
    "payment.received": _paid,
    "payment.failed": _not_paid,
    "refund.sent": _refunded,
    "price.raised": _raised,
    "balance.changed": _balance,
    "order.placed": _placed,
    "client.answered": _answered,
    "order.cancelled": _cancelled,
    "order.reported": _reported,
    "order.held_up": _held_up,
    "payment.arrived": _arrived,
    "payment.troubled": lambda facts: TROUBLES[facts.event](facts),
    "dispute.changed": lambda facts: DISPUTES[facts.event](facts),
    "exception.proposed": _proposed,
    "exception.decided": _decided,
    "message.received": _message_received,
    "message.arrived": _message_arrived,
}


def place_of(kind: str, facts: NoticeFacts) -> str:
    """The address of the page it leads to, below the panel's own."""
    if kind == "exception.proposed":
        return "/exceptions"
    if kind == "exception.decided":
        return f"/clients/{facts.client_id}/exceptions"
    if facts.event == "message.written":
        return f"/messages/orders/{facts.order_id}" if facts.order_id else "/messages"
    if facts.order_id is not None:
        return f"/orders/{facts.order_id}"
    return f"/clients/{facts.client_id}/balance"
