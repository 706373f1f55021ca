"""Orders, their lines and deadlines, the client's carts, and the workflows providers run.

Amounts are minor units of the order's currency; points are whole.
"""

from datetime import date, datetime
from decimal import Decimal

from sqlalchemy import (
    CheckConstraint,
    Column,
    Computed,
    ForeignKey,
    Index,
    String,
)
from sqlalchemy import text as sql
from sqlalchemy.orm import Mapped, mapped_column, relationship

from billing_panel.accounts.companies.provider_models import (
    InvoiceTime,
    MethodKind,
    PaymentMethod,
    Provider,
)
from billing_panel.accounts.people.client_models import Client, Membership
from billing_panel.catalog.models import Tariff
from billing_panel.catalog.rules.eligibility_facts import OptionValue, Tender
from billing_panel.catalog.rules.line_sums import line_sums, without
from billing_panel.catalog.rules.quote import QuotedLine
from billing_panel.kernel.database.column_types import (
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
from billing_panel.tax.supply import SupplyTax, TaxCategory
from invoices.store.models import Billed, IssuedDocument
from plugins.orders.store.order_claim import OrderClaim
from plugins.orders.store.order_sums import PAYMENT_STATE, OrderSums
from plugins.orders.store.payment import Payment
from plugins.orders.store.workflow_models import OrderStatus, WorkflowVersion

FIRST_NUMBER = 10_000
OF_THE_PAIR = """and_(foreign(Membership.client_id) == Order.client_id,
    foreign(Membership.provider_id) == Order.provider_id)"""
# which orders can be overdue, for their index; queries say the same (``find_orders``)
ASKS_FOR_MONEY = "owed > 0 OR (paid < total AND stage IN ('new', 'open'))"


def _index_of(where: str, name: str, *columns: str) -> Index:
    """Of these rows alone."""
    return Index(name, *columns, sqlite_where=sql(where), postgresql_where=sql(where))


class Order(OrderSums, Billed, Base):
    """``stage`` repeats the status's, for the index. ``group_id``: the first order of one checkout.
    Its sums are ``OrderSums``.

    ``version`` grows with each change; writers say which one they saw. ``held``: what it has out
    of stock, tariff id → how many. ``fields``: what was written down on its way, by name.

    ``payment_method`` None: none was named, which a workflow may leave for when it is paid (D5).
    ``terms_version``: of the provider's terms that the client accepted at ``terms_accepted_at``.
    ``promo_code``: as the provider writes the one that took something off it.
    ``taken_up_at``: when it first came to a status that is open or done. ``return_asked_at``: when
    the client asked to return something of it, until somebody answers.

    ``due_on``: the last day of its bill; None: no bill is valid. ``told_due``, ``told_ended``: of
    which due date, and of which end of its services, the workflow was told last.
    ``uninvoiced_since``: when its money last moved, while something of it is earned and it has no
    invoice; None: there is nothing to invoice. ``rated_on``: the day whose tax rates it has, where
    the provider is; None: the day it was placed. ``defers``: revenue of its periods is earned day
    by day; not of orders of earlier releases.
    """

    __tablename__ = "orders"
    __table_args__ = (
        # the database makes it, and lists are narrowed by it; an order at hand knows by itself
        Column("payment_state", String(16), Computed(PAYMENT_STATE, persisted=True)),
        # each list, and each way to narrow one, is read in the order of an index of its own
        # with the provider, or PostgreSQL may rather read every order there is, newest first
        Index("ix_orders_history", "client_id", "id", "provider_id"),
        Index("ix_orders_stage", "client_id", "provider_id", "stage", "id"),
        Index("ix_orders_provider", "provider_id", "id"),
        Index("ix_orders_progress", "provider_id", "stage", "id"),
        Index("ix_orders_status", "status_id", "id"),
        Index("ix_orders_payment", "provider_id", "payment_state", "id"),
        Index("ix_orders_placed", "provider_id", "placed_at", "id"),
        Index("ix_orders_placed_by_kind", "provider_id", "placed_by_kind", "id"),
        Index("ix_orders_placed_by", "placed_by_id", "id"),
        _index_of("owed > 0", "ix_orders_debts", "provider_id", "id"),
        _index_of("owed > 0", "ix_orders_owed", "provider_id", "client_id"),
        _index_of(
            "points <> paid_points", "ix_orders_promised", "client_id", "provider_id", "stage"
        ),
        _index_of("stage IN ('new', 'open')", "ix_orders_desk", "status_id", "id"),
        _index_of(ASKS_FOR_MONEY, "ix_orders_due", "provider_id", "due_on", "id"),
        _index_of(
            "uninvoiced_since IS NOT NULL",
            "ix_orders_uninvoiced",
            "provider_id",
            "uninvoiced_since",
            "id",
        ),
        CheckConstraint("paid >= 0 AND paid_points >= 0", name="paid"),
        CheckConstraint("owed >= 0 AND paid + owed <= total", name="owed"),
    )
    __mapper_args__ = {"exclude_properties": ["payment_state"]}  # noqa: RUF012 (as SQLAlchemy has it)

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
    terms_version: Mapped[str] = mapped_column(String(64), default="")
    terms_accepted_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    taken_up_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    return_asked_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    promo_code: Mapped[str] = mapped_column(String(64), default="")
    due_on: Mapped[date | None]
    told_due: Mapped[date | None]
    told_ended: Mapped[datetime | None] = mapped_column(UtcDateTime)
    rated_on: Mapped[date | None]
    uninvoiced_since: Mapped[datetime | None] = mapped_column(UtcDateTime)
    defers: Mapped[bool] = mapped_column(default=True)

    provider: Mapped[Provider] = relationship()
    client: Mapped[Client] = relationship()
    status: Mapped[OrderStatus] = relationship()
    workflow: Mapped[WorkflowVersion] = relationship()
    deadline: Mapped["OrderDeadline | None"] = relationship(cascade="all, delete-orphan")
    payment_method: Mapped[PaymentMethod | None] = relationship()
    claim: Mapped[OrderClaim | None] = relationship(viewonly=True)
    membership: Mapped[Membership | None] = relationship(primaryjoin=OF_THE_PAIR, viewonly=True)
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

    def deliver_to(self, place: Address) -> None:
        """From now on it goes to ``place``; empty: nothing of it is delivered."""
        self.delivery_address, self.delivery_post_code = place.lines, place.post_code
        self.delivery_city, self.delivery_region = place.city, place.region
        self.delivery_country = place.country

    def await_invoice(self, since: datetime | None) -> None:
        """It is to be invoiced, by what happened at ``since``; None: nothing of it is."""
        if since is None or self.uninvoiced_since is None or since > self.uninvoiced_since:
            self.uninvoiced_since = since

    @property
    def invoice_time(self) -> InvoiceTime:
        """When its invoice is issued: as agreed with the client, else as the provider has it."""
        agreed = self.membership.invoice_time if self.membership else None
        return agreed or self.provider.invoice_time

    @property
    def promo_discount(self) -> int:
        """What a promo code takes off it, minor units."""
        return sum(line.promo_discount for line in self.lines)

    def charge_delivery(self, charge: int) -> int:
        """From now on ``charge`` for its delivery, minor units; what it was before."""
        before, self.delivery = self.delivery, charge
        self.sum_up()
        return before

    def sum_up(self) -> None:
        """Its sums again from its lines, as they are made when it is placed."""
        self.sum_of(self.lines)


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

    ``unit_price`` and ``setup_fee`` are as the price list had them; ``listed_percent``: of the tax
    in them that ``amount`` is without. ``discount`` is ``discount_percent`` of the unit prices and
    ``promo_discount``, the share of a promo code; a raised price keeps both.

    ``status`` is a key of the workflow's line statuses, where it has some (P4). ``taken_back_at``:
    it was delivered, and staff took it back then. ``gone``: what is out of stock with the client,
    since it was delivered: tariff id → how many; None: nothing. ``note``: what the client wrote to
    it in their cart.
    """

    __tablename__ = "order_line"
    __table_args__ = (
        CheckConstraint("quantity > 0", name="quantity"),
        Index("ix_order_line_tariff", "tariff_id", "order_id"),
    )

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
    tax_category: Mapped[TaxCategory] = mapped_column(one_of(TaxCategory))
    tax_place: Mapped[str] = mapped_column(String(16))
    listed_percent: Mapped[Decimal] = mapped_column(Percent, default=Decimal(0))
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

    def be_quoted(self, quoted: QuotedLine) -> None:
        """From now on so many, with these options, at the price of ``quoted``."""
        choice = quoted.choice
        self.months, self.quantity = choice.period.months, choice.quantity
        self.options = dict(choice.options)
        named = {o.key: dict(o.title.by_language) for o in choice.tariff.options}
        self.option_names = {**self.option_names, **named}
        self.be_priced(quoted)

    def be_priced(self, quoted: QuotedLine) -> None:
        """From now on at the price of ``quoted``."""
        self.unit_price, self.setup_fee = quoted.unit_price, quoted.setup_fee
        self.discount, self.discount_percent = quoted.discount, quoted.discount_percent
        self.promo_discount, self.amount = quoted.promo, quoted.amount
        self.tax_percent, self.tax_category = quoted.levied.percent, quoted.levied.category
        self.tax_place, self.listed_percent = quoted.levied.place, quoted.listed_percent
        self.points = quoted.points

    def cost(self, unit_price: Money) -> None:
        """From now on ``unit_price`` for one, at the percent of discount it has."""
        sums = line_sums(
            unit_price.minor,
            self.setup_fee,
            self.quantity,
            self.discount_percent,
            listed_percent=self.listed_percent,
        )
        off = min(self.promo_discount, sums.amount - sums.fees)
        self.unit_price, self.promo_discount = unit_price.minor, off
        self.discount, self.amount = sums.discount + off, sums.amount - off

    @property
    def levied(self) -> SupplyTax:
        """The tax it carries."""
        return SupplyTax(self.tax_category, self.tax_percent, self.tax_place)

    def carry(self, levied: SupplyTax) -> None:
        """From now on it carries ``levied``; what it costs as the provider prices it stays."""
        self.tax_category, self.tax_percent = levied.category, levied.percent
        self.tax_place = levied.place

    @property
    def fee(self) -> int:
        """The set-up fee of one, as it is paid."""
        return without(self.setup_fee, self.listed_percent)

    @property
    def fees(self) -> int:
        """What of the amount is set-up fees."""
        return without(self.setup_fee * self.quantity, self.listed_percent)

    def option_title(self, key: str) -> Titles:
        return Titles(self.option_names[key])


class OrderDeadline(Base):
    """When the system moves the order by itself, unless somebody does before."""

    __tablename__ = "order_deadline"

    order_id: Mapped[int] = mapped_column(BigId, ForeignKey("orders.id"), primary_key=True)
    due_at: Mapped[datetime] = mapped_column(UtcDateTime, index=True)


class OrderService(Base):
    """A service that an order opened; ``line_id``: the line it was delivered with.

    ``hours``: of a time package, as it was sold (D4); ``used_minutes`` of them are used.
    """

    __tablename__ = "order_service"

    order_id: Mapped[int] = mapped_column(BigId, ForeignKey("orders.id"), primary_key=True)
    service_id: Mapped[int] = mapped_column(
        BigId, ForeignKey("service.id"), primary_key=True, index=True
    )
    line_id: Mapped[int | None] = mapped_column(BigId, ForeignKey("order_line.id"))
    hours: Mapped[int | None]
    used_minutes: Mapped[int] = mapped_column(default=0, server_default=sql("0"))

    @property
    def left_minutes(self) -> int:
        return (self.hours or 0) * 60 - self.used_minutes


class OrderDocument(Base):
    """A document issued for an order.

    ``share``: minor units of a collective invoice's total that are of the order; None: all of it.
    """

    __tablename__ = "order_document"

    order_id: Mapped[int] = mapped_column(BigId, ForeignKey("orders.id"), primary_key=True)
    document_id: Mapped[int] = mapped_column(
        BigId, ForeignKey("document.id"), primary_key=True, index=True
    )
    share: Mapped[int | None] = mapped_column(BigId)
