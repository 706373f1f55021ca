"""Orders, their lines and deadlines, the client's carts, and the workflows providers run.

Amounts are minor units of the order's currency; points are whole.
"""

from datetime import date, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, UniqueConstraint
from sqlalchemy import text as sql
from sqlalchemy.orm import Mapped, mapped_column, relationship

from billing_panel.accounts.firms.providers import MethodKind, PaymentMethod, Provider
from billing_panel.accounts.people.clients import Client
from billing_panel.catalog.models import Tariff
from billing_panel.catalog.rules.facts import OptionValue, Tender
from billing_panel.catalog.rules.quote import line_sums, taxes_of
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
from billing_panel.kernel.input.text_folding import fold
from billing_panel.kernel.language.text import Titles
from billing_panel.kernel.values.actor import ActorKind
from billing_panel.kernel.values.bounded_parsing import whole_number
from billing_panel.kernel.values.money import Money
from billing_panel.kernel.values.postal_address import Address
from invoices.store.models import IssuedDocument
from plugins.orders.store.order_money import OrderSums
from plugins.orders.store.payment import Payment
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


class Order(OrderSums, Base):
    """``stage`` repeats the status's, for the index. ``group_id``: the first order of one checkout.

    Its sums are ``OrderSums``.

    ``version`` grows with each change; writers say which one they saw. ``held``: what it has out
    of stock, tariff id → how many. ``fields``: what was written down on its way, by name.

    ``payment_method`` None: none was named, which a workflow may leave for when it is paid (D5).
    ``terms_version``: of the provider's terms that the client accepted at ``terms_accepted_at``.
    ``promo_code``: as the provider writes the one that took something off it.
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
    status_since: Mapped[datetime] = mapped_column(UtcDateTime)
    workflow_id: Mapped[int] = mapped_column(BigId, ForeignKey("workflow_version.id"))
    fields: Mapped[dict[str, str]] = mapped_column(Json, default=dict)
    held: Mapped[dict[str, int]] = mapped_column(Json, default=dict)
    version: Mapped[int] = mapped_column(default=1)
    placed_at: Mapped[datetime] = mapped_column(UtcDateTime)
    placed_by_kind: Mapped[ActorKind] = mapped_column(one_of(ActorKind))
    placed_by_id: Mapped[int | None] = mapped_column(BigId, ForeignKey("user_account.id"))
    payment_method_id: Mapped[int | None] = mapped_column(BigId, ForeignKey("payment_method.id"))
    note: Mapped[str]
    delivery_service: Mapped[str | None] = mapped_column(String(64))
    delivery_address: Mapped[str]
    delivery_post_code: Mapped[str] = mapped_column(default="")
    delivery_city: Mapped[str] = mapped_column(default="")
    delivery_region: Mapped[str] = mapped_column(default="")
    delivery_country: Mapped[str] = mapped_column(String(2), default="")
    delivery_tax_percent: Mapped[Decimal | None] = mapped_column(Percent)
    terms_version: Mapped[str] = mapped_column(String(64), default="")
    terms_accepted_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    treatment: Mapped[TaxTreatment] = mapped_column(one_of(TaxTreatment))
    taxes_inside: Mapped[bool]
    taken_up_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    promo_code: Mapped[str] = mapped_column(String(64), default="")
    told_due: Mapped[date | None]
    told_ended: Mapped[datetime | None] = mapped_column(UtcDateTime)

    provider: Mapped[Provider] = relationship()
    client: Mapped[Client] = relationship()
    status: Mapped[OrderStatus] = relationship()
    workflow: Mapped[WorkflowVersion] = relationship()
    deadline: Mapped["OrderDeadline | None"] = relationship(cascade="all, delete-orphan")
    payment_method: Mapped[PaymentMethod | None] = relationship()
    lines: Mapped[list["OrderLine"]] = relationship(order_by="OrderLine.position")
    payments: Mapped[list[Payment]] = relationship(order_by=Payment.id)
    documents: Mapped[list[IssuedDocument]] = relationship(
        secondary="order_document", order_by=IssuedDocument.id
    )

    @property
    def number(self) -> str:
        return number_of(self.id)

    def is_paid_by(self, kind: MethodKind) -> bool:
        """Whether it was placed to be paid in this way."""
        return self.payment_method is not None and self.payment_method.kind is kind

    @property
    def place_of_delivery(self) -> Address:
        """As it was when the order was placed; empty where nothing is delivered."""
        return Address(
            self.delivery_address,
            self.delivery_post_code,
            self.delivery_city,
            self.delivery_region,
            self.delivery_country,
        )

    @property
    def promo_discount(self) -> int:
        """What a promo code takes off it, minor units."""
        return sum(line.promo_discount for line in self.lines)

    def sum_up(self) -> None:
        """Its sums again from its lines, as they were made when it was placed."""
        sent = self.delivery_tax_percent
        delivery = None if sent is None else (sent, self.delivery)
        totals = taxes_of(self.lines, delivery, taxes_inside=self.taxes_inside)
        by_rate = {total.percent: total for total in totals}
        for row in self.taxes:
            row.base, row.tax = by_rate[row.percent].base, by_rate[row.percent].tax
        in_money = [line for line in self.lines if line.tender is Tender.MONEY]
        self.goods = sum(line.amount + line.discount for line in in_money)
        self.discount = sum(line.discount for line in in_money)
        self.total = sum(total.base + total.tax for total in totals)


def number_of(order_id: int) -> str:
    """What people call the order of the id."""
    return str(FIRST_NUMBER + order_id)


def id_of_number(number: str) -> int | None:
    """The id behind an order's number, or None when no order could have it.

    However it is typed: ``10017``, ``№ 10 017``, ``#10017``.
    """
    read = whole_number(fold(number).replace(" ", ""))
    return None if read is None else read - FIRST_NUMBER


class OrderLine(Base):
    """Prices and titles as they were when the order was placed, those of options too.

    ``discount`` is ``discount_percent`` of the unit prices and ``promo_discount``, the share of a
    promo code; a raised price keeps both.

    ``status`` is a key of the workflow's line statuses, where it has some (P4). ``taken_back_at``:
    it was delivered, and staff took it back then. ``gone``: what is out of stock with the client,
    since it was delivered: tariff id → how many; None: nothing. ``note``: what the client wrote to
    it in their cart.
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
    promo_discount: Mapped[int] = mapped_column(BigId, default=0)
    amount: Mapped[int] = mapped_column(BigId)
    tax_percent: Mapped[Decimal] = mapped_column(Percent)
    points: Mapped[int] = mapped_column(BigId)
    delivered_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    taken_back_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    note: Mapped[str] = mapped_column(default="")
    gone: Mapped[dict[str, int] | None] = mapped_column(JsonOrNull)
    on_order: Mapped[bool] = mapped_column(default=False)
    status: Mapped[str | None] = mapped_column(String(64))
    tariff: Mapped[Tariff] = relationship()

    @property
    def title(self) -> Titles:
        return Titles(self.titles)

    def cost(self, unit_price: Money) -> None:
        """From now on ``unit_price`` for one, at the percent of discount it has."""
        sums = line_sums(unit_price.minor, self.setup_fee, self.quantity, self.discount_percent)
        off = min(self.promo_discount, sums.amount - self.setup_fee * self.quantity)
        self.unit_price, self.promo_discount = unit_price.minor, off
        self.discount, self.amount = sums.discount + off, sums.amount - off

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


