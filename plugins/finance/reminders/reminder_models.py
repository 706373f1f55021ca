"""Reminders of bills: a provider's rules, what was sent, and whom nobody reminds."""

from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint
from sqlalchemy import text as sql
from sqlalchemy.orm import Mapped, mapped_column, relationship

from billing_panel.kernel.database.column_types import Base, BigId, Percent, UtcDateTime, one_of
from plugins.finance.late_payment.interest_laws import InterestLaw
from plugins.finance.late_payment.reference_rates import Rate, is_known, unknown_since
from plugins.finance.reminders.reminder_steps import Schedule, Step


class ReminderRules(Base):
    """When a provider reminds of its bills; no row: it doesn't.

    Days as ``Schedule`` has them; None: that step is not sent. ``since``: the day from which these
    days hold. ``to_client``, ``to_accounting``: to which of a client's addresses.
    ``attaches``: the document as PDF.

    ``law``: by which interest is claimed, if by any; ``margin``: points above the reference rate
    (2011/7/EU alone); ``fixed_sum``: the sum of its Art. 6 too. ``rates``: reference rates that the
    provider has entered, of any law, by their days.
    """

    __tablename__ = "reminder_rules"

    provider_id: Mapped[int] = mapped_column(BigId, ForeignKey("provider.id"), primary_key=True)
    before: Mapped[int | None]
    first: Mapped[int | None]
    second: Mapped[int | None]
    third: Mapped[int | None]
    last: Mapped[int | None]
    since: Mapped[date]
    to_client: Mapped[bool]
    to_accounting: Mapped[bool]
    attaches: Mapped[bool]
    law: Mapped[InterestLaw] = mapped_column(one_of(InterestLaw))
    margin: Mapped[Decimal] = mapped_column(Percent)
    fixed_sum: Mapped[bool]
    rates: Mapped[list["EnteredRate"]] = relationship(
        order_by="EnteredRate.since", cascade="all, delete-orphan"
    )

    def entered(self, law: InterestLaw) -> Sequence[Rate]:
        """The reference rates of that law, those that ours know by now left out."""
        return [
            (rate.since, rate.percent)
            for rate in self.rates
            if rate.law is law and not is_known(law, rate.since)
        ]

    def rate_unknown_since(self, today: date) -> date | None:
        """The first day up to ``today`` of which no reference rate is known; None: all are."""
        return unknown_since(self.law, self.entered(self.law), today)

    @property
    def schedule(self) -> Schedule:
        days = {step: getattr(self, step.value) for step in Step}
        return Schedule({k: v for k, v in days.items() if v is not None}, self.since)


class EnteredRate(Base):
    """The reference rate of a law from ``since`` on, where ours end before."""

    __tablename__ = "reference_rate"

    provider_id: Mapped[int] = mapped_column(
        BigId, ForeignKey("reminder_rules.provider_id"), primary_key=True
    )
    law: Mapped[InterestLaw] = mapped_column(one_of(InterestLaw), primary_key=True)
    since: Mapped[date] = mapped_column(primary_key=True)
    percent: Mapped[Decimal] = mapped_column(Percent)


class PaymentReminder(Base):
    """One reminder of an order's bill: each step once for a day to pay by.

    ``rank``: of the step, in their order. ``again``: how often staff have sent the same step again;
    ``user_id`` None: the system sent it. ``left``: what was to be paid then, ``interest`` and
    ``fixed_sum``: what was claimed besides, minor units of the order's currency. ``letters``: to
    how many addresses.
    """

    __tablename__ = "payment_reminder"
    __table_args__ = (
        UniqueConstraint("order_id", "due_on", "step", "again"),
        Index(None, "client_id", "id"),
        Index(None, "provider_id", "id"),
    )

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    order_id: Mapped[int] = mapped_column(BigId, ForeignKey("orders.id"))
    provider_id: Mapped[int] = mapped_column(BigId, ForeignKey("provider.id"))
    client_id: Mapped[int] = mapped_column(BigId, ForeignKey("client.id"))
    document_id: Mapped[int | None] = mapped_column(BigId, ForeignKey("document.id"))
    due_on: Mapped[date]
    step: Mapped[Step] = mapped_column(one_of(Step))
    rank: Mapped[int]
    again: Mapped[int] = mapped_column(default=0)
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    user_id: Mapped[int | None] = mapped_column(BigId, ForeignKey("user_account.id"))
    left: Mapped[int] = mapped_column(BigId)
    interest: Mapped[int] = mapped_column(BigId)
    fixed_sum: Mapped[int] = mapped_column(BigId)
    letters: Mapped[int]


class ReminderPause(Base):
    """Nobody is reminded of an order, or of all of a client's with a provider (``order_id`` None).

    ``reason`` is for staff.
    """

    __tablename__ = "reminder_pause"
    __table_args__ = (
        CheckConstraint("reason <> ''", name="reason"),
        Index(
            "ix_reminder_pause_pair",
            "client_id",
            "provider_id",
            unique=True,
            sqlite_where=sql("order_id IS NULL"),
            postgresql_where=sql("order_id IS NULL"),
        ),
        Index(
            "ix_reminder_pause_order",
            "order_id",
            unique=True,
            sqlite_where=sql("order_id IS NOT NULL"),
            postgresql_where=sql("order_id IS NOT NULL"),
        ),
    )

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    client_id: Mapped[int] = mapped_column(BigId, ForeignKey("client.id"))
    provider_id: Mapped[int] = mapped_column(BigId, ForeignKey("provider.id"))
    order_id: Mapped[int | None] = mapped_column(BigId, ForeignKey("orders.id"))
    reason: Mapped[str]
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    user_id: Mapped[int | None] = mapped_column(BigId, ForeignKey("user_account.id"))
