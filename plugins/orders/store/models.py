"""Orders, their lines and deadlines, the client's carts, and the workflows providers run.

Amounts are minor units of the order's currency; points are whole.
"""

from datetime import date, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, UniqueConstraint
from sqlalchemy import text as sql
from sqlalchemy.orm import Mapped, mapped_column, relationship

from billing_panel.accounts.firms.providers import PaymentMethod, Provider
from billing_panel.accounts.people.clients import Client
from billing_panel.catalog.models import Tariff
from billing_panel.catalog.rules.facts import OptionValue, Tender
from billing_panel.catalog.rules.tax import TaxTreatment
from billing_panel.kernel.database.db import (
    Base,
    BigId,
    Json,
    JsonOrNull,
    Percent,
    UtcDateTime,
    one_of,
)
from billing_panel.kernel.input.folding import fold
from billing_panel.kernel.input.reading import whole_number
from billing_panel.kernel.language.text import Titles
from billing_panel.kernel.values.actor import ActorKind
from invoices.store.models import IssuedDocument
from plugins.orders.store.payment import Payment
from plugins.orders.store.sums import PaymentStanding, Sums, payment_standing
from plugins.orders.workflow.workflow import Shape, Stage, Tone

FIRST_NUMBER = 10_000


class WorkflowVersion(Base):
    """A workflow as a provider ran it from ``made_at`` on; the one with the highest number runs.

    ``content`` is a whole workflow file (``WorkflowFile``). Never changed: an order remembers the
    version it runs by until it is moved to another. ``listed``: of an older version, the statuses
    as the newest lists them, whose order and switches hold for its orders too; None of the newest.
    """

    __tablename__ = "workflow_version"
    __table_args__ = (UniqueConstraint("provider_id", "number"),)

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    provider_id: Mapped[int] = mapped_column(BigId, ForeignKey("provider.id"))
    number: Mapped[int]
    key: Mapped[str] = mapped_column(String(64))
    content: Mapped[dict[str, Any]] = mapped_column(Json)
    listed: Mapped[list[dict[str, Any]] | None] = mapped_column(JsonOrNull)
    made_at: Mapped[datetime] = mapped_column(UtcDateTime)
    made_by_id: Mapped[int | None] = mapped_column(BigId, ForeignKey("user_account.id"))


class OrderStatus(Base):
    """A status by its key, as it looks now: in every list, whichever version an order runs by.

    ``enabled`` False: switched off, or no longer in the workflow; orders in it stay and can leave.
    """

    __tablename__ = "order_status"
    __table_args__ = (UniqueConstraint("provider_id", "key"),)

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    provider_id: Mapped[int] = mapped_column(BigId, ForeignKey("provider.id"))
    key: Mapped[str] = mapped_column(String(64))
    position: Mapped[int]
    titles: Mapped[dict[str, str]] = mapped_column(Json)
    stage: Mapped[Stage] = mapped_column(one_of(Stage))
    tone: Mapped[Tone] = mapped_column(one_of(Tone))
    shape: Mapped[Shape] = mapped_column(one_of(Shape))
    enabled: Mapped[bool] = mapped_column(default=True)

    @property
    def title(self) -> Titles:
        return Titles(self.titles)