class OrderDocument(Base):
    """A document issued for an order."""

    __tablename__ = "order_document"

    order_id: Mapped[int] = mapped_column(BigId, ForeignKey("orders.id"), primary_key=True)
    document_id: Mapped[int] = mapped_column(
        BigId, ForeignKey("document.id"), primary_key=True, index=True
    )


class OrderReview(Base):
    """What becomes of the rating of an order; its stars and words are fields of the order (M10).

    ``hidden_reason`` is for staff alone; ``answer`` is read by the client too.
    """

    __tablename__ = "order_review"

    order_id: Mapped[int] = mapped_column(BigId, ForeignKey("orders.id"), primary_key=True)
    written_at: Mapped[datetime] = mapped_column(UtcDateTime)
    changed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    answer: Mapped[str] = mapped_column(default="")
    answered_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    hidden_reason: Mapped[str] = mapped_column(default="")
    hidden_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class CartLine(Base):
    """A position of the client's own cart, one cart for each provider.

    ``by_staff``: the person ``added_by_id`` put it there for them. ``seen_price``: what one of it
    cost then, minor units or points as ``tender`` has it; None: it was not written down.
    """

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
    added_by_id: Mapped[int | None] = mapped_column(BigId, ForeignKey("user_account.id"))
    by_staff: Mapped[bool] = mapped_column(default=False)
    note: Mapped[str] = mapped_column(default="")
    seen_price: Mapped[int | None] = mapped_column(BigId)
    tariff: Mapped[Tariff] = relationship()
    provider: Mapped[Provider] = relationship()
