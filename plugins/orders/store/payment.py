"""Rows: payments of orders, refunds, disputes, and messages from payment systems.

Amounts are minor units, or whole points.
"""

from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import CheckConstraint, ForeignKey, Index, LargeBinary, String, UniqueConstraint
from sqlalchemy import text as sql
from sqlalchemy.orm import Mapped, mapped_column, relationship

from billing_panel.accounts.companies.provider_models import METHOD_TITLES, MethodKind
from billing_panel.kernel.database.column_types import Base, BigId, UtcDateTime, one_of
from billing_panel.kernel.extension.gateways import Outcome
from billing_panel.kernel.language.text import Text
from billing_panel.kernel.values.calendar_dates import local_date
from billing_panel.kernel.values.money import Money
from plugins.orders.store.top_up import TopUp


class PaymentState(StrEnum):
    """All but the last are those of a payment that an outside payment system carries out."""

    BEGUN = "begun"
    IN_REVIEW = "in_review"
    GIVEN_UP = "given_up"
    FAILED = "failed"
    RECEIVED = "received"


class RefundTo(StrEnum):
    """``dispute``: nobody gave it back, the payment system took it after a dispute."""

    METHOD = "method"
    BALANCE = "balance"
    DISPUTE = "dispute"


class Payment(Base):
    """A sum for an order by one method; only one that is ``received`` has moved anything.

    ``surplus``: what of it the order did not need, and the client's balance took. ``refunded``:
    what was given back of the rest. ``gateway`` and ``outside``: the payment system's key and what
    it calls the payment; ``received_on``: the value date, where staff said that the money came
    before ``received_at``; ``page``: where the client pays there; ``left_at``: when the
    client last left for it.
    """

    __tablename__ = "payment"
    __table_args__ = (
        CheckConstraint("amount > 0 AND surplus >= 0 AND refunded >= 0", name="signs"),
        CheckConstraint("surplus + refunded <= amount", name="refunded"),
        Index(None, "gateway", "outside", unique=True),
        Index("ix_payment_received", "received_at"),
        # whether a reference was used before
        Index(
            "ix_payment_reference",
            "reference",
            sqlite_where=sql("reference <> ''"),
            postgresql_where=sql("reference <> ''"),
        ),
    )

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    order_id: Mapped[int] = mapped_column(BigId, ForeignKey("orders.id"), index=True)
    method: Mapped[MethodKind] = mapped_column(one_of(MethodKind))
    currency: Mapped[str] = mapped_column(String(8))
    amount: Mapped[int] = mapped_column(BigId)
    surplus: Mapped[int] = mapped_column(BigId, default=0)
    refunded: Mapped[int] = mapped_column(BigId, default=0)
    state: Mapped[PaymentState] = mapped_column(one_of(PaymentState))
    reference: Mapped[str] = mapped_column(String(140), default="")
    gateway: Mapped[str | None] = mapped_column(String(32))
    outside: Mapped[str | None] = mapped_column(String(255))
    page: Mapped[str | None] = mapped_column(String(2000))
    begun_at: Mapped[datetime] = mapped_column(UtcDateTime)
    left_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    received_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    received_on: Mapped[date | None]
    user_id: Mapped[int | None] = mapped_column(BigId, ForeignKey("user_account.id"))
    refunds: Mapped[list["Refund"]] = relationship(order_by="Refund.id", lazy="selectin")
    disputes: Mapped[list["Dispute"]] = relationship(order_by="Dispute.id")

    @property
    def title(self) -> Text:
        return METHOD_TITLES[self.method]

    @property
    def sum(self) -> Money:
        return Money(self.amount, self.currency)

    @property
    def key(self) -> str:
        """What payment systems are told it is called: of no other installation either."""
        return f"{self.id}-{int(self.begun_at.timestamp())}"

    @property
    def is_open(self) -> bool:
        """A payment system has yet to say what became of it."""
        return self.state in {PaymentState.BEGUN, PaymentState.IN_REVIEW}

    def day_received(self, timezone: str) -> date | None:
        """Its value date, where the provider is; None: it has not come in."""
        if self.received_at is None:
            return None
        return self.received_on or local_date(self.received_at, timezone)

    def receive(self, used: Money, at: datetime) -> None:
        """It has come in; what the order does not need of it is its surplus."""
        self.state, self.received_at = PaymentState.RECEIVED, at
        self.surplus = self.amount - used.minor

    def give_back(self, amount: Money) -> None:
        """``amount`` of it pays the order no more."""
        self.refunded += amount.minor

    def keep_after_all(self, used: Money, surplus: Money) -> None:
        """What was given back of it has not gone: ``used`` of it pays the order again."""
        self.refunded -= used.minor + surplus.minor
        self.surplus += surplus.minor

    @property
    def refundable(self) -> int:
        """What of it still pays the order."""
        if self.state is not PaymentState.RECEIVED:
            return 0
        return self.amount - self.surplus - self.refunded