class Order(Base):
    """``stage`` repeats the status's, for the index. ``group_id``: the first order of one checkout.

    ``paid``: Σ of what payments of the order still pay of it; ``owed``: what of the rest is a debt;
    ``refunded`` and ``surplus``: Σ given back, and Σ put on the balance. ``taxed``: how much of
    what it has earned is tax. ``earned``: points that its payment earned.

    ``version`` grows with each change; writers say which one they saw. ``held``: what it has out
    of stock, tariff id → how many. ``fields``: what was written down on its way, by name.

    ``kept``, ``kept_tax`` and ``kept_points``: of one that was called off, what of it is asked for
    all the same, since it was delivered (``plugins.orders.settlement.kept``); None of every other.
    ``taken_up_at``: when it first came to a status that is open or done.

    ``told_due``, ``told_ended``: of which due date, and of which end of its services, the workflow
    was told last.
    """

    __tablename__ = "orders"
    __table_args__ = (
        Index("ix_orders_history", "client_id", "id"),
        Index("ix_orders_stage", "client_id", "provider_id", "stage"),
        Index("ix_orders_provider", "provider_id", "id"),
        Index(
            "ix_orders_owed",
            "provider_id",
            "client_id",
            sqlite_where=sql("owed > 0"),
            postgresql_where=sql("owed > 0"),
        ),
        CheckConstraint("paid >= 0 AND paid_points >= 0", name="paid"),
        CheckConstraint("owed >= 0 AND paid + owed <= total", name="owed"),
    )

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    provider_id: Mapped[int] = mapped_column(BigId, ForeignKey("provider.id"))
    client_id: Mapped[int] = mapped_column(BigId, ForeignKey("client.id"))
    group_id: Mapped[int | None] = mapped_column(BigId, ForeignKey("orders.id"), index=True)
    status_id: Mapped[int] = mapped_column(BigId, ForeignKey("order_status.id"))
    stage: Mapped[Stage] = mapped_column(one_of(Stage))
    status_since: Mapped[datetime] = mapped_column(UtcDateTime)
    workflow_id: Mapped[int] = mapped_column(BigId, ForeignKey("workflow_version.id"))
    fields: Mapped[dict[str, str]] = mapped_column(Json, default=dict)
    held: Mapped[dict[str, int]] = mapped_column(Json, default=dict)
    version: Mapped[int] = mapped_column(default=1)
    placed_at: Mapped[datetime] = mapped_column(UtcDateTime)
    placed_by_kind: Mapped[ActorKind] = mapped_column(one_of(ActorKind))
    placed_by_id: Mapped[int | None] = mapped_column(BigId, ForeignKey("user_account.id"))
    payment_method_id: Mapped[int] = mapped_column(BigId, ForeignKey("payment_method.id"))
    note: Mapped[str]
    delivery_service: Mapped[str | None] = mapped_column(String(64))
    delivery_address: Mapped[str]
    delivery_tax_percent: Mapped[Decimal | None] = mapped_column(Percent)
    currency: Mapped[str] = mapped_column(String(3))
    treatment: Mapped[TaxTreatment] = mapped_column(one_of(TaxTreatment))
    taxes_inside: Mapped[bool]
    goods: Mapped[int] = mapped_column(BigId)
    discount: Mapped[int] = mapped_column(BigId)
    delivery: Mapped[int] = mapped_column(BigId)
    total: Mapped[int] = mapped_column(BigId)
    points: Mapped[int] = mapped_column(BigId)
    paid: Mapped[int] = mapped_column(BigId, default=0)
    paid_points: Mapped[int] = mapped_column(BigId, default=0)
    owed: Mapped[int] = mapped_column(BigId, default=0)
    refunded: Mapped[int] = mapped_column(BigId, default=0)
    refunded_points: Mapped[int] = mapped_column(BigId, default=0)
    surplus: Mapped[int] = mapped_column(BigId, default=0)
    taxed: Mapped[int] = mapped_column(BigId, default=0)
    earned: Mapped[int] = mapped_column(BigId, default=0)
    kept: Mapped[int | None] = mapped_column(BigId)
    kept_tax: Mapped[int | None] = mapped_column(BigId)
    kept_points: Mapped[int | None] = mapped_column(BigId)
    taken_up_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    told_due: Mapped[date | None]
    told_ended: Mapped[datetime | None] = mapped_column(UtcDateTime)

    provider: Mapped[Provider] = relationship()
    client: Mapped[Client] = relationship()
    status: Mapped[OrderStatus] = relationship()
    workflow: Mapped[WorkflowVersion] = relationship()
    deadline: Mapped["OrderDeadline | None"] = relationship(cascade="all, delete-orphan")
    payment_method: Mapped[PaymentMethod] = relationship()
    lines: Mapped[list["OrderLine"]] = relationship(order_by="OrderLine.position")
    taxes: Mapped[list["OrderTax"]] = relationship(order_by="OrderTax.percent.desc()")
    payments: Mapped[list[Payment]] = relationship(order_by=Payment.id)
    documents: Mapped[list[IssuedDocument]] = relationship(
        secondary="order_document", order_by=IssuedDocument.id
    )

    @property
    def number(self) -> str:
        return number_of(self.id)

    @property
    def is_kept_in_part(self) -> bool:
        """It was called off, and the client has something of it that costs something."""
        return bool(self.kept or self.kept_points)

    @property
    def claimed(self) -> int:
        """What the order comes to: of one called off, what the client has of it."""
        return (self.kept or 0) if self.is_kept_in_part else self.total

    @property
    def claimed_tax(self) -> int:
        return (self.kept_tax or 0) if self.is_kept_in_part else self.tax

    @property
    def claimed_points(self) -> int:
        return (self.kept_points or 0) if self.is_kept_in_part else self.points

    @property
    def left(self) -> int:
        return self.claimed - self.paid

    @property
    def left_points(self) -> int:
        return self.claimed_points - self.paid_points

    @property
    def is_paid(self) -> bool:
        """In each tender; what costs nothing is."""
        return self.left == self.left_points == 0

    @property
    def needed(self) -> int:
        """What can still be paid of it: of a lost order, what is owed."""
        return self.owed if self.stage is Stage.LOST else max(self.left, 0)

    @property
    def needed_points(self) -> int:
        if self.stage is Stage.LOST and not self.is_kept_in_part:
            return 0
        return max(self.left_points, 0)

    @property
    def tax(self) -> int:
        return sum(tax.tax for tax in self.taxes)

    @property
    def payment_standing(self) -> PaymentStanding:
        return payment_standing(
            Sums(self.claimed, self.paid, self.refunded, self.surplus),
            Sums(self.claimed_points, self.paid_points, self.refunded_points),
        )


