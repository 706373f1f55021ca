"""A client at an outside payment system, and what that tells the panel."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from itertools import count

from billing_panel.kernel.database.no_slow_work_while_writing import refuse_while_writing
from billing_panel.kernel.extension.gateways import (
    Begun,
    Gateway,
    Message,
    Outcome,
    PaymentToBegin,
    RefundToSend,
)
from billing_panel.kernel.language.text import Text, text
from billing_panel.kernel.values.money import Money
from plugins.orders.payments.begin_payment import BeginPayment, begin_payment
from plugins.orders.payments.handle_gateway_message import HandleMessage, handle_message
from plugins.orders.store.payment import MessageResult, Payment, Refund
from tests.businesses import CLIENT, Business

SANDBOX = "sandbox"
NUMBERS = count(1)


@dataclass
class Scripted:
    """A payment system that does what the test says, and remembers what it was asked.

    It notices an open writing transaction of whoever asks, in which everybody else would wait for
    its answer (issue 11, R14): every test with it is one of that too.
    """

    error: Exception | None = None
    begun: list[PaymentToBegin] = field(default_factory=list)
    refunds: list[RefundToSend] = field(default_factory=list)
    key: str = SANDBOX

    @property
    def title(self) -> Text:
        return text("Scripted")

    def begin(self, payment: PaymentToBegin) -> Begun:
        refuse_while_writing("a payment system")
        self.begun.append(payment)
        if self.error:
            raise self.error
        return Begun(f"ref_{payment.key}", f"https://pay.example/{payment.key}")

    def read(self, headers: Mapping[str, str], body: bytes, at: object) -> Message | None:
        raise NotImplementedError

    def refund(self, refund: RefundToSend) -> None:
        refuse_while_writing("a payment system")
        self.refunds.append(refund)
        if self.error:
            raise self.error


@dataclass(frozen=True)
class Till:
    """The client of ``business`` pays at ``gateway``."""

    business: Business
    gateway: Gateway

    def leave(self, order_id: int, by: str = CLIENT, **more: str) -> Payment:
        world = self.business.world
        return begin_payment(
            world.database,
            {self.gateway.key: self.gateway},
            BeginPayment(order_id, f"http://localhost/orders/{order_id}/payments/{{id}}", **more),
            actor=self.business.actor(by),
            clock=world.clock,
        )

    def message(self, payment: Payment, outcome: str = "succeeded") -> Message:
        """A new one, of the payment as it was begun."""
        event = f"event-{next(NUMBERS)}"
        reference = payment.outside or ""
        return Message(event, reference, payment.key, Outcome(outcome), payment.sum)

    def dispute(self, payment: Payment, outcome: str, **other: object) -> MessageResult:
        """What the payment system says of the one dispute of the payment."""
        return self.tell(payment, outcome, **{"dispute": f"dispute_{payment.id}", **other})

    def refund_fails(self, payment: Payment, refund: Refund, **other: object) -> MessageResult:
        money = Money(refund.amount, payment.currency)
        named = {"reference": "", "key": refund.key, "money": money, **other}
        return self.tell(payment, "refund_failed", **named)

    def take(self, message: Message) -> MessageResult:
        world = self.business.world
        command = HandleMessage(self.gateway.key, message, repr(message).encode())
        with world.database.writing() as session:
            system = self.business.actor("console")
            return handle_message(session, command, actor=system, clock=world.clock)

    def tell(self, payment: Payment, outcome: str = "succeeded", **other: object) -> MessageResult:
        """``other``: what the message says otherwise than the payment was begun."""
        return self.take(replace(self.message(payment, outcome), **other))  # type: ignore[arg-type]