class Refund(Base):
    """Part of a payment, given back.

    One to the method of a payment that a payment system carried out is sent there: ``sent_at`` when
    it took it, before that ``tries`` and ``retry_at``. ``failed_at``: when it said that it could
    not after all; then nothing is given back.
    """

    __tablename__ = "refund"
    __table_args__ = (CheckConstraint("amount > 0", name="amount"),)

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    payment_id: Mapped[int] = mapped_column(BigId, ForeignKey("payment.id"), index=True)
    amount: Mapped[int] = mapped_column(BigId)
    to: Mapped[RefundTo] = mapped_column(one_of(RefundTo))
    reason: Mapped[str]
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    user_id: Mapped[int | None] = mapped_column(BigId, ForeignKey("user_account.id"))
    sent_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    tries: Mapped[int] = mapped_column(default=0)
    retry_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    failed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

    @property
    def key(self) -> str:
        return f"refund-{self.id}-{int(self.at.timestamp())}"


class DisputeState(StrEnum):
    """How a dispute stands at the payment system."""

    OPEN = "open"
    WON = "won"
    LOST = "lost"


class Dispute(Base):
    """The payer disputes ``amount`` of a payment at their bank; ``outside``: its name there.

    ``taken_at``: when one that is lost took the money back out of the order.
    """

    __tablename__ = "dispute"
    __table_args__ = (
        UniqueConstraint("payment_id", "outside"),
        CheckConstraint("amount > 0", name="amount"),
    )

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    payment_id: Mapped[int] = mapped_column(BigId, ForeignKey("payment.id"))
    outside: Mapped[str] = mapped_column(String(255))
    amount: Mapped[int] = mapped_column(BigId)
    state: Mapped[DisputeState] = mapped_column(one_of(DisputeState))
    heard_at: Mapped[datetime] = mapped_column(UtcDateTime)
    closed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    taken_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class MessageResult(StrEnum):
    """What became of a message; all but the first two are looked at by people."""

    APPLIED = "applied"
    NOTHING_NEW = "nothing_new"
    UNKNOWN_PAYMENT = "unknown_payment"
    OTHER_PAYMENT = "other_payment"
    WRONG_SUM = "wrong_sum"
    CLOSED_OTHERWISE = "closed_otherwise"


class GatewayMessage(Base):
    """A genuine message of a payment system, as it came; never changed, never handled again.

    It is about a payment of an order, about a top-up, or about nothing that is known.
    """

    __tablename__ = "gateway_message"
    __table_args__ = (
        UniqueConstraint("gateway", "event_id"),
        Index("ix_gateway_message_received", "received_at"),
    )

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    gateway: Mapped[str] = mapped_column(String(32))
    event_id: Mapped[str] = mapped_column(String(255))
    body: Mapped[bytes] = mapped_column(LargeBinary)
    received_at: Mapped[datetime] = mapped_column(UtcDateTime)
    outcome: Mapped[Outcome] = mapped_column(one_of(Outcome))
    payment_id: Mapped[int | None] = mapped_column(BigId, ForeignKey("payment.id"), index=True)
    top_up_id: Mapped[int | None] = mapped_column(BigId, ForeignKey(TopUp.id), index=True)
    result: Mapped[MessageResult | None] = mapped_column(one_of(MessageResult))