def number_of(order_id: int) -> str:
    return str(FIRST_NUMBER + order_id)


def id_of_number(number: str) -> int | None:
    """The id behind an order's number, or None when no order could have it.

    However it is typed: ``10017``, ``№ 10 017``, ``#10017``.
    """
    read = whole_number(fold(number).replace(" ", ""))
    return None if read is None else read - FIRST_NUMBER


class OrderLine(Base):
    """Prices and titles as they were when the order was placed, those of options too.

    ``discount`` is ``discount_percent`` of the unit prices; a raised price keeps the percent.

    ``status`` is a key of the workflow's line statuses, where it has some (P4). ``taken_back_at``:
    it was delivered, and staff took it back then. ``gone``: what is out of stock with the client,
    since it was delivered: tariff id → how many; None: nothing.
    """

    __tablename__ = "order_line"
    __table_args__ = (CheckConstraint("quantity > 0", name="quantity"),)

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    order_id: Mapped[int] = mapped_column(BigId, ForeignKey("orders.id"), index=True)
    # unique within a checkout: by it SQLite, too, inserts all lines in one statement
    position: Mapped[int] = mapped_column(insert_sentinel=True)
    tariff_id: Mapped[int] = mapped_column(BigId, ForeignKey("tariff.id"))
    titles: Mapped[dict[str, str]] = mapped_column(Json)
    months: Mapped[int]
    quantity: Mapped[int]
    options: Mapped[dict[str, OptionValue]] = mapped_column(Json)
    option_names: Mapped[dict[str, dict[str, str]]] = mapped_column(Json)
    tender: Mapped[Tender] = mapped_column(one_of(Tender))
    unit_price: Mapped[int] = mapped_column(BigId)
    setup_fee: Mapped[int] = mapped_column(BigId)
    discount: Mapped[int] = mapped_column(BigId)
    discount_percent: Mapped[Decimal] = mapped_column(Percent, default=Decimal(0))
    amount: Mapped[int] = mapped_column(BigId)
    tax_percent: Mapped[Decimal] = mapped_column(Percent)
    points: Mapped[int] = mapped_column(BigId)
    delivered_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    taken_back_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    gone: Mapped[dict[str, int] | None] = mapped_column(JsonOrNull)
    on_order: Mapped[bool] = mapped_column(default=False)
    status: Mapped[str | None] = mapped_column(String(64))
    tariff: Mapped[Tariff] = relationship()

    @property
    def title(self) -> Titles:
        return Titles(self.titles)

    def option_title(self, key: str) -> Titles:
        return Titles(self.option_names[key])


class OrderDeadline(Base):
    """When the system moves the order by itself, unless somebody does before."""

    __tablename__ = "order_deadline"

    order_id: Mapped[int] = mapped_column(BigId, ForeignKey("orders.id"), primary_key=True)
    due_at: Mapped[datetime] = mapped_column(UtcDateTime, index=True)


class OrderService(Base):
    """A service that an order opened; ``line_id``: the line it was delivered with."""

    __tablename__ = "order_service"

    order_id: Mapped[int] = mapped_column(BigId, ForeignKey("orders.id"), primary_key=True)
    service_id: Mapped[int] = mapped_column(
        BigId, ForeignKey("service.id"), primary_key=True, index=True
    )
    line_id: Mapped[int | None] = mapped_column(BigId, ForeignKey("order_line.id"))


class OrderTax(Base):
    """``base`` without tax, and the tax of one rate."""

    __tablename__ = "order_tax"

    order_id: Mapped[int] = mapped_column(BigId, ForeignKey("orders.id"), primary_key=True)
    percent: Mapped[Decimal] = mapped_column(Percent, primary_key=True)
    base: Mapped[int] = mapped_column(BigId)
    tax: Mapped[int] = mapped_column(BigId)


class OrderDocument(Base):
    __tablename__ = "order_document"

    order_id: Mapped[int] = mapped_column(BigId, ForeignKey("orders.id"), primary_key=True)
    document_id: Mapped[int] = mapped_column(
        BigId, ForeignKey("document.id"), primary_key=True, index=True
    )


class CartLine(Base):
    """A position of the client's own cart, one cart for each provider."""

    __tablename__ = "cart_line"
    __table_args__ = (
        Index(None, "client_id", "provider_id"),
        CheckConstraint("quantity > 0", name="quantity"),
    )

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    client_id: Mapped[int] = mapped_column(BigId, ForeignKey("client.id"))
    provider_id: Mapped[int] = mapped_column(BigId, ForeignKey("provider.id"))
    tariff_id: Mapped[int] = mapped_column(BigId, ForeignKey("tariff.id"))
    months: Mapped[int]
    quantity: Mapped[int]
    options: Mapped[dict[str, OptionValue]] = mapped_column(Json)
    tender: Mapped[Tender] = mapped_column(one_of(Tender))
    added_at: Mapped[datetime] = mapped_column(UtcDateTime)
    tariff: Mapped[Tariff] = relationship()
    provider: Mapped[Provider] = relationship()
