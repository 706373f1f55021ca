"""Clients, and what holds between one client and one provider."""

import re
from datetime import datetime
from decimal import Decimal
from enum import StrEnum

from sqlalchemy import CheckConstraint, ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from billing_panel.accounts.companies.provider_models import InvoiceTime, Provider
from billing_panel.kernel.database.column_types import (
    Base,
    BigId,
    Json,
    Percent,
    UtcDateTime,
    one_of,
)
from billing_panel.kernel.language.text import Titles
from billing_panel.kernel.values.postal_address import Address


class ClientKind(StrEnum):
    """Whether a client is a person or a company."""

    PERSON = "person"
    COMPANY = "company"


class ClientGroup(Base):
    """Clients treated alike. ``titles`` are for staff.

    Clients read ``client_titles``, which may be empty, and ``only_for``: what is said where a
    tariff asks for this group.
    """

    __tablename__ = "client_group"
    __table_args__ = (
        # ten-thousandths of a percent, as the column keeps them
        CheckConstraint("discount_percent BETWEEN 0 AND 1000000", name="discount_percent"),
    )

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    key: Mapped[str] = mapped_column(String(64), unique=True)
    titles: Mapped[dict[str, str]] = mapped_column(Json)
    client_titles: Mapped[dict[str, str]] = mapped_column(Json, default=dict)
    only_for: Mapped[dict[str, str] | None] = mapped_column(Json)
    discount_percent: Mapped[Decimal] = mapped_column(Percent, default=Decimal(0))
    ignores_service_limits: Mapped[bool] = mapped_column(default=False)
    payment_terms_days: Mapped[int | None]
    forbidden_methods: Mapped[list["ForbiddenMethod"]] = relationship(cascade="all, delete-orphan")

    @property
    def title(self) -> Titles:
        return Titles(self.titles)

    @property
    def client_title(self) -> Titles | None:
        return Titles(self.client_titles) if self.client_titles else None


class ForbiddenMethod(Base):
    """A payment method a group may not use, whichever provider offers it."""

    __tablename__ = "client_group_forbidden_method"

    group_id: Mapped[int] = mapped_column(
        BigId, ForeignKey("client_group.id", ondelete="CASCADE"), primary_key=True
    )
    method: Mapped[str] = mapped_column(String(32), primary_key=True)


class AccountCounter(Base):
    """One row, locked by whoever enters a client; ``last``: the last account number taken."""

    __tablename__ = "account_counter"

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    last: Mapped[int] = mapped_column(BigId)


class Client(Base):
    """``address``: its lines above the city; ``delivery_*`` are empty where it is the same place.

    ``erased_at``: their personal data was forgotten; what the law keeps stays, under no name.

    ``accounting_emails``: where copies of bills go, as ``addresses_in`` reads them.
    """

    __tablename__ = "client"

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    login: Mapped[str] = mapped_column(String(128), unique=True)
    account_number: Mapped[int] = mapped_column(BigId, unique=True)
    name: Mapped[str]
    kind: Mapped[ClientKind] = mapped_column(one_of(ClientKind))
    country: Mapped[str] = mapped_column(String(2))
    vat_number: Mapped[str] = mapped_column(default="")
    registration_number: Mapped[str] = mapped_column(default="")
    tax_number: Mapped[str] = mapped_column(default="")
    tax_registration_reason: Mapped[str] = mapped_column(default="")
    phone: Mapped[str] = mapped_column(default="")
    email: Mapped[str] = mapped_column(default="")
    accounting_emails: Mapped[str] = mapped_column(default="")
    address: Mapped[str] = mapped_column(default="")
    post_code: Mapped[str] = mapped_column(default="")
    city: Mapped[str] = mapped_column(default="")
    region: Mapped[str] = mapped_column(default="")
    delivery_address: Mapped[str] = mapped_column(default="")
    delivery_post_code: Mapped[str] = mapped_column(default="")
    delivery_city: Mapped[str] = mapped_column(default="")
    delivery_region: Mapped[str] = mapped_column(default="")
    delivery_country: Mapped[str] = mapped_column(String(2), default="")
    language: Mapped[str] = mapped_column(String(8))
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    erased_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    memberships: Mapped[list["Membership"]] = relationship(order_by="Membership.provider_id")

    @property
    def postal_address(self) -> Address:
        return Address(self.address, self.post_code, self.city, self.region, self.country)

    @property
    def place_of_delivery(self) -> Address:
        """Where goods go unless an order says otherwise."""
        other = Address(
            self.delivery_address,
            self.delivery_post_code,
            self.delivery_city,
            self.delivery_region,
            self.delivery_country or self.country,
        )
        return other or self.postal_address


def addresses_in(written: str) -> list[str]:
    """Several e-mail addresses as people write them: by commas, semicolons, spaces or lines.

    Each once, as it was first written.
    """
    found: dict[str, str] = {}
    for address in re.split(r"[,;\s]+", written):
        if address:
            found.setdefault(address.casefold(), address)
    return [*found.values()]


class Membership(Base):
    """A client of one provider: group, credit limit (minor units) and block belong to the pair.

    ``blocked_reason`` is for staff, None: not blocked. The client reads ``blocked_text``.
    ``invoice_time``: when their invoices are issued, None: as the provider has it.
    """

    __tablename__ = "membership"
    __table_args__ = (CheckConstraint("credit_limit >= 0", name="credit_limit"),)

    client_id: Mapped[int] = mapped_column(BigId, ForeignKey("client.id"), primary_key=True)
    provider_id: Mapped[int] = mapped_column(
        BigId, ForeignKey("provider.id"), primary_key=True, index=True
    )
    group_id: Mapped[int | None] = mapped_column(BigId, ForeignKey("client_group.id"))
    credit_limit: Mapped[int] = mapped_column(BigId, default=0)
    blocked_reason: Mapped[str | None]
    blocked_text: Mapped[str] = mapped_column(default="")
    blocked_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    invoice_time: Mapped[InvoiceTime | None] = mapped_column(one_of(InvoiceTime))

    provider: Mapped[Provider] = relationship()
    group: Mapped[ClientGroup | None] = relationship()
